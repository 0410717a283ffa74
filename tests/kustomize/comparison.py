"""What kustomize builds beside what is evaluated of the same folder, so that both can be compared."""

import json

from harness import loaded_all

from scaffold.kustomize.build import build


def spelled(value):
    """Return a value as JSON has it: 1.0 is 1."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def told(values):
    """Return objects in their order; what is in a Secret is not told, its name (which hashes it) is."""
    without = [
        {**one, "data": dict.fromkeys(one["data"], "")} if one["kind"] == "Secret" and one.get("data") else one
        for one in values
    ]
    return [json.dumps(spelled(one), sort_keys=True) for one in without]


def compared(run, folder):
    """Return what kustomize builds and what is evaluated, and the problems; nothing of what kustomize refuses."""
    done, made = run("kustomize", "build", folder), build(folder)
    real = told(loaded_all(done.stdout)) if done.returncode == 0 else None
    return real, told([document.value for document in made.documents]), made.problems
