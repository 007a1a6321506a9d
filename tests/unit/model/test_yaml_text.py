from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.yaml_text import dump_yaml, structure

DOCUMENT: dict[str, object] = {
    "metadata": {"name": "a", "managedFields": [{"manager": "x", "time": "t"}, {"manager": "y"}]},
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
    assert held("managedFields:") == ["- manager: x", "time: t", "- manager: y"]
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
