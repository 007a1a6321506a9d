"""Load the settings, with the origin of each value.

The order of precedence: command-line flag, environment variable, a variable of the `argo` command,
the table of the context in the config file, the config file, the default.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import TypeVar, cast

import msgspec
import platformdirs

from argotui.config.argo_variables import OF_ARGO, variables_of_argo
from argotui.config.settings import (
    COLUMNS,
    LEVELS,
    TABLES,
    THEME_NAMES,
    ContextSettings,
    Settings,
)
from argotui.config.toml_file import explain, read_file
from argotui.errors import ConfigError
from argotui.model.counted import counted
from argotui.model.nearest import suggest
from argotui.model.workflows.listing import SORTS

T = TypeVar("T")

APP = "argotui"
PREFIX = "ARGOTUI_"
FILE_VARIABLE = PREFIX + "CONFIG"


class Loaded(msgspec.Struct, frozen=True):
    """Settings with the origin of each value, by dotted key (`logs.tail`); `path` is the file."""

    settings: Settings
    origins: dict[str, str]
    path: Path
    exists: bool

    def for_context(self, name: str) -> Loaded:
        """Return the settings in the context `name`; flags and variables take precedence."""
        own = self.settings.contexts.get(name)
        if own is None:
            return self
        values = flatten(self.settings)
        origins = dict(self.origins)
        layer = {
            key: value for key, value in msgspec.structs.asdict(own).items() if value is not None
        }
        firm = {key for key, where in origins.items() if where not in (_FILE, _DEFAULT)}
        if firm & _SCOPE:
            firm |= _SCOPE
        layer = {key: value for key, value in layer.items() if key not in firm}
        _lay(values, origins, layer, lambda _: f'{_FILE}, contexts."{name}"')
        return msgspec.structs.replace(
            self, settings=_build(values, self.settings), origins=origins
        )


_FILE = "file"
_DEFAULT = "default"
_SCOPE = {"namespace", "all_namespaces"}


def default_path() -> Path:
    """Return the default path of the config file."""
    return platformdirs.user_config_path(APP) / "config.toml"


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    path: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """Return the settings from flags, environment and config file.

    `flags` has the given values only, by field name. The config file is `path`, else
    ARGOTUI_CONFIG, else `default_path()`; only the last may be missing. Raises ConfigError.
    """
    named = path or environ.get(FILE_VARIABLE)
    file = Path(named).expanduser() if named else default_path()
    values = flatten(Settings())
    origins = dict.fromkeys(values, _DEFAULT)
    document = read_file(file) if named or file.exists() else None
    settings = Settings()
    if document is not None:
        settings = parse_document(document, str(file))
        _lay(values, origins, _given(document, settings), lambda _: _FILE)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    own = _from_environment(environ)
    through_server = {**values, **own, **given}.get("argo_server") or environ.get("ARGO_SERVER")
    _lay(
        values,
        origins,
        variables_of_argo(environ, through_server=bool(through_server)),
        lambda key: f"environment {OF_ARGO[key]}",
    )
    _lay(values, origins, own, lambda key: f"environment {variable_of(key)}")
    for key, value in given.items():
        check_choice(key, value, f"--{key.replace('_', '-')}")
    _lay(values, origins, given, lambda key: f"flag --{key.replace('_', '-')}")
    return Loaded(_build(values, settings), origins, file, document is not None)


def variable_of(key: str) -> str:
    """Return the environment variable of a dotted key."""
    return PREFIX + key.replace(".", "_").upper()


def variable_keys() -> list[str]:
    """Return the dotted keys that a variable can set: all except tables of free keys."""
    return [key for key, value in flatten(Settings()).items() if not isinstance(value, dict)]


def parse_document(document: dict[str, object], file: str) -> Settings:
    """Return the settings in a decoded config file.

    Raises ConfigError with the file and the key; several mistakes are in one error.
    """
    if isinstance(document.get("keys"), dict):
        document["keys"] = _join_keys(document["keys"])
    found = list(_mistakes(document, file))
    if len(found) == 1:
        raise found[0]
    if found:
        lines = [error.title.removeprefix(f"{file}: ") for error in found]
        hints = list(dict.fromkeys(error.hint for error in found if error.hint))
        raise ConfigError(
            f"{file}: {counted(len(found), 'mistake')}", "\n".join(lines), "\n".join(hints)
        )
    return _convert(document, Settings, f"{file}:")


def _mistakes(document: Mapping[str, object], file: str) -> Iterator[ConfigError]:
    """Yield the mistakes in a decoded config file, by key."""
    yield from _unknown_keys(document, Settings, "", file)
    yield from _wrong_values(document, Settings, "", file)
    for action, keys in _table_in(document, "keys").items():
        yield from _mistake(_convert, keys, str | list[str], f"{file}: keys.{action}")
    for name, own in _table_in(document, "contexts").items():
        if isinstance(own, dict):
            yield from _wrong_values(own, ContextSettings, f'contexts."{name}".', file)
        else:
            yield from _mistake(_convert, own, ContextSettings, f'{file}: contexts."{name}"')


def _wrong_values(
    table: Mapping[str, object], kind: type[msgspec.Struct], prefix: str, file: str
) -> Iterator[ConfigError]:
    """Yield the wrong values in a table of a struct's keys."""
    for field in msgspec.structs.fields(kind):
        value = table.get(field.name)
        where = f"{file}: {prefix}{field.name}"
        if field.name not in table:
            continue
        if field.name in ("keys", "contexts") and not prefix and isinstance(value, dict):
            continue
        if field.name in TABLES and not prefix and isinstance(value, dict):
            yield from _wrong_values(value, TABLES[field.name], f"{field.name}.", file)
            continue
        wrong = list(_mistake(_convert, value, field.type, where))
        if not wrong and (choice := _CHOICES.get(f"{prefix}{field.name}") or _plain(field.name)):
            chosen = list(value.values()) if isinstance(value, dict) else value
            wrong = list(_mistake(check_choice, choice, chosen, where))
        yield from wrong


_CHOICES = {"gates.without_verdict": "levels", "gates.levels": "levels"}
"""The settings whose name differs from that of their choices."""


def _plain(name: str) -> str:
    return name if name in ("theme", "sort", "columns") else ""


def _mistake(check: Callable[..., object], *arguments: object) -> Iterator[ConfigError]:
    try:
        check(*arguments)
    except ConfigError as error:
        yield error


def _table_in(document: Mapping[str, object], key: str) -> dict[str, object]:
    table = document.get(key)
    return table if isinstance(table, dict) else {}


def _convert(value: object, kind: type[T] | UnionType, where: str) -> T:
    try:
        return cast("T", msgspec.convert(value, kind))
    except msgspec.ValidationError as error:
        raise ConfigError(explain(str(error), where), hint=_SEE) from None


_SEE = "Every key and what it takes: argotui config schema"


def _unknown_keys(
    table: Mapping[str, object], kind: type[msgspec.Struct], prefix: str, file: str
) -> Iterator[ConfigError]:
    fields = kind.__struct_fields__
    for key, value in table.items():
        if key not in fields:
            yield ConfigError(f"{file}: unknown key {prefix}{key}{suggest(key, fields)}", hint=_SEE)
        elif isinstance(value, dict) and not prefix:
            if key in TABLES:
                yield from _unknown_keys(value, TABLES[key], f"{key}.", file)
            elif key == "contexts":
                for name, own in value.items():
                    if isinstance(own, dict):
                        yield from _unknown_keys(own, ContextSettings, f'contexts."{name}".', file)


def check_choice(key: str, value: object, where: str) -> None:
    """Raise ConfigError for an unknown theme, sort, column or level; `where` is its place."""
    known: tuple[str, ...]
    match key:
        case "theme":
            known = THEME_NAMES
        case "sort":
            known = (*SORTS, *("-" + sort for sort in SORTS))
        case "columns":
            known = COLUMNS
        case "levels":
            known = LEVELS
        case _:
            return
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and word not in known:
            raise ConfigError(
                f"{where}: there is no {key.removesuffix('s')} {word!r}{suggest(word, known)}",
                hint=f"One of: {', '.join(name for name in known if not name.startswith('-'))}",
            )


def _join_keys(table: object, prefix: str = "") -> dict[str, object]:
    """Join the tables that TOML makes of an unquoted `list.open = "enter"`."""
    flat: dict[str, object] = {}
    if isinstance(table, dict):
        for name, value in table.items():
            if isinstance(value, dict):
                flat |= _join_keys(value, f"{prefix}{name}.")
            else:
                flat[prefix + name] = value
    return flat


def flatten(settings: Settings) -> dict[str, object]:
    """Return the values by dotted key (`logs.tail`), without the tables of the contexts."""
    values = msgspec.structs.asdict(settings)
    del values["contexts"]
    keys = values.pop("keys")
    tables = {table: values.pop(table) for table in TABLES}
    for table, content in tables.items():
        for name, value in msgspec.structs.asdict(content).items():
            values[f"{table}.{name}"] = value
    return values | {"keys": keys}


def _given(document: Mapping[str, object], settings: Settings) -> dict[str, object]:
    """Return the values that the file itself sets, converted."""
    named = set(document)
    for table in TABLES:
        named |= {f"{table}.{key}" for key in _table_in(document, table)}
    given = {key: value for key, value in flatten(settings).items() if key in named}
    return {key: None if value == "" else value for key, value in given.items()}


def _lay(
    values: dict[str, object],
    origins: dict[str, str],
    layer: Mapping[str, object],
    origin: Callable[[str], str],
) -> None:
    """Override `values` with those of one source."""
    for key, value in layer.items():
        values[key] = value
        origins[key] = origin(key)
    # A namespace overrides `all_namespaces` of a source with lower precedence.
    if "namespace" in layer and "all_namespaces" not in layer:
        values["all_namespaces"] = False
        origins["all_namespaces"] = origin("namespace")


def _build(values: Mapping[str, object], base: Settings) -> Settings:
    plain = {key: value for key, value in values.items() if "." not in key}
    tables = {
        table: msgspec.convert(
            {
                key.removeprefix(f"{table}."): value
                for key, value in values.items()
                if key.startswith(f"{table}.")
            },
            kind,
        )
        for table, kind in TABLES.items()
    }
    return msgspec.structs.replace(base, **plain, **tables)


_WORDS = {
    "true": True, "1": True, "yes": True, "on": True,
    "false": False, "0": False, "no": False, "off": False,
}  # fmt: skip


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    kinds: dict[str, object] = {
        field.name: field.type
        for field in msgspec.structs.fields(Settings)
        if field.name not in (*TABLES, "contexts", "keys")
    }
    for table, content in TABLES.items():
        for field in msgspec.structs.fields(content):
            kinds[f"{table}.{field.name}"] = field.type
    settled = flatten(Settings())
    found: dict[str, object] = {}
    for key, kind in kinds.items():
        text = environ.get(variable_of(key), "")
        if not text:
            continue
        value: object = text
        if isinstance(settled[key], dict):
            continue
        if key == "gates.command":
            value = shlex.split(text)
        elif isinstance(settled[key], list):
            value = [word.strip() for word in text.split(",") if word.strip()]
        elif isinstance(settled[key], bool):
            value = _WORDS.get(text.strip().lower(), text)
        try:
            found[key] = msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as error:
            told = explain(str(error), variable_of(key)).replace("not text", f"not {text!r}")
            raise ConfigError(told) from None
        choice = "levels" if key == "gates.without_verdict" else key
        check_choice(choice, found[key], variable_of(key))
    return found
