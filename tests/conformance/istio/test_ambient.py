"""`istioctl` finds nothing in bundles for a mesh without sidecars; a rule for requests in two places, and a selector, are refused."""
