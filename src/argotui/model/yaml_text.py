"""An object as YAML lines with their blocks.

People apply the output with kubectl. kubectl reads YAML with Go's parser (sigs.k8s.io/yaml over
goyaml.v2), by rules between YAML 1.1 and 1.2; PyYAML writes YAML 1.1. So a text is plain if it is a
text in both, and quoted otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from argotui.model.sanitise import escape_yaml, is_clean

_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


_WORDS = re.compile(r"[yYnN]")
"""Go takes these for true and false; PyYAML knows the other such words."""
_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+"
    r"|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
"""A number to Go (`resolve.go`: ParseInt with base 0, yamlStyleFloat), underscores left out."""
_MOMENT = re.compile(r"[0-9]{4}-[0-9].*")
_FIRST = frozenset("0123456789+-._yYnN")
"""What one of these begins with; nearly all texts do not."""
_ESCAPED = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""Line breaks that readers turn into others, and what may not stand in YAML as it is."""


def _style(text: str) -> str | None:
    """Return how a text has to be written so that Go and Python read it again: None for plainly."""
    if not (text.isascii() and text.isprintable()):
        if _ESCAPED.search(text) or not is_clean(text):
            return '"'
        if "\n" in text:
            return "|"
    if text[:1] not in _FIRST:
        return None
    plain = text.replace("_", "")
    if _WORDS.fullmatch(text) or _NUMBER.fullmatch(plain) or _MOMENT.fullmatch(text):
        return "'"
    return None


class _Dumper(_Base):  # type: ignore[misc]  # the C dumper has no types
    """Writes text of several lines as a block, as people do."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    if not text.isascii():
        text = _HALF.sub("\ufffd", text)  # which is no character, as Go says too
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


_Dumper.add_representer(str, _represent_text)

_HALF = re.compile("[\ud800-\udfff]")
_LITERAL_HEAD = re.compile(r":\s[|>][-+0-9]*$|^\s*-\s[|>][-+0-9]*$")


class YamlText(NamedTuple):
    """`lines`; for each line the index after the last line it holds (`ends`, itself + 1 where it
    holds none); and whether it is inside a block of text (`literal`)."""

    lines: Sequence[str]
    ends: Sequence[int]
    literal: bytes


def dump_yaml(document: Mapping[str, object], *, ascii_only: bool = False) -> str:
    """Return a decoded JSON object as YAML in its own order, without aliases or line wrapping.

    Reading it back gives exactly the same object. Control characters are escaped, and with
    `ascii_only` all non-ASCII ones.
    """
    text: str = yaml.dump(
        dict(document),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=not ascii_only,
        default_flow_style=False,
        width=2**31 - 1,
    )
    # Escaped texts are quoted (`_style`).
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
