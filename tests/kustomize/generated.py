"""Kustomizations composed at random, always the same ones: layers over the objects of the cases."""

import json
import random

from kustomize.cases import MORE, OBJECTS

NAMES = ("web", "proxy", "extra")
NOBODY = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}


def tree(number):
    """Return the files of a tree, whose objects are in a namespace of its own, so that several can be built as one."""
    chance = random.Random(number)  # noqa: S311  no secret: the same trees each time
    kept = [
        text
        for text in (OBJECTS + "---\n" + MORE).split("---\n")
        if "kind: Namespace" not in text and "kind: CustomResourceDefinition" not in text
    ]
    objects = "---\n".join(kept).replace("namespace: shop", f"namespace: t{number}")
    objects = objects.replace("name: reader", f"name: reader-{number}").replace("name: fast}", f"name: fast-{number}}}")
    files = {"base/objects.yaml": objects, "base/kustomization.yaml": "resources: [objects.yaml]\n"}
    below, layers = "base", chance.randint(1, 3)
    for layer in range(layers):
        name = f"layer{layer}" if layer < layers - 1 else "top"
        said = {"resources": [f"../{below}"], **features(chance, number, layer, files)}
        files[f"{name}/kustomization.yaml"] = json.dumps(said, indent=1)
        below = name
    return {f"t{number}/{path}": text for path, text in files.items()}


def features(chance, number, layer, files):
    """Return what one layer does."""
    made = {}
    pool = {
        "namePrefix": lambda: chance.choice(("a-", "dev-")),
        "nameSuffix": lambda: chance.choice(("-x", "-v2")),
        "namespace": lambda: f"n{number}",
        "commonAnnotations": lambda: {"note": chance.choice(("new", "1")), "by": "layer"},
        "labels": lambda: [label(chance) for _ in range(chance.randint(1, 2))],
        "images": lambda: [image(chance) for _ in range(chance.randint(1, 3))],
        "replicas": lambda: [{"name": chance.choice(("web", "store")), "count": chance.randint(0, 9)}],
        "patches": lambda: [patch(chance) for _ in range(chance.randint(1, 3))],
        "configMapGenerator": lambda: [generated(chance, number, layer)],
        "secretGenerator": lambda: [
            {"name": f"hidden{number}-{layer}", "literals": ["a=" + "x" * chance.randint(1, 90)]}
        ],
        "components": lambda: [component(chance, layer, files)],
        "replacements": lambda: [replacement(chance)],
        "sortOptions": lambda: {"order": "fifo"},
    }
    for key in chance.sample(list(pool), chance.randint(1, 6)):
        made[key] = pool[key]()
    return made


def label(chance):
    flags = {
        flag: True
        for flag in ("includeSelectors", "includeTemplates", "includeVolumeClaimTemplates")
        if chance.random() < 0.3
    }
    return {"pairs": {chance.choice(("team", "app", "new")): chance.choice(("a", "b"))}, **flags}


def image(chance):
    name = chance.choice(("envoy", "redis", "registry.example.com:5000/shop/web", "registry.example.com/shop/clean"))
    changes = {"newName": "other/name", "newTag": "9", "digest": "sha256:0", "tagSuffix": "-s"}
    return {"name": name, **{key: changes[key] for key in chance.sample(list(changes), chance.randint(1, 2))}}


def generated(chance, number, layer):
    options = chance.choice(({}, {"options": {"disableNameSuffixHash": True}}, {"options": {"labels": {"g": "h"}}}))
    literals = [f"{key}={chance.randint(1, 9)}" for key in chance.sample("abc", chance.randint(0, 3))]
    if chance.random() < 0.3:
        return {
            "name": "settings",
            "namespace": f"t{number}",
            "behavior": chance.choice(("merge", "replace")),
            "literals": literals,
            **options,
        }
    return {"name": f"made{number}-{layer}", "literals": literals, **options}


def component(chance, layer, files):
    said = {**NOBODY, "patches": [patch(chance)], "commonAnnotations": {"component": str(layer)}}
    files[f"part{layer}/kustomization.yaml"] = json.dumps(said)
    return f"../part{layer}"


def replacement(chance):
    source = chance.choice((
        {"kind": "ServiceAccount"}, {"kind": "Deployment", "fieldPath": "spec.selector"}, {"kind": "Service", "fieldPath": "spec.ports.0.name"},
    ))  # fmt: skip
    target = {
        "select": {"kind": chance.choice(("Widget", "StatefulSet"))},
        "fieldPaths": ["metadata.annotations.told"],
        "options": {"create": True},
    }
    return {
        "source": source,
        "targets": [
            target
            if source != {"kind": "Deployment", "fieldPath": "spec.selector"}
            else {**target, "fieldPaths": ["spec.told"]}
        ],
    }


def patch(chance):
    """Return a patch of one of three kinds."""
    kind = chance.choice(("pods", "service", "operations"))
    if kind == "operations":
        return {
            "target": {"kind": "Deployment|StatefulSet"},
            "patch": json.dumps(chance.sample(OPERATIONS, chance.randint(1, 3))),
        }
    if kind == "service":
        ports = [port(chance, "port", (80, 9090, 81)) for _ in range(chance.randint(1, 3))]
        body = {
            "kind": "Service",
            "spec": {"ports": ports, "type": chance.choice(("NodePort", None))},
            "metadata": {"finalizers": ["x/y"]},
        }
    else:
        body = {
            "kind": chance.choice(("Deployment", "StatefulSet")),
            "spec": {"template": {"spec": pods(chance)}},
            "metadata": {},
        }
        if chance.random() < 0.3:
            body["spec"]["replicas"] = chance.choice((None, 4))
    body["metadata"]["name"] = "any"
    return {"target": {"kind": body["kind"]}, "patch": json.dumps(body)}


OPERATIONS = [
    {"op": "add", "path": "/metadata/labels", "value": {"only": "this"}},
    {"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "last", "image": "envoy:1"}},
    {"op": "add", "path": "/spec/template/spec/containers/0/env", "value": [{"name": "Z", "value": "z"}]},
    {"op": "replace", "path": "/spec/selector/matchLabels/app", "value": "changed"},
    {"op": "add", "path": "/spec/template/metadata/annotations", "value": {"a/b": "c"}},
    {"op": "copy", "from": "/spec/selector", "path": "/spec/copied"},
    {"op": "test", "path": "/kind", "value": "Deployment"},
    {"op": "remove", "path": "/spec/template/spec/containers/-1"},
]


def pods(chance):
    made = {
        "containers": [container(chance) for _ in range(chance.randint(1, 3))],
        "initContainers": [{"name": "migrate", "args": ["up"]}],
        "volumes": [
            chance.choice(
                (
                    {"name": "data", "$patch": "delete"},
                    {"name": "data", "emptyDir": None, "hostPath": {"path": "/"}},
                    {"name": "more", "emptyDir": {}},
                )
            )
        ],
        "tolerations": chance.choice(([], None, [{"key": "b"}])),
        "hostAliases": [{"ip": chance.choice(("10.0.0.1", "10.0.0.9")), "hostnames": ["z"]}],
        "topologySpreadConstraints": [
            {
                "topologyKey": chance.choice(("zone", "host")),
                "whenUnsatisfiable": chance.choice(("DoNotSchedule", "ScheduleAnyway")),
                "maxSkew": 2,
            }
        ],
        "imagePullSecrets": [{"name": chance.choice(("pull", "other"))}],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": None},
        "affinity": chance.choice((None, {"$patch": "replace", "nodeAffinity": {}}, {"$patch": "delete"})),
    }
    return {key: made[key] for key in chance.sample(list(made), chance.randint(1, 5))}


def container(chance):
    made = {
        "image": chance.choice(("envoy:3", None)),
        "args": chance.choice(([], ["--x"], None)),
        "env": [variable(chance) for _ in range(chance.randint(1, 3))],
        "ports": [port(chance, "containerPort", (8080, 9090, 7070)) for _ in range(chance.randint(1, 3))],
        "volumeMounts": [{"mountPath": chance.choice(("/data", "/new")), "readOnly": True}],
        "resources": chance.choice(
            ({"limits": {"cpu": None}}, {"$patch": "delete"}, {"$patch": "replace", "requests": {"cpu": 1}})
        ),
        "$patch": chance.choice(("delete", "replace", "merge")),
    }
    kept = {key: made[key] for key in chance.sample(list(made), chance.randint(0, 4))}
    return {"name": chance.choice(NAMES), **kept}


def variable(chance):
    name = chance.choice("ABCD")
    return chance.choice(
        (
            {"name": name, "value": "x"},
            {"name": name, "$patch": "delete"},
            {"name": name, "value": None, "valueFrom": {"fieldRef": {"fieldPath": "a"}}},
        )
    )


def port(chance, key, numbers):
    made = {key: chance.choice(numbers)}
    if chance.random() < 0.5:
        made["protocol"] = chance.choice(("TCP", "UDP"))
    return {**made, "name": chance.choice(("a", "b"))}
