from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from argotui.cli.output import as_json, as_json_line
from argotui.model.sanitise import is_clean
from argotui.model.yaml_text import dump_yaml, structure

DOCUMENT: dict[str, object] = {
    "metadata": {"name": "a", "managedFields": [{"manager": "x", "time": "t"}, {"manager": "z"}]},
    "spec": {"script": "line one\n- line two\n\nline four\n", "after": 1},
    "list": ["p", "q"],
}

texts = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\n -:#|>"), max_size=30)
documents = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=15,
    ),
    max_size=4,
)


def held(line_start: str) -> list[str]:
    text = structure(dump_yaml(DOCUMENT))
    line = next(i for i, line in enumerate(text.lines) if line.strip().startswith(line_start))
    return [line.strip() for line in text.lines[line + 1 : text.ends[line]]]


def test_a_key_holds_what_is_indented_under_it() -> None:
    assert held("spec:") == ["script: |", "line one", "- line two", "", "line four", "after: 1"]


def test_a_key_holds_the_items_at_its_own_indentation() -> None:
    assert held("managedFields:") == ["- manager: x", "time: t", "- manager: z"]
    assert held("list:") == ["- p", "- q"]


def test_an_item_holds_its_other_keys() -> None:
    assert held("- manager: x") == ["time: t"]
    assert held("- p") == []


def test_text_in_a_block_is_no_structure() -> None:
    text = structure(dump_yaml(DOCUMENT))
    literal = [line.strip() for line, flag in zip(text.lines, text.literal, strict=True) if flag]

    assert literal == ["line one", "- line two", "", "line four"]
    assert held("- line two") == []


def test_a_key_after_a_block_in_an_item_is_structure_again() -> None:
    text = structure(dump_yaml({"l": [{"script": "a\nb\n", "other": 1}]}))

    assert not text.literal[[line.strip() for line in text.lines].index("other: 1")]


@given(documents)
def test_what_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert yaml.safe_load(dump_yaml(document)) == document


@given(documents)
def test_blocks_nest(document: dict[str, object]) -> None:
    text = structure(dump_yaml(document))

    assert len(text.lines) == len(text.ends) == len(text.literal)
    for line, end in enumerate(text.ends):
        assert line < end <= len(text.lines)
        assert all(inner <= end for inner in text.ends[line + 1 : end])


pieces = st.sampled_from(
    [
        *(
            "y",
            "n",
            "Y",
            "on",
            "off",
            "yes",
            "No",
            "~",
            "null",
            "NULL",
            "true",
            "inf",
            ".inf",
            ".NaN",
        ),
        *("1e3", "0o14", "012", "0b11", "0x1F", "1_000", "1.", "1.5e+3", ".5", "25921e05", "1:30"),
        *(
            "2026-1-2",
            "2026-11-26T09:00:00Z",
            "<<",
            "=",
            "---",
            "...",
            "- ",
            "? ",
            ": ",
            " #",
            "&",
            "*",
        ),
        *(
            "!",
            "%",
            "@",
            "`",
            "'",
            '"',
            "\\",
            "{",
            "[",
            "|",
            ">",
            ",",
            "_",
            "+",
            "-",
            ".",
            "e",
            "0",
            "7",
        ),
        *(
            "\t",
            "\n",
            "\r",
            " ",
            "\x00",
            "\x1b",
            "\x7f",
            "\x85",
            "\u2028",
            "\u2029",
            "\ufeff",
            "\ufffe",
        ),
        *("\U0001f600", "\u200d", "é", "日"),
    ]
)
any_text = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(pieces, max_size=5).map(
    "".join
)


@given(st.dictionaries(any_text, any_text))
def test_any_text_reads_back_the_same_and_is_printed_clean(document: dict[str, str]) -> None:
    printed = dump_yaml(document)
    assert is_clean(printed)
    assert yaml.safe_load(printed) == document


@given(st.dictionaries(any_text, any_text))
def test_any_text_is_clean_and_the_same_in_json(document: dict[str, str]) -> None:
    for printed in (as_json(document), as_json_line(document)):
        assert is_clean(printed)
        assert json.loads(printed) == document


def as_kubectl_reads(document: dict[str, object]) -> dict[str, object]:
    """Return what kubectl makes of a printed ConfigMap; asks no cluster."""
    printed = dump_yaml(document)
    done = subprocess.run(
        ["kubectl", "annotate", "--local", "-f", "-", "x=y", "-o", "json"],
        input=printed.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    read: dict[str, object] = json.loads(done.stdout)
    return read


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl")
@settings(max_examples=10, deadline=None)
@given(st.lists(any_text, min_size=40, max_size=80))
def test_any_text_is_the_same_text_to_kubectl(texts: list[str]) -> None:
    values: dict[str, object] = {f"k{at}": text for at, text in enumerate(texts)}
    keys: dict[str, object] = dict.fromkeys(texts, "v")
    for data in (values, keys):
        document: dict[str, object] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a"},
            "data": data,
        }
        assert as_kubectl_reads(document)["data"] == data


ONCE_READ_WRONG = [
    *("1e3", "25921e05", "0o14", "0O14", "1E5", "+1e3", "-1e-3", "y", "n", "Y", "N", "2026-1-2"),
    *("1_000", "0b11", "+0b1", "012", "0x1F", ".5e3", "1.", "1__0", "12e03", "08", "0o7_7"),
]


@pytest.mark.parametrize("text", ONCE_READ_WRONG, ids=ONCE_READ_WRONG)
def test_what_go_reads_as_something_else_is_quoted(text: str) -> None:
    assert re.fullmatch(r"""value: (['"]).*\1\n""", dump_yaml({"value": text}))
    assert re.match(r"""(['"]).*\1: v\n""", dump_yaml({text: "v"}))


@pytest.mark.parametrize("text", ["canary", "v1.2", "1.2.3", "10.0.0.1", "a1e3", "5m", "1e3x"])
def test_ordinary_texts_stay_plain(text: str) -> None:
    assert dump_yaml({"value": text}) == f"value: {text}\n"
