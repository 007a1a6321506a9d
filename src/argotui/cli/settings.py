"""The settings of a command line: its options over the config file and the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from argotui.config.loading import Loaded


def load(context: click.Context) -> Loaded:
    """Return the settings for this command line; raises ConfigError naming the file."""
    from argotui.config.loading import load_settings

    flags: dict[str, Any] = dict(context.find_root().ensure_object(dict))
    if flags.get("namespace") and flags.get("all_namespaces"):
        raise click.UsageError("-n and -A exclude each other: one namespace, or all of them")
    path = flags.pop("config", None)
    loaded = load_settings(flags, path=path)
    if loaded.settings.keys:
        _check_keys(loaded)
    return loaded


def _check_keys(loaded: Loaded) -> None:
    from argotui.errors import ConfigError
    from argotui.keymap import read_keymap

    try:
        read_keymap(loaded.settings.keys)
    except ConfigError as error:
        raise ConfigError(f"{loaded.path}: keys: {error.title}", error.detail, error.hint) from None
