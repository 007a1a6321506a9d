"""The documents say what the code does."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from argotui.cli import exits
from argotui.cli.main import cli
from argotui.cli.verbs import VERBS
from argotui.config.loading import FILE_VARIABLE, variable_keys, variable_of
from tools.write_docs import ROOT, generated

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", generated(), ids=name_of)
def test_generated_parts_are_those_of_the_code(path: Path) -> None:
    assert path.read_text("utf-8") == generated()[path], "write it anew: make docs"


def cli_page() -> str:
    return (ROOT / "docs" / "cli.md").read_text("utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_described(verb: str) -> None:
    assert re.search(rf"^### `argotui {verb}\b", cli_page(), re.MULTILINE)


def test_every_exit_code_is_described() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and name[0] != "_"}
    described = {int(code) for code in re.findall(r"^\| (\d+) \|", cli_page(), re.MULTILINE)}
    assert described == codes


def test_every_variable_is_described() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    names = [FILE_VARIABLE, *map(variable_of, variable_keys())]
    assert [name for name in names if name not in text] == []


LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(path.read_text("utf-8")):
        there = (path.parent / target) if target else path
        if target != "docs/screenshot.svg":
            assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), f"{target}#{anchor}"


def test_every_file_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    files = re.findall(r"`([\w/]+\.py)`", text)
    assert len(set(files)) >= 20
    assert [file for file in files if not (ROOT / "src" / "argotui" / file).is_file()] == []


COMMANDS = re.findall(
    r"\| `(argotui [^`]*)` \|", (ROOT / "docs" / "operations.md").read_text("utf-8")
)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_operations_can_be_given(line: str) -> None:
    """The command line is taken apart as if it were typed; nothing runs."""
    words = shlex.split(line)[1:]
    command: click.Command = cli
    with contextlib.ExitStack() as stack:
        context = stack.enter_context(click.Context(cli))
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, line
            command = found
            context = stack.enter_context(click.Context(command, parent=context))
        command.parse_args(context, words)
