"""Settings: which source wins, and what is said of a mistake."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from argotui.cli.config_text import (
    config_schema,
    show_toml,
    template,
    to_toml,
)
from argotui.config.loading import Loaded, load_settings, variable_keys, variable_of
from argotui.config.settings import Settings
from argotui.errors import ConfigError

Load = Callable[..., Loaded]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str = "", *, environ: dict[str, str] | None = None, **flags: object) -> Loaded:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load_settings(flags, path=path, environ=environ or {})

    return load


def test_defaults_where_nothing_is_said(tmp_path: Path) -> None:
    environ = {"ARGOTUI_CONFIG": str(tmp_path / "empty.toml")}
    (tmp_path / "empty.toml").touch()
    loaded = load_settings(environ=environ)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.exists


def test_flag_beats_environment_beats_file_beats_default(load: Load) -> None:
    text = 'theme = "light"\nsort = "name"\nmouse = false\n'
    loaded = load(text, environ={"ARGOTUI_THEME": "ansi", "ARGOTUI_SORT": "took"}, theme="contrast")
    settings = loaded.settings
    assert (settings.theme, settings.sort, settings.mouse) == ("contrast", "took", False)
    assert loaded.origins["theme"] == "flag --theme"
    assert loaded.origins["sort"] == "environment ARGOTUI_SORT"
    assert loaded.origins["mouse"] == "file"
    assert loaded.origins["refresh_hz"] == "default"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('thme = "dark"', "unknown key thme; did you mean theme?"),
        ("zzz = 1", "unknown key zzz"),
        ("[logs]\ntial = 1", "unknown key logs.tial; did you mean tail?"),
        ("[contexts.prod]\nreadonly = true", 'contexts."prod".readonly; did you mean read_only?'),
        ('read_only = "yes"', "read_only must be true or false, not text"),
        ("mouse = 1", "mouse must be true or false, not a whole number"),
        ('refresh_hz = "8"', "refresh_hz must be a number, not text"),
        ("refresh_hz = 1000", "refresh_hz must be a number <= 30"),
        ("[logs]\ntail = -1", "logs.tail must be a whole number >= 0"),
        ("logs = 3", "logs must be a table, not a whole number"),
        ('columns = "name"', "columns must be a list, not text"),
        ("[contexts.prod]\nread_only = 1", 'contexts."prod".read_only must be true or false'),
        ("[keys]\n'list.open' = 3", "keys.list.open must be text or a list, not a whole number"),
        ('theme = "drak"', "there is no theme 'drak'; did you mean dark?"),
        ('[contexts.p]\ntheme = "lihgt"', "there is no theme 'lihgt'; did you mean light?"),
        ('sort = "agee"', "there is no sort 'agee'; did you mean age?"),
        ('columns = ["name", "agee"]', "there is no column 'agee'; did you mean age?"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_what_is_right(
    load: Load, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert told in caught.value.title
    assert str(tmp_path / "config.toml") in caught.value.title
    assert caught.value.hint


def test_all_mistakes_of_a_file_are_told_at_once(load: Load) -> None:
    text = """
mose = true
theme = "drak"
refresh_hz = "fast"
[logs]
tail = "many"
colour = 1
[gates]
without_verdict = "panic"
[contexts.prod]
read_only = 3
theem = "x"
[contexts.other]
theme = "nope"
[keys]
"list.open" = 3
"""
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.title.endswith("config.toml: 10 mistakes")
    told = caught.value.detail.splitlines()
    assert len(told) == 10
    for key in (
        *("mose", "theme: ", "refresh_hz", "logs.tail", "logs.colour", "gates.without_verdict"),
        *('contexts."prod".read_only', 'contexts."prod".theem', 'contexts."other"'),
        "keys.list.open",
    ):
        assert sum(line.removeprefix("unknown key ").startswith(key) for line in told) == 1, key
    assert "did you mean mouse?" in caught.value.detail
    assert "argotui config schema" in caught.value.hint


def test_text_that_is_no_toml_says_where(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("theme = \n")
    assert "not valid TOML" in caught.value.title
    assert "line 1" in caught.value.detail


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no config file"):
        load_settings(path=tmp_path / "none.toml", environ={})
    with pytest.raises(ConfigError, match="no config file"):
        load_settings(environ={"ARGOTUI_CONFIG": str(tmp_path / "none.toml")})


def test_a_folder_is_no_config_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(path=tmp_path, environ={})


def test_variables_are_converted_and_mistakes_in_them_named(load: Load) -> None:
    environ = {
        "ARGOTUI_READ_ONLY": "on",
        "ARGOTUI_MOUSE": "0",
        "ARGOTUI_REFRESH_HZ": "4",
        "ARGOTUI_COLUMNS": "name, age",
        "ARGOTUI_LOGS_TAIL": "5",
        "ARGOTUI_THEME": "",
        "ARGOTUI_SERVICE_HOST": "10.0.0.1",
    }
    settings = load("", environ=environ).settings
    assert settings.read_only
    assert not settings.mouse
    assert settings.refresh_hz == 4.0
    assert settings.columns == ["name", "age"]
    assert settings.logs.tail == 5
    assert settings.theme == "dark"
    for name, value in (("MOUSE", "maybe"), ("LOGS_TAIL", "x"), ("REFRESH_HZ", "fast")):
        with pytest.raises(ConfigError, match=f"ARGOTUI_{name} must be .*'{value}'"):
            load("", environ={f"ARGOTUI_{name}": value})


def test_every_variable_is_read(load: Load) -> None:
    samples = dict.fromkeys(map(variable_of, variable_keys()), "1")
    samples |= {"ARGOTUI_THEME": "light", "ARGOTUI_SORT": "name", "ARGOTUI_COLUMNS": "name"}
    samples |= {"ARGOTUI_LOGS_MAX_LINES": "5000", "ARGOTUI_LOGS_MAX_BYTES": "5000000"}
    samples |= {"ARGOTUI_GATES_WITHOUT_VERDICT": "hard"}
    origins = load("", environ=samples).origins
    assert {origin for origin in origins.values() if origin != "default"} == {
        f"environment {name}" for name in samples
    }


def test_a_namespace_takes_back_what_a_lower_source_said_of_all(load: Load) -> None:
    text = 'namespace = "a"\nall_namespaces = true'
    assert load(text).settings.all_namespaces
    assert not load(text, namespace="b").settings.all_namespaces
    assert not load(text, environ={"ARGOTUI_NAMESPACE": "b"}).settings.all_namespaces
    assert load('namespace = "a"', all_namespaces=True).settings.all_namespaces


CONTEXTS = """
namespace = "a"
theme = "light"
[contexts.prod]
namespace = "p"
read_only = true
theme = "production"
"""


def test_a_context_has_settings_of_its_own(load: Load) -> None:
    loaded = load(CONTEXTS).for_context("prod")
    settings = loaded.settings
    assert (settings.namespace, settings.read_only, settings.theme) == ("p", True, "production")
    assert loaded.origins["theme"] == 'file, contexts."prod"'
    assert load(CONTEXTS).for_context("other").settings.theme == "light"


def test_flags_and_variables_beat_the_settings_of_a_context(load: Load) -> None:
    loaded = load(CONTEXTS, environ={"ARGOTUI_THEME": "ansi"}, all_namespaces=True)
    settings = loaded.for_context("prod").settings
    assert settings.theme == "ansi"
    assert settings.all_namespaces
    assert settings.read_only


def test_nothing_in_quotes_is_nothing(load: Load) -> None:
    assert load('context = ""\nnamespace = ""').settings == Settings()


def test_keys_may_be_written_without_quotes(load: Load) -> None:
    assert load('[keys]\nlist.open = ["enter", "o"]').settings.keys == {"list.open": ["enter", "o"]}


def test_the_file_to_start_with_is_valid_and_changes_nothing(load: Load) -> None:
    assert load(template()).settings == Settings()
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line and "`" not in line else line
        for line in template().replace('# [contexts."prod"]', '[contexts."prod"]').splitlines()
    )
    settings = load(uncommented).settings
    assert settings.contexts["prod"].read_only
    assert settings.logs == Settings().logs
    described = set(tomllib.loads(uncommented))
    assert described == set(Settings.__struct_fields__)


def test_what_is_shown_is_a_config_file_that_gives_the_same(load: Load) -> None:
    text = CONTEXTS + '[keys]\n"list.open" = ["enter", "o"]\n[logs]\ntail = 7\n'
    loaded = load(text)
    assert load(show_toml(loaded, "", origin=True)).settings == loaded.settings


@pytest.mark.parametrize(
    "value", [True, 3, 1.5, 'a "quoted" \\ text', ["a", "b"], [], "tab\there", "é"]
)
def test_values_are_written_as_toml_reads_them(value: object) -> None:
    assert tomllib.loads(f"x = {to_toml(value)}") == {"x": value}


def test_the_schema_in_the_docs_is_that_of_the_code() -> None:
    written = json.loads((ROOT / "docs" / "config-schema.json").read_text("utf-8"))
    assert written == config_schema(), (
        "write it anew: argotui config schema > docs/config-schema.json"
    )


def test_every_setting_is_described() -> None:
    for table in config_schema()["$defs"].values():
        for key, schema in table["properties"].items():
            assert "description" in schema or "$ref" in schema, key
