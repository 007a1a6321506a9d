"""The environment variables of the `argo` command, as settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from argotui.cli.connect import server_address
from argotui.config.loading import load_settings


def test_the_variables_of_argo_mean_what_they_mean_to_argo() -> None:
    environ = {
        "ARGO_SERVER": "argo.example:2746",
        "ARGO_BASE_HREF": "/argo",
        "ARGO_SECURE": "false",
        "ARGO_INSECURE_SKIP_VERIFY": "true",
        "ARGO_NAMESPACE": "team",
        "ARGO_TOKEN": "Bearer secret",
        "ARGO_HTTP1": "true",
    }
    loaded = load_settings(environ=environ)
    address = server_address(loaded)
    assert address is not None
    assert address.server == "http://argo.example:2746/argo"
    assert address.insecure_skip_verify
    assert loaded.settings.namespace == "team"
    assert loaded.origins["argo_server"] == "environment ARGO_SERVER"
    assert "secret" not in repr(loaded)


@pytest.mark.parametrize(
    ("secure", "url"), [("", "https"), ("no", "https"), ("0", "https"), ("false", "http")]
)
def test_only_the_word_false_turns_tls_off(secure: str, url: str) -> None:
    loaded = load_settings(environ={"ARGO_SERVER": "argo.example", "ARGO_SECURE": secure})
    address = server_address(loaded)
    assert address is not None
    assert address.server == f"{url}://argo.example"


def test_the_namespace_of_argo_counts_only_with_a_server() -> None:
    assert load_settings(environ={"ARGO_NAMESPACE": "team"}).settings.namespace is None
    flags = {"argo_server": "argo.example"}
    assert load_settings(flags, environ={"ARGO_NAMESPACE": "team"}).settings.namespace == "team"


def test_flags_and_own_variables_come_before_those_of_argo(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('argo_server = "file.example"\n')
    environ = {"ARGO_SERVER": "argo.example"}
    assert load_settings(path=file, environ=environ).settings.argo_server == "argo.example"
    own = environ | {"ARGOTUI_ARGO_SERVER": "own.example"}
    assert load_settings(path=file, environ=own).settings.argo_server == "own.example"
    flags = {"argo_server": "flag.example"}
    assert load_settings(flags, path=file, environ=own).settings.argo_server == "flag.example"


def test_a_context_on_the_command_line_overrides_a_server_from_elsewhere() -> None:
    environ = {"ARGO_SERVER": "argo.example"}
    assert server_address(load_settings({"context": "prod"}, environ=environ)) is None
    both = {"context": "prod", "argo_server": "argo.example"}
    assert server_address(load_settings(both, environ={})) is not None
    assert server_address(load_settings({"argo_server": ""}, environ=environ)) is None
