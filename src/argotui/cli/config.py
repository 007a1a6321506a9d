"""`config` and `keys`: the settings and their origins, the schema, and a first file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argotui.cli.options import console_only, shared
from argotui.cli.settings import load

if TYPE_CHECKING:
    from argotui.config.loading import Loaded


@click.group(short_help="Show, check and write the configuration.")
def config() -> None:
    """Show, check and write the configuration.

    A value is taken from the first of: flag, environment variable, the table of the context in
    the config file, the config file, default.
    """


@config.command()
@shared
@console_only
@click.option("--origin", is_flag=True, help="Say where each value comes from (JSON always does).")
@click.option("-o", "--output", type=click.Choice(["toml", "json"]), default="toml")
@click.pass_context
def show(context: click.Context, origin: bool, output: str) -> None:
    """Print the settings in force in the context of the kubeconfig, and check the config file.

    What the config file says of that context is laid over the rest, as in the console; --context
    shows another one.
    """
    from argotui.cli.config_text import show_json, show_toml

    loaded = load(context)
    name = context_in_force(loaded)
    loaded = loaded.for_context(name) if name else loaded
    if output == "json":
        click.echo(show_json(loaded, name))
    else:
        click.echo(show_toml(loaded, name, origin=origin))


def context_in_force(loaded: Loaded) -> str:
    """Return the context that the settings name, else the kubeconfig's current one, if any."""
    from argotui.cli.connect import contexts_of
    from argotui.errors import BackendError

    if loaded.settings.context:
        return loaded.settings.context
    try:
        contexts = contexts_of(loaded.settings)
    except BackendError:
        return ""
    return next((found.name for found in contexts if found.current), "")


@config.command()
@shared
@click.pass_context
def path(context: click.Context) -> None:
    """Print the path of the config file."""
    click.echo(load(context).path)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the config file."""
    from argotui.cli.config_text import config_schema

    click.echo(json.dumps(config_schema(), indent=2))


@config.command()
@click.option("--config", "file", metavar="FILE", help="Where to write it.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(file: str | None, force: bool) -> None:
    """Write a config file that holds every default as a comment."""
    from argotui.cli.config_text import template
    from argotui.config.loading import FILE_VARIABLE, default_path
    from argotui.errors import ConfigError

    named = file or os.environ.get(FILE_VARIABLE)
    target = Path(named).expanduser() if named else default_path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(template())
    except FileExistsError:
        raise ConfigError(
            f"There is a config file already: {target}", hint="Replace it with --force."
        ) from None
    except OSError as error:
        raise ConfigError(f"{target} cannot be written", error.strerror or str(error)) from None
    click.echo(target)


@click.command(short_help="List the keys of the console.")
@shared
@click.option("-o", "--output", type=click.Choice(["table", "json", "markdown"]), default="table")
@click.pass_context
def keys(context: click.Context, output: str) -> None:
    """List the keys of the console, with your configuration."""
    from argotui.actions import ACTIONS
    from argotui.cli.output import (
        TextColumn,
        as_json,
        table,
        terminal,
        write,
    )
    from argotui.keymap import keys_markdown, keys_of, read_keymap

    keymap = read_keymap(load(context).settings.keys)
    if output == "markdown":
        click.echo(keys_markdown(), nl=False)
        return
    rows = [
        (
            ", ".join(sorted(action.scopes)),
            action.id,
            " ".join(keys_of(action, keymap)),
            action.help,
        )
        for action in ACTIONS.values()
    ]
    if output == "json":
        names = ("screens", "action", "keys", "help")
        click.echo(as_json([dict(zip(names, row, strict=True)) for row in rows]))
        return
    columns = [
        TextColumn("SCREEN"),
        TextColumn("ACTION"),
        TextColumn("KEYS"),
        TextColumn("DOES", least=20),
    ]
    write(table(columns, rows, terminal()))
