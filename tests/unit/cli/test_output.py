"""Tables as wide as the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from argotui.cli.get_verb import describe
from argotui.cli.output import (
    Cell,
    Terminal,
    TextColumn,
    table,
)
from argotui.drawing.cells import cell_len
from argotui.model.argo import (
    Arguments,
    Key,
    Metadata,
    Parameter,
    Workflow,
    WorkflowSpec,
    WorkflowStatus,
)
from tests.support import EPOCH

COLUMNS = (
    TextColumn("NAME", least=8),
    TextColumn("AGE", right=True),
    TextColumn("MESSAGE", least=6),
)
ROWS = (("a", "3m", "all is well"), ("a-very-long-name-with-a-tail-7xk2p", "12h", ""))


def test_in_a_pipe_nothing_is_cut_and_every_column_can_be_counted() -> None:
    lines = list(table(COLUMNS, ROWS, Terminal()))
    assert lines[1].split() == ["a", "3m", "all", "is", "well"]
    assert lines[2].split() == ["a-very-long-name-with-a-tail-7xk2p", "12h", "-"]
    assert lines[1].index("3m") + 2 == lines[2].index("12h") + 3
    assert not any(line.endswith(" ") for line in lines)


def test_in_a_terminal_names_keep_their_ends() -> None:
    lines = list(table(COLUMNS, ROWS, Terminal(width=30)))
    assert all(cell_len(line) <= 30 for line in lines)
    assert "7xk2p" in lines[2]
    assert "…" in lines[2]


def test_titles_may_be_left_out() -> None:
    assert len(list(table(COLUMNS, ROWS, Terminal(), headers=False))) == len(ROWS)


def test_colour_changes_no_width() -> None:
    rows: list[list[Cell | str]] = [[Cell("name", "failed"), "1m", Cell("", "dim")]]
    plain = list(table(COLUMNS, rows, Terminal(width=60)))[1]
    painted = list(table(COLUMNS, rows, Terminal(width=60, colour=True)))[1]
    assert painted.replace("\x1b[31m", "").replace("\x1b[0m", "").replace("\x1b[2m", "") == plain
    assert painted != plain


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]))] * 3)
    ),
    st.integers(min_value=28, max_value=200),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    rows = [(name, age[:4], message) for name, age, message in rows]
    for line in table(COLUMNS, rows, Terminal(width=width)):
        assert cell_len(line) <= width


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_only_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], colour: bool
) -> None:
    import sys

    from argotui.cli.output import terminal

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert terminal(environ).colour is colour


def test_long_values_of_get_are_cut_in_a_terminal_alone() -> None:
    made = Workflow(
        Metadata(name="w", namespace="argo"),
        spec=WorkflowSpec(
            arguments=Arguments(parameters=[Parameter(name="big", value="x" * 9000)])
        ),
        status=WorkflowStatus(phase="Failed", message="why " * 2000),
    )

    def facts(where: Terminal, *, wide: bool = False) -> dict[str, str]:
        lines = describe(made, Key("argo", "w"), EPOCH, where, wide=wide)
        return {line[:13].strip(): line for line in lines}

    cut = facts(Terminal(80))
    assert cell_len(cut["parameters:"]) == 80
    assert "…" in cut["parameters:"]
    assert 300 < cell_len(cut["message:"]) <= 5 * 80
    for whole in (facts(Terminal()), facts(Terminal(80), wide=True)):
        assert whole["parameters:"].endswith("x" * 9000)
        assert whole["message:"].count("why") == 2000


ASCII = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}


@pytest.mark.parametrize("how", ["as_json", "as_json_line", "as_yaml"])
def test_documents_are_whole_also_where_the_output_is_ascii(how: str) -> None:
    document = {"say": "\u2014 \u00e9 \U0001f600 \u200d", "lines": "\u00e9\n  two\n"}
    code = f"from argotui.cli.output import {how}; print({how}({document!r}))"
    done = subprocess.run([sys.executable, "-c", code], env=ASCII, capture_output=True, check=True)
    read = yaml.safe_load(done.stdout) if how == "as_yaml" else json.loads(done.stdout)
    assert read == document


def test_our_own_signs_are_ascii_where_the_output_is() -> None:
    code = (
        "import sys; from argotui.cli.output import speak_ascii; speak_ascii();"
        "print('a\u2026b \u2192 \u2716 \u65e5'); print('\u2026', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ASCII, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"a~b > x ?\n", b"~\n")
