"""An object as YAML lines, and which lines a line holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from argotui.model.sanitise import clean, escape_yaml

_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):  # type: ignore[misc]  # the C dumper has no types
    """Writes text of several lines as a block, as people do."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    if text != clean(text):
        style = '"'  # where YAML has escapes for what must not be shown
        text = _HALF.sub("\ufffd", text)  # which is no character, as Go says too
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)

_HALF = re.compile("[\ud800-\udfff]")
_LITERAL_HEAD = re.compile(r":\s[|>][-+0-9]*$|^\s*-\s[|>][-+0-9]*$")


class YamlText(NamedTuple):
    """`lines`; for each line the index after the last line it holds (`ends`, itself + 1 where it
    holds none); and whether it is inside a block of text (`literal`)."""

    lines: Sequence[str]
    ends: Sequence[int]
    literal: bytes


def dump_yaml(document: Mapping[str, object]) -> str:
    """Return a decoded JSON object as YAML in its own order, without aliases or line wrapping.

    To the letter: what a terminal must not be sent is written as an escape.
    """
    text: str = yaml.dump(
        dict(document),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=2**31 - 1,
    )
    return escape_yaml(text)


def structure(text: str) -> YamlText:
    """Return the lines of a YAML text with their blocks: what is indented under a line, and the
    list items of a key, which stand at its own indentation."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    ends = list(range(1, len(lines) + 1))
    literal = bytearray(len(lines))
    open_lines: list[tuple[int, int, bool]] = []
    block_indent = -1
    last = 0
    for index, line in enumerate(lines):
        stripped = line.lstrip(" ")
        if not stripped:
            literal[index] = block_indent >= 0
            continue
        indent = len(line) - len(stripped)
        if block_indent >= 0:
            if indent > block_indent:
                literal[index] = 1
                last = index + 1
                continue
            block_indent = -1
        is_item = stripped == "-" or stripped.startswith("- ")
        while open_lines:
            head, head_indent, head_is_item = open_lines[-1]
            if indent > head_indent or (indent == head_indent and is_item and not head_is_item):
                break
            open_lines.pop()
            ends[head] = max(head + 1, last)
        open_lines.append((index, indent, is_item))
        last = index + 1
        if _LITERAL_HEAD.search(line):
            bare = stripped.lstrip("- ")
            block_indent = len(line) - len(bare) if bare[:1] not in "|>" else indent
    for head, _, _ in open_lines:
        ends[head] = max(head + 1, last)
    return YamlText(lines, ends, bytes(literal))
