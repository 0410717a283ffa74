"""`scaffold schema`: what may be declared, as JSON Schema.

May import: everything.
"""

from __future__ import annotations

import json

import click

from scaffold.answers.exported import json_schema
from scaffold.cli import options
from scaffold.cli.catalogs import catalog_of

_KINDS = {"app": "App", "platform": "Platform"}


@click.command(name="schema")
@click.argument("kind", type=click.Choice(list(_KINDS)))
@options.blueprints
def command(kind: str, third_party: tuple[str, ...]) -> None:
    """Print the JSON Schema of App or Platform documents, with the options that blueprints add.

    Every field has a label, a description, and a default or an example: for an editor, or as a form. An editor with
    yaml-language-server reads it where the first line of a file is
    `# yaml-language-server: $schema=app.schema.json`.

    \b
    Examples:
      scaffold schema app > app.schema.json
      scaffold schema platform | jq '."$defs".Dns'
    """
    catalog = catalog_of(third_party)
    click.echo(json.dumps(json_schema(catalog.kinds, _KINDS[kind]), indent=2))
