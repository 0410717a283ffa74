"""The least that runs: objects from which tests make others by one tweak."""


def deployment(name="orders", kind="Deployment", **container):
    labels = {"app": name}
    own = {
        "name": name,
        "image": f"registry.example.com/shop/{name}:1.0.0",
        "ports": [{"containerPort": 8080}],
        **container,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [own]}},
        },
    }


def object_of(kind, name, version="v1", **parts):
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **parts}


def service(name="orders", port=80, target=8080, **spec):
    ports = [{"port": port, "targetPort": target}]
    return object_of("Service", name, spec={"selector": {"app": name}, "ports": ports, **spec})


def policy(name="orders", **rules):
    spec = {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": [key.capitalize() for key in rules], **rules}
    return object_of("NetworkPolicy", name, "networking.k8s.io/v1", spec=spec)


def env(**variables):
    return [{"name": name, "value": value} for name, value in variables.items()]
