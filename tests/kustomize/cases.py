"""Kustomizations, one for each thing that they do: what the real program builds of them, ours builds too."""

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: front}
  annotations: {note: kept}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      imagePullSecrets: [{name: pull}]
      hostAliases:
        - {ip: 10.0.0.1, hostnames: [a]}
      tolerations: [{key: a, operator: Exists}]
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}
      initContainers:
        - {name: migrate, image: "registry.example.com/shop/migrate:1"}
      containers:
        - name: web
          image: registry.example.com:5000/shop/web:1.0
          args: [--one, --two]
          env:
            - {name: A, value: "1"}
            - {name: B, value: "2"}
            - {name: C, valueFrom: {configMapKeyRef: {name: settings, key: c}}}
          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: token}}]
          ports:
            - {containerPort: 8080, name: http}
            - {containerPort: 9090, name: metrics, protocol: TCP}
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: settings, mountPath: /etc/settings}
          resources: {limits: {cpu: 100m, memory: 64Mi}}
        - {name: proxy, image: envoy}
      volumes:
        - {name: data, emptyDir: {}}
        - {name: settings, configMap: {name: settings}}
        - {name: token, secret: {secretName: token}}
        - name: both
          projected: {sources: [{configMap: {name: settings}}, {secret: {name: token}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, finalizers: [a/b]}
spec:
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: http}
    - {name: metrics, port: 9090, protocol: TCP}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
imagePullSecrets: [{name: pull}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {c: "3"}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects:
  - {kind: ServiceAccount, name: web, namespace: shop}
  - {kind: ServiceAccount, name: default, namespace: other}
  - {kind: User, name: somebody}
"""
MORE = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  serviceName: web
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      containers: [{name: store, image: "redis:7@sha256:abc"}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: host, labelSelector: {matchLabels: {app: store}}}
  volumeClaimTemplates:
    - {metadata: {name: data}, spec: {storageClassName: fast}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: clean, namespace: shop}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: clean, image: "registry.example.com/shop/clean@sha256:abc", envFrom: [{configMapRef: {name: settings}}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {app: front}}}, {podSelector: {}}], ports: [{port: 8080}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {nginx.ingress.kubernetes.io/auth-secret: token}}
spec:
  tls: [{hosts: [a.example.com], secretName: token}]
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, minAvailable: 1}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: example.com/disk
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: web, namespace: shop, finalizers: [a/b]}
spec: {containers: [{name: a, image: envoy}, {name: b}], serviceAccountName: web, list: [1, 2]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, names: {kind: Widget}, scope: Namespaced, versions: [{name: v1, schema: {openAPIV3Schema: {containers: [{image: envoy}]}}}]}
"""
FILES = {
    "base/kustomization.yaml": "resources: [objects.yaml, more.yaml]\n",
    "base/objects.yaml": OBJECTS,
    "base/more.yaml": MORE,
}
"""Objects in a folder `base`, which the cases refer to."""


def case(kustomization, **files):
    """Return the files of a case: a kustomization over the base, and others by name (`__` for a slash, `_` for a dot)."""
    named = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    written = kustomization if kustomization.startswith("resources:") else "resources: [base]\n" + kustomization
    return {**FILES, "kustomization.yaml": written, **named}


def smp(body, target=""):
    """Return a case with a strategic merge patch of the Deployment, or of another target."""
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    text = "".join(f"      {line}\n" for line in (head + body).splitlines())
    return case("patches:\n  - patch: |-\n" + text + (f"    target: {target}\n" if target else ""))


def spec(body):
    """Return a case with a patch of the Deployment's pods."""
    return smp(f"spec: {{template: {{spec: {body}}}}}")


def operations(*listed, target="{kind: Deployment, name: web}"):
    """Return a case with a JSON patch."""
    return case(
        "patches:\n  - target: " + target + "\n    patch: |\n" + "".join(f"      - {{{one}}}\n" for one in listed)
    )


CASES = {
    "nothing but resources": case("namePrefix: ''\n"),
    "bases": case("resources: []\nbases: [base]\n"),
    "files and folders": case(
        "resources: [base, sub, one.yaml, deep/two.yml, three.json]\n",
        sub__kustomization_yml="resources: [../other]\n",
        other__Kustomization="resources: [x.yaml]\nnamePrefix: other-\n",
        other__x_yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n---\n# nothing\n",
        one_yaml="apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: listed}}\n- {apiVersion: v1, kind: Pod, metadata: {name: listed}}\n",
        deep__two_yml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two, annotations: {}, labels: {}}\n",
        three_json='{"apiVersion": "v1",\n\t"kind": "ConfigMap", "metadata": {"name": "three", "annotations": {"b": "1", "a": "x"}}}',
    ),
    "local objects": case("resources: [base, one.yaml]\n", one_yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {config.kubernetes.io/local-config: 'true'}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: y, annotations: {config.kubernetes.io/local-config: 'false'}}\n"),
    "in the order of the files": case("sortOptions: {order: fifo}\n"),
    "in an order of one's own": case("sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service, Namespace], orderLast: [Deployment]}}\n"),
    "namespace": case("namespace: market\n"),
    "prefix": case("namePrefix: dev-\n"),
    "suffix": case("nameSuffix: -v2\n"),
    "prefix, suffix and namespace": case("namePrefix: dev-\nnameSuffix: -v2\nnamespace: market\n"),
    "prefixes of several layers": case(
        "resources: [mid, mid2]\nnamePrefix: top-\n",
        mid__kustomization_yaml="resources: [../base]\nnamePrefix: mid-\n",
        mid2__kustomization_yaml="resources: [../base]\nnamePrefix: two-\nnamespace: second\npatches: [{target: {kind: Namespace|StorageClass|CustomResourceDefinition|ClusterRole.*}, patch: '{kind: X, metadata: {name: x}, $patch: delete}'}]\n",
    ),
    "common labels": case("commonLabels: {team: a, app: web}\n"),
    "common annotations": case("commonAnnotations: {team: a, note: new}\n"),
    "labels": case("labels: [{pairs: {team: a, tier: back}}]\n"),
    "labels in templates": case("labels: [{pairs: {team: a}, includeTemplates: true}]\n"),
    "labels in claims": case("labels: [{pairs: {team: a}, includeVolumeClaimTemplates: true}]\n"),
    "labels in selectors": case("labels: [{pairs: {team: a}, includeSelectors: true}, {pairs: {b: c}}]\n"),
    "labels in fields of one's own": case("labels: [{pairs: {team: a}, fields: [{path: spec/labels, kind: Widget, create: true}, {path: spec/none, kind: Widget}]}]\n"),
    "a label of several fields that is changed in one": case("resources: [mid]\nlabels: [{pairs: {team: b}}]\npatches: [{target: {kind: StatefulSet}, patch: '{kind: X, metadata: {name: x, labels: {own: d}}}'}]\n", mid__kustomization_yaml="resources: [../base]\nlabels: [{pairs: {team: a, own: c}, includeSelectors: true}]\n"),
    "replicas": case("replicas: [{name: web, count: 5}, {name: store, count: 0}]\n"),
    "replicas by a former name": case("namePrefix: dev-\nreplicas: [{name: web, count: 5}]\n"),
    "images": case("images: [{name: envoy, newTag: '1.30'}, {name: 'registry.example.com:5000/shop/web', newName: other/web}, {name: redis, digest: 'sha256:def'}, {name: registry.example.com/shop/clean, newName: clean, newTag: '2'}, {name: registry.example.com/shop/migrate, newTag: '2', digest: 'sha256:1'}]\n"),
    "images by a dot, and by a suffix": case("images: [{name: en.oy, tagSuffix: -x}, {name: redis, tagSuffix: -x}, {name: registry.example.com/shop/migrate, tagSuffix: -x}]\n"),
    "imageTags": case("imageTags: [{name: envoy, newTag: '1.30'}]\n"),
    "a patch in a file": case("patches: [{path: p.yaml}]\n", p_yaml="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, labels: {app: null, new: x}}\nspec: {replicas: 7}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: LoadBalancer}\n"),
    "patchesStrategicMerge": case("patchesStrategicMerge:\n  - p.yaml\n  - |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web, namespace: shop}\n    $patch: delete\n", p_yaml="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 7}\n"),
    "patchesJson6902": case("namePrefix: a-\npatchesJson6902:\n  - target: {group: apps, version: v1, kind: Deployment, name: web}\n    path: p.json\n  - target: {version: v1, kind: Service, name: a-web}\n    patch: |-\n      - {op: remove, path: /spec/ports/0}\n", p_json='[{"op": "replace", "path": "/spec/replicas", "value": 9}]'),
    "containers by name": spec("{containers: [{name: web, image: new}, {name: more, image: x}]}"),
    "a container deleted": spec("{containers: [{name: proxy, $patch: delete}]}"),
    "containers replaced": spec("{containers: [{$patch: replace}, {name: only, image: x}]}"),
    "a container replaced": spec("{containers: [{name: web, $patch: replace, image: x}]}"),
    "containers deleted": spec("{containers: [{$patch: delete}]}"),
    "variables by name": spec("{containers: [{name: web, env: [{name: B, value: new}, {name: D, value: x}, {name: A, $patch: delete}, {name: C, valueFrom: null, value: y}]}]}"),
    "ports by number": spec("{containers: [{name: web, ports: [{containerPort: 8080, name: other}, {containerPort: 7070}]}]}"),
    "ports by number and protocol": spec("{containers: [{name: web, ports: [{containerPort: 8080, protocol: UDP, name: udp}, {containerPort: 9090, protocol: TCP, hostPort: 1}]}]}"),
    "ports of one protocol": spec("{containers: [{name: web, ports: [{containerPort: 8080, protocol: TCP, hostPort: 1}]}]}"),
    "mounts by path": spec("{containers: [{name: web, volumeMounts: [{mountPath: /data, readOnly: true, name: data}, {mountPath: /x, name: x}]}]}"),
    "lists without keys": spec("{containers: [{name: web, args: [--three], envFrom: []}], tolerations: [{key: b}]}"),
    "other lists by key": spec("{imagePullSecrets: [{name: more}], hostAliases: [{ip: 10.0.0.1, hostnames: [b]}, {ip: 10.0.0.2, hostnames: [c]}], topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: DoNotSchedule, maxSkew: 3}, {topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, maxSkew: 2}]}"),
    "volumes": spec("{volumes: [{name: data, emptyDir: {sizeLimit: 1Gi}}, {name: settings, configMap: null, emptyDir: {}}, {name: token, $patch: delete}]}"),
    "nulls and mappings": smp("spec: {replicas: null, selector: {matchLabels: {$patch: replace, app: x}}, strategy: {type: Recreate, rollingUpdate: null}, template: {spec: {containers: [{name: web, resources: {limits: {cpu: null}, requests: {cpu: 1}}, args: null}]}}}"),
    "a mapping deleted": smp("spec: {template: {spec: {securityContext: {a: b}, containers: [{name: web, resources: {$patch: delete}}]}}}\n"),
    "an order of elements": spec("{$setElementOrder/containers: [{name: proxy}, {name: web}], containers: [{name: web, image: new}]}"),
    "an object deleted": smp("$patch: delete"),
    "an object replaced": smp("$patch: replace\nspec: {replicas: 1}"),
    "a patch of several objects": smp("spec: {replicas: 4, revisionHistoryLimit: 1}", "{kind: Deployment|StatefulSet}"),
    "a patch by a pattern": smp("spec: {replicas: 4}", "{name: 'w.b|st(o|x)re', namespace: sh.p, group: apps}"),
    "a patch by labels": smp("metadata: {annotations: {a: b}}\nspec: {paused: true}".replace("metadata", "status"), "{labelSelector: 'app in (web, x),tier!=back,!none,tier'}"),
    "a patch by annotations": smp("spec: {paused: true}", "{annotationSelector: note=kept}"),
    "a patch that means nothing": smp("spec: {paused: true}", "{kind: None}"),
    "labels of a target are taken away": smp("spec: {paused: true}", "{kind: Deployment}"),
    "finalizers": case("patches:\n  - patch: |-\n      {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, finalizers: [c/d, a/b]}, spec: {ports: [{port: 80, nodePort: 30000}, {port: 81}]}}\n"),
    "an unknown kind": case("patches:\n  - patch: |-\n      {apiVersion: example.com/v1, kind: Widget, metadata: {name: web, namespace: shop, finalizers: [c/d]}, spec: {containers: [{name: b, image: x}], new: [{$patch: delete}], list: null}}\n"),
    "a patch of a patched object": case("patches:\n  - {target: {kind: Service}, patch: '[{\"op\": \"replace\", \"path\": \"/spec/selector/app\", \"value\": \"x\"}]'}\n  - {target: {kind: Service}, patch: '{kind: Service, metadata: {name: any}, spec: {selector: {tier: y}}}'}\n"),
    "operations": operations(
        "op: add, path: /metadata/labels/a~1b, value: x", "op: add, path: /spec/template/spec/containers/-, value: {name: last}",
        "op: add, path: /spec/template/spec/containers/0, value: {name: first}", "op: remove, path: /spec/template/spec/containers/1",
        "op: replace, path: /spec/replicas, value: 3", "op: copy, from: /spec/replicas, path: /spec/minReadySeconds",
        "op: move, from: /spec/template/spec/volumes/0, path: /spec/template/spec/volumes/1", "op: test, path: /spec/replicas, value: 3",
        "op: remove, path: /spec/template/spec/volumes/-1", "op: add, path: /spec/paused, value: null",
    ),
    "operations that rename": operations("op: replace, path: /metadata/name, value: renamed", target="{kind: ServiceAccount}"),
    "a folder beside": case("resources: [../beside]\n", **{"..__beside__kustomization_yaml": "resources: []\n"}) if False else case("resources: [a]\n", a__kustomization_yaml="resources: [../base]\nnameSuffix: -a\n"),
    "a generated map": case("configMapGenerator:\n  - name: made\n    literals: [a=1, 'b=\"x y\"', c=d=e, 'd=<&>é']\n    files: [f.txt, key=g.bin]\n    envs: [h.env]\n  - {name: bare}\n",
        f_txt="one\ntwo\n", g_bin="\u00ff long enough to be more than one line of base64, which has seventy characters\n", h_env="# comment\n  X=1 \nY\n\nZ=a=b\n"),
    "a generated map with options": case("generatorOptions: {labels: {a: b}, annotations: {c: d}, immutable: true}\nconfigMapGenerator:\n  - {name: made, namespace: shop, literals: [a=1], options: {labels: {a: own}, disableNameSuffixHash: true}}\n  - {name: other, env: h.env, literals: [a=1]}\n", h_env="X=1"),
    "maps that are named": case("resources: [user.yaml]\nnamePrefix: p-\nnamespace: shop\nconfigMapGenerator: [{name: settings, literals: [c=4]}]\n",
        user_yaml=OBJECTS.split("---", maxsplit=1)[0]),
    "a map merged": case("resources: [mid]\nconfigMapGenerator: [{name: made, behavior: merge, literals: [b=2, c=3], options: {labels: {x: z}}}]\n",
        mid__kustomization_yaml="resources: [../base]\nnamePrefix: m-\nconfigMapGenerator: [{name: made, literals: [a=1, b=1], options: {labels: {w: v}}}]\n"),
    "a map replaced": case("resources: [mid]\nconfigMapGenerator: [{name: made, behavior: replace, literals: [b=2]}]\n",
        mid__kustomization_yaml="configMapGenerator: [{name: made, literals: [a=1, b=1], options: {annotations: {w: v}}}]\n"),
    "a map merged into what is not generated": case("configMapGenerator: [{name: settings, namespace: shop, behavior: merge, literals: [d=5]}]\n"),
    "a patched map has the hash of what it holds": case("configMapGenerator: [{name: made, namespace: shop, literals: [a=1]}]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: made, namespace: shop}, data: {b: x, a: null}}'}]\n"),
    "a generated secret": case("resources: [base, user.yaml]\nnamespace: shop\nsecretGenerator:\n  - {name: hidden, literals: [a=1, b=2], type: example.com/x}\n  - {name: second, files: [f.txt]}\n", f_txt="x" * 80,
        user_yaml="apiVersion: v1\nkind: Pod\nmetadata: {name: user}\nspec: {containers: [{name: a, envFrom: [{secretRef: {name: hidden}}]}], volumes: [{name: s, secret: {secretName: second}}]}\n"),
    "components": case("components: [part]\nnamePrefix: a-\nconfigMapGenerator: [{name: made, literals: [a=1]}]\n",
        part__kustomization_yaml="kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [more.yaml]\nnameSuffix: -c\nreplicas: [{name: web, count: 6}]\nconfigMapGenerator: [{name: made, behavior: merge, literals: [b=2]}]\npatches: [{target: {kind: Service}, patch: '{kind: Service, metadata: {name: x}, spec: {type: NodePort}}'}]\n",
        part__more_yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n"),
    "replacements": case("replacements:\n"
        "  - source: {kind: Service, fieldPath: spec.ports.0.port}\n    targets:\n      - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=web].ports.0.containerPort', 'spec.template.spec.containers.[name=web].env.[name=A].value']}\n"
        "  - source: {kind: Deployment, name: web, fieldPath: 'spec.template.spec.containers.[name=web].image', options: {delimiter: ':', index: 2}}\n    targets:\n      - {select: {kind: Widget}, fieldPaths: [spec.containers.*.image, 'metadata.annotations.[a.b/c]'], options: {create: true}}\n"
        "      - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=proxy].image'], options: {delimiter: ':', index: 1}}\n"
        "  - sourceValue: v3\n    targets: [{select: {name: web}, reject: [{kind: Service}, {kind: Ingress|Widget}], fieldPaths: [metadata.labels.version], options: {create: true}}]\n"
        "  - path: r.yaml\n", r_yaml="- source: {kind: ConfigMap, name: settings, fieldPath: data}\n  targets: [{select: {kind: Widget}, fieldPaths: [spec.data], options: {create: true}}]\n- source: {kind: ServiceAccount}\n  targets: [{select: {kind: Widget}, fieldPaths: [spec.serviceAccountName]}]\n"),
    "a replacement by a former name": case("namePrefix: n-\nreplacements: [{source: {kind: ServiceAccount, name: web}, targets: [{select: {kind: Deployment, name: web}, fieldPaths: [spec.template.spec.hostname], options: {create: true}}]}]\n"),
}  # fmt: skip

REFUSED = {
    "no kustomization": {"objects.yaml": OBJECTS},
    "two kustomizations": {**FILES, "kustomization.yaml": "resources: [base]\n", "kustomization.yml": "resources: [base]\n"},
    "an empty kustomization": {"kustomization.yaml": "kind: Kustomization\n"},
    "an unknown key": case("resource: [base]\n"),
    "another version": case("apiVersion: kustomize.config.k8s.io/v2\n"),
    "a missing file": case("resources: [base, none.yaml]\n"),
    "a file outside": {**case("resources: [../base/objects.yaml]\n"), "a/kustomization.yaml": "resources: [../base/objects.yaml]\n"},
    "a cycle": {**case("resources: [base]\n"), "base/kustomization.yaml": "resources: [..]\n"},
    "itself": case("resources: [.]\n"),
    "two objects of one name": case("resources: [base, base/objects.yaml]\n"),
    "two namespaces in one": case("resources: [one.yaml]\nnamespace: x\n", one_yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n"),
    "a patch of nothing": case("patches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: none}}'}]\n"),
    "a patch of another shape": smp("spec: {template: {spec: {containers: {name: web}}}}"),
    "a patch without a name": smp("spec: {replicas: 1}").__class__(case("patches: [{target: {kind: Service}, patch: '{spec: {type: x}}'}]\n")),
    "a patch without operations' target": case("patches: [{patch: '- {op: remove, path: /spec}'}]\n"),
    "operations in JSON that is none": case("patches: [{target: {kind: Service}, patch: '[{op: remove, path: /spec}]'}]\n"),
    "an unknown directive": spec("{containers: [{name: web, $patch: keep}]}"),
    "an operation on nothing": operations("op: remove, path: /spec/none"),
    "an operation below nothing": operations("op: add, path: /spec/none/x, value: 1"),
    "an index beyond": operations("op: add, path: /spec/template/spec/containers/9, value: {}"),
    "a failed test": operations("op: test, path: /spec/replicas, value: 9"),
    "another operation": operations("op: change, path: /spec/replicas, value: 9"),
    "replicas of nothing": case("replicas: [{name: none, count: 1}]\n"),
    "a broken pattern": smp("spec: {replicas: 1}", "{name: '('}"),
    "a broken selector": smp("spec: {replicas: 1}", "{labelSelector: 'a=('}"),
    "an object without a name": case("resources: [one.yaml]\n", one_yaml="apiVersion: v1\nkind: ConfigMap\n"),
    "a component as a base": case("resources: [part]\n", part__kustomization_yaml="kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"),
    "a folder without a kustomization": case("resources: [sub]\n", sub__x_yaml=OBJECTS),
    "entries run together": case("resources:\n- base\n - ../other\n"),
    "a label that is a number": case("commonLabels: {a: 1}\n"),
    "a map that is there": case("configMapGenerator: [{name: settings, namespace: shop, literals: [a=1]}]\n"),
    "a map to merge that is not there": case("configMapGenerator: [{name: none, behavior: merge, literals: [a=1]}]\n"),
    "a map without a name": case("configMapGenerator: [{literals: [a=1]}]\n"),
    "a literal without a value": case("configMapGenerator: [{name: a, literals: [abc]}]\n"),
    "a key twice": case("secretGenerator: [{name: a, literals: [abc=1], envs: [e.env]}]\n", e_env="abc=2\n"),
    "a generator's file that is not there": case("configMapGenerator: [{name: a, files: [none.txt]}]\n"),
    "a generator's file outside": {**case("resources: [in]\n"), "in/kustomization.yaml": "configMapGenerator: [{name: a, files: [../base/more.yaml]}]\n"},
    "a base as a component": case("components: [base]\n"),
    "a replacement of nothing": case("replacements: [{source: {kind: None}, targets: [{select: {kind: Service}}]}]\n"),
    "a replacement of two": case("replacements: [{source: {name: web}, targets: [{select: {kind: Service}}]}]\n"),
    "a replacement without a target": case("replacements: [{source: {kind: Service}}]\n"),
    "a replacement of a missing field": case("replacements: [{source: {kind: Service}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.none]}]}]\n"),
    "a replacement from a missing field": case("replacements: [{source: {kind: Service, fieldPath: spec.none}, targets: [{select: {kind: Deployment}}]}]\n"),
}  # fmt: skip


def write(files, folder):
    """Write the files of a case below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1") if name.endswith(".bin") else text.encode())
    return folder
