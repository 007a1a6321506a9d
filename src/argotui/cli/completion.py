"""`completion`: the script that completes argotui's command line in a shell."""

from __future__ import annotations

import click


@click.command(short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    \b
    bash:  source <(argotui completion bash)
    zsh:   source <(argotui completion zsh)
    fish:  argotui completion fish | source
    """
    from click.shell_completion import get_completion_class

    from argotui.cli.main import COMPLETE, cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}")
    maker = kind(cli, {}, "argotui", COMPLETE)
    # click asks the shell for its version before it writes bash's script; the script itself needs
    # no such check where it is only printed.
    click.echo(maker.source_template % maker.source_vars())
