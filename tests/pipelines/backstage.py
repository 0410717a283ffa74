"""The software template of Backstage, whose form is the exported schema of an App."""

import yaml

from scaffold.answers.exported import json_schema

HEAD = "# Generated from `scaffold schema app` by `pytest tests/test_examples.py --update-goldens`; the rest of it is in tests/pipelines.\n"


def template(catalog):
    """Return the template as YAML."""
    schema = json_schema(catalog.kinds, "App")
    pages = [_page(schema, "metadata", "Who it is"), _page(schema, "spec", "What it is, serves and calls")]
    value = {
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {
            "name": "kubescaffold-app",
            "title": "A service, with its security controls",
            "description": "Say what a service is; its Kubernetes manifests are rendered, verified and reviewed.",
            "tags": ["kubernetes", "security"],
        },
        "spec": {
            "owner": "group:default/platform",
            "type": "service",
            "parameters": pages,
            "steps": [
                {
                    "id": "answers",
                    "name": "Write the answers",
                    "action": "fetch:template",
                    "input": {
                        "url": "./content",
                        "values": {"metadata": "${{ parameters.metadata }}", "spec": "${{ parameters.spec }}"},
                    },
                },
                {
                    "id": "publish",
                    "name": "Ask for a review",
                    "action": "publish:github:pull-request",
                    "input": {
                        "repoUrl": "github.com?owner=example&repo=production",
                        "branchName": "app-${{ parameters.metadata.namespace }}-${{ parameters.metadata.name }}",
                        "title": "Add ${{ parameters.metadata.namespace }}/${{ parameters.metadata.name }}",
                        "description": "Its answers; render them into bundle/, and review that with them.",
                    },
                },
            ],
            "output": {"links": [{"title": "Pull request", "url": "${{ steps.publish.output.remoteUrl }}"}]},
        },
    }
    return HEAD + yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data):
        return True


def _page(schema, field, title):
    """Return one page of the form: a field of the document, with the definitions that it refers to, and no others."""
    own = schema["properties"][field]
    found, wanted = {}, references(own)
    while wanted:
        if (name := wanted.pop()) not in found:
            found[name] = schema["$defs"][name]
            wanted |= references(found[name])
    return {"title": title, "required": [field], "properties": {field: own}, "$defs": dict(sorted(found.items()))}


def references(value):
    """Return the names of the definitions that a schema refers to."""
    if isinstance(value, dict):
        own = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()
