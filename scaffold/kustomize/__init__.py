"""What `kustomize build` would build from a folder, as values with places: `build.build`.

Written after kustomize 5.8 (sigs.k8s.io/kustomize/api and kyaml, v0.21): each module names the part that it follows.
"""
