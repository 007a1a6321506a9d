"""`help`: what `--help` says, for those who ask for it as a verb."""

from __future__ import annotations

import click


@click.command("help", short_help="Show the help of argotui, or of one of its verbs.")
@click.argument("words", metavar="[VERB]...", nargs=-1)
@click.pass_context
def help_verb(context: click.Context, words: tuple[str, ...]) -> None:
    """Say what argotui does, or one of its verbs: `argotui help audit export`."""
    above = context.find_root()
    for word in words:
        group = above.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{above.command_path} has no verbs of its own", context)
        name, command, _ = group.resolve_command(above, [word])
        if command is None:
            raise click.UsageError(f"There is no verb {word!r}", context)
        above = click.Context(command, parent=above, info_name=name)
    click.echo(above.get_help())
