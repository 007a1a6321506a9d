"""What the verbs print: tables as wide as the terminal, JSON and YAML."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from argotui.drawing.cells import cell_len, cut_middle

_COLOURS = {
    "waiting": "33",
    "stuck": "35",
    "failed": "31",
    "denied": "31",
    "running": "36",
    "succeeded": "32",
    "skipped": "90",
    "dim": "2",
    "bold": "1",
}
NOTHING = "-"
"""The text of an empty cell, so that the columns of a line can be counted."""


class Terminal(NamedTuple):
    """Where the output goes: `width` in cells is None if it is no terminal."""

    width: int | None = None
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, role: str) -> str:
        """Return `text` in the colour of a role, if colours are on."""
        code = _COLOURS.get(role)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text else text

    def glyph(self, glyph: str) -> str:
        """Return a glyph and a space, or nothing if it could not be shown."""
        return f"{glyph} " if self.unicode else ""


def terminal(environ: Mapping[str, str] = os.environ) -> Terminal:
    """Return what stdout can show: no colour with NO_COLOR, TERM=dumb, or in a pipe."""
    unicode = speaks_utf8(sys.stdout)
    if not sys.stdout.isatty():
        return Terminal(unicode=unicode)
    colour = not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"
    return Terminal(shutil.get_terminal_size().columns, colour, unicode)


def speaks_utf8(stream: object) -> bool:
    """Say whether a stream takes every character."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


_PLAIN = str.maketrans("…→←·‖✔✖●○▸▾─│├└┌–•“”‘’⚠⊘◷×␍", "~><-|+x*o>v-|+++-*\"\"''!!ox\\")


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(char if char.isascii() else "?" for char in lost), error.end


def speak_ascii() -> None:
    """Let stdout and stderr, if they are not UTF-8, write our glyphs as ASCII of the same width,
    and other characters as `?`."""
    import codecs

    codecs.register_error("argotui", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if not speaks_utf8(stream) and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="argotui")


class TextColumn(NamedTuple):
    """A column of a table; one with `least` cells may be cut to that many to fit the terminal."""

    title: str
    right: bool = False
    least: int = 0


class Cell(NamedTuple):
    """A text, cleaned, with the role that colours it."""

    text: str
    role: str = ""


def table(
    columns: Sequence[TextColumn],
    rows: Sequence[Sequence[Cell | str]],
    where: Terminal,
    *,
    headers: bool = True,
) -> Iterator[str]:
    """Yield the lines of a table; in a pipe nothing is cut."""
    cells = [[item if isinstance(item, Cell) else Cell(item) for item in row] for row in rows]
    widths = [len(column.title) if headers else 0 for column in columns]
    for row in cells:
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], cell_len(cell.text or NOTHING))
    if where.width:
        _shrink(widths, columns, where.width)
    if headers:
        titles = [Cell(column.title, "dim") for column in columns]
        yield _line(titles, columns, widths, where)
    for row in cells:
        yield _line(row, columns, widths, where)


def _shrink(widths: list[int], columns: Sequence[TextColumn], limit: int) -> None:
    """Take from the widest column that may be cut until the line fits."""
    excess = sum(widths) + 2 * (len(widths) - 1) - limit
    while excess > 0:
        spare = [
            (width, index)
            for index, (width, column) in enumerate(zip(widths, columns, strict=True))
            if column.least and width > column.least
        ]
        if not spare:
            return
        _, widest = max(spare)
        widths[widest] -= 1
        excess -= 1


def _line(
    row: Sequence[Cell], columns: Sequence[TextColumn], widths: Sequence[int], where: Terminal
) -> str:
    parts = []
    last = len(row) - 1
    for index, (cell, column, width) in enumerate(zip(row, columns, widths, strict=True)):
        text = cut_middle(cell.text or NOTHING, width)
        blank = " " * (width - cell_len(text))
        shown = where.paint(text, cell.role)
        if column.right:
            shown = blank + shown
        elif index != last:
            shown += blank
        parts.append(shown)
    return "  ".join(parts)


def write(lines: Iterable[str]) -> None:
    """Print lines in blocks, so that ten thousand of them cost little.

    They are there at once, also in a pipe: what follows may wait for hours.
    """
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == 500:
            sys.stdout.write("\n".join(block) + "\n")
            block.clear()
    if block:
        sys.stdout.write("\n".join(block) + "\n")
    sys.stdout.flush()


def as_json(document: object) -> str:
    """Return a document as indented JSON; times are RFC 3339.

    The document is exact: characters that a terminal must not get are written as escapes.
    """
    import msgspec

    return _printable(msgspec.json.format(_encode(document), indent=2).decode())


def _encode(document: object) -> bytes:
    import json

    import msgspec

    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        return json.dumps(msgspec.to_builtins(document)).encode()


def as_json_line(document: object) -> str:
    """Return a document as JSON in one line, as `as_json` does."""
    return _printable(_encode(document).decode())


def _printable(document: str) -> str:
    from argotui.model.sanitise import escape_json

    return escape_json(document, all_but_ascii=not speaks_utf8(sys.stdout))


def as_yaml(document: Mapping[str, object]) -> str:
    """Return a document as YAML, without the final newline."""
    import msgspec

    from argotui.model.yaml_text import dump_yaml

    text = dump_yaml(msgspec.to_builtins(document), ascii_only=not speaks_utf8(sys.stdout))
    return text.rstrip("\n")
