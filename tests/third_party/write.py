"""A third party's blueprint that is sound, for tests to change one thing of."""

import yaml
from harness import write_blueprint

OWNER = """\
title: A word to everybody
why: Each App says who owns it.
scope: app
controls:
  - {id: owner-is-known, text: The owner of each App is known., references: [X 1]}
"""
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: owner
  namespace: {{ cookiecutter.namespace }}
  labels:
{% for key, value in cookiecutter.labels.items() %}
    {{ key }}: {{ value }}
{% endfor %}
data:
  owner: {{ cookiecutter.name }}
"""
EDGE = {
    "source": "=pod",
    "target": {"cidr": "203.0.113.0/24"},
    "port": 9000,
    "reason": '=app.key ~ " sends audit records"',
}


def write_owner(source, more="", template=TEMPLATE, id_="governance/owner", name="owner.yaml"):
    """Write the blueprint into a source, with more lines of its description; return its folder."""
    write_blueprint(source / id_, OWNER + more, name, template)
    return source / id_


def contributing(*edges):
    return yaml.safe_dump({"contributes": {"edges": list(edges)}})
