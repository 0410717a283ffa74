"""`scaffold completion`: what a shell needs to complete commands, options, files and names of blueprints.

May import: everything.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command(name="completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      eval "$(scaffold completion bash)"       in ~/.bashrc; bash 4.4 or newer
      eval "$(scaffold completion zsh)"        in ~/.zshrc, behind compinit
      scaffold completion fish | source        in ~/.config/fish/config.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101  click knows all three
    root = context.find_root()
    click.echo(completion(root.command, {}, "scaffold", "_SCAFFOLD_COMPLETE").source())
