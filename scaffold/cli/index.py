"""`scaffold index`: what other repositories have to know of these Apps.

May import: everything.
"""

from __future__ import annotations

import click
import yaml

from scaffold.answers.load import from_documents
from scaffold.answers.migrate import STEPS, migrate
from scaffold.answers.published import index
from scaffold.answers.sources import read_sources
from scaffold.cli import options
from scaffold.cli.catalogs import catalog_of
from scaffold.render.escape_yaml import scalar


@click.command(name="index")
@options.sources()
@options.blueprints
def command(sources: tuple[str, ...], third_party: tuple[str, ...]) -> None:
    """Print what others have to know of Apps: their ports, who calls them, and which Apps they call.

    Publish it where other repositories find it. `scaffold render --known index.yaml` then knows these Apps: their ports
    have names, and a flow that both sides declare is agreed, though each side is rendered by itself. Nothing else is in
    it: no image, configuration, secret or address.

    \b
    Examples:
      scaffold index -f services/ > index.yaml
      scaffold index -f app.yaml -f platform.yaml > index.yaml
    """
    documents, problems = read_sources(sources)
    # What is wrong is said here, not where the index is read.
    from_documents(documents, catalog_of(third_party), problems)
    published = index(migrate(document, STEPS).document for document in documents)
    click.echo(yaml.dump_all(published, Dumper=_Dumper, sort_keys=False, explicit_start=True, width=_WIDE), nl=False)


_WIDE = 10_000  # characters: no line is folded


class _Dumper(yaml.SafeDumper):
    """Quotes what another reader, or another version of YAML, would take for something else than a string."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Represent a string."""
        style = None if scalar(data) == data else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)
