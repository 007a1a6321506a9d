"""Files that can be read only once: `<(command)` of a shell, a FIFO, /dev/stdin."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from argotui.backend.kube.kubeconfig import list_contexts, load_target
from argotui.backend.kube.oidc import keep_refresh_token
from argotui.config.files import read_text
from argotui.config.loading import load_settings
from argotui.errors import ConfigError
from tests.unit.kube.servers import config

Piped = Callable[[str], str]


@pytest.fixture
def piped() -> Iterator[Piped]:
    """Return the path of a pipe that holds a text, as a shell's `<(...)` makes it."""
    ends: list[int] = []

    def make(text: str) -> str:
        reading, writing = os.pipe()
        ends.append(reading)
        os.write(writing, text.encode())
        os.close(writing)
        return f"/dev/fd/{reading}"

    yield make
    for end in ends:
        os.close(end)


def test_a_pipe_gives_what_it_held_each_time(piped: Piped) -> None:
    path = piped("what it holds")
    assert [read_text(path) for _ in range(3)] == ["what it holds"] * 3


def test_a_fifo_is_not_waited_for_twice(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    threading.Thread(target=lambda: path.write_text("once"), daemon=True).start()
    assert read_text(path) == "once"
    assert read_text(path) == "once"


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for text in ("one", "two"):
        path.write_text(text)
        assert read_text(path) == text


def test_a_kubeconfig_from_a_pipe_lasts(piped: Piped) -> None:
    ca = piped("-----BEGIN CERTIFICATE-----")
    text = yaml.safe_dump(config("https://127.0.0.1:1", None, {"certificate-authority": ca}))
    path = piped(text)
    for _ in range(2):
        target = load_target("lab", path)
        assert target.ca == "-----BEGIN CERTIFICATE-----"
        assert [context.name for context in list_contexts(path)] == ["lab"]


def test_a_config_file_from_a_pipe_lasts(piped: Piped) -> None:
    path = piped('theme = "production"\n')
    for _ in range(2):
        assert load_settings(path=path, environ={}).settings.theme == "production"


def test_a_refresh_token_cannot_be_kept_in_a_pipe(piped: Piped) -> None:
    path = piped("refresh-token: old")
    assert "could not be saved" in keep_refresh_token(path, "old", "new")
    assert read_text(path) == "refresh-token: old"


def test_a_pipe_that_held_nothing_is_an_empty_kubeconfig(piped: Piped) -> None:
    with pytest.raises(ConfigError, match="is empty"):
        load_target(None, piped(""))
