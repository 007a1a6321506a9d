"""What `argo` does and how to do it here: nothing is left out, and nothing is invented."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from argotui.cli import exits
from argotui.cli.from_argo import COUNTERPARTS
from argotui.cli.main import cli
from tools.from_argo import INSTEAD, missing_flags
from tools.write_argo_commands import FILE, text_of

COMMANDS: dict[str, list[str]] = json.loads(FILE.read_text("utf-8"))


def test_every_command_of_argo_is_named() -> None:
    assert COUNTERPARTS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_of_argo_exists_or_has_a_word_about_it(command: str) -> None:
    missing_flags(command, COMMANDS[command])


def test_no_word_is_about_a_flag_that_exists() -> None:
    used = set()
    for command, flags in COMMANDS.items():
        for flag in missing_flags(command, flags):
            used.add(f"{command} {flag}" if f"{command} {flag}" in INSTEAD else flag)
    assert used == INSTEAD.keys()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("node", "argotui approve: `argo node set`"),
        ("cp", "artifacts are not read yet"),
        ("auth", "`kubectl create token` does"),
        ("convert", "argotui lint: "),
    ],
)
def test_a_command_of_argo_that_is_no_verb_says_what_is(word: str, said: str) -> None:
    done = CliRunner().invoke(cli, [word])
    assert done.exit_code == exits.USAGE
    assert said in done.output


@pytest.mark.cluster
def test_the_commands_are_those_of_the_argo_that_is_installed() -> None:
    argo = shutil.which("argo")
    assert argo is not None, "the lab puts argo on the PATH"
    assert text_of(argo) == FILE.read_text("utf-8")
