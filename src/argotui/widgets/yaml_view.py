"""YAML to read: coloured, folded by block, searched, copied."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise

from rich.cells import cell_len
from rich.style import Style

from argotui.model.counted import counted
from argotui.model.patterns import Matcher, parse_pattern
from argotui.model.yaml_text import YamlText
from argotui.widgets.cells import Part
from argotui.widgets.line_view import LineView

_LINE = re.compile(
    r"(?P<indent>\s*)(?P<dash>(?:- )*(?:-$)?)"
    r"(?:(?P<key>(?:'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"|[^\s'\"#\[{][^#]*?))(?P<colon>:)(?= |$))?"
    r"(?P<space> *)(?P<value>.*)"
)
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?$")
_WORDS = frozenset({"true", "false", "null", "~", "{}", "[]"})
FOLDED_AT_FIRST = frozenset({"managedFields"})
_GUTTER = 2


class YamlView(LineView[int]):
    """A YAML document; a row is the number of a line, folded lines have none."""

    DEFAULT_CSS = """
    YamlView {
        overflow-x: auto;

        & > .yaml--key { color: $phase-running; }
        & > .yaml--string { color: $foreground; }
        & > .yaml--number { color: $phase-waiting; }
        & > .yaml--word { color: $mark; }
        & > .yaml--mark { color: $chrome; }
        & > .yaml--text { color: $phase-succeeded; }
    }
    """

    FOLDS = True
    COMPONENT_CLASSES = {
        "yaml--key",
        "yaml--string",
        "yaml--number",
        "yaml--word",
        "yaml--mark",
        "yaml--text",
    }

    def __init__(self) -> None:
        super().__init__("Reading the YAML …")
        self.text = YamlText((), (), b"")
        self.folded: set[int] = set()
        self.pattern: Matcher | None = None
        self.matches: list[int] = []
        self._width = 0
        self._opened: set[str] = set()
        """Lines, by what they say, that were unfolded against their default."""

    def set_document(self, text: YamlText) -> None:
        """Show another text; folds, cursor and search stay if they can."""
        before = self.text
        kept = {before.lines[line] for line in self.folded}
        current = self.rows[self.cursor] if self.rows else 0
        self.text = text
        self.folded = {
            line
            for line, content in enumerate(text.lines)
            if text.ends[line] > line + 1
            and (content in kept or self._folds_at_first(content))
            and not text.literal[line]
        }
        self._width = _GUTTER + max(
            (len(line) if line.isascii() else cell_len(line) for line in text.lines), default=0
        )
        self._find()
        self.rows = ()
        self.set_reactive(LineView.cursor, 0)
        self.show(self._unfolded(), width=self._width)
        self.refresh()
        if self.rows and current:
            self.move_to(bisect_right(self.rows, current) - 1, announce=False)

    def _folds_at_first(self, content: str) -> bool:
        key = content.strip().rstrip(":")
        return key in FOLDED_AT_FIRST and content not in self._opened

    def _unfolded(self) -> list[int]:
        rows: list[int] = []
        line, start = 0, 0
        for head in sorted(self.folded):
            if head < line:
                continue
            rows.extend(range(start, head + 1))
            line = start = self.text.ends[head]
        rows.extend(range(start, len(self.text.lines)))
        return rows

    def _refold(self, line: int) -> None:
        """Draw the folds again, with the cursor on `line` or on the row that hides it."""
        rows = self._unfolded()
        top = self.scroll_offset.y
        self.rows = ()
        self.set_reactive(LineView.cursor, max(0, bisect_right(rows, line) - 1))
        self.show(rows, width=self._width)
        self.scroll_to(y=top, animate=False, force=True)
        self.refresh()
        self.reveal(self.cursor)

    @property
    def line(self) -> int:
        """The number of the line under the cursor."""
        return self.rows[self.cursor] if self.rows else 0

    @property
    def place_words(self) -> str:
        """The number of the line under the cursor, and of how many."""
        lines = len(self.text.lines)
        return f"line {self.line + 1:,} of {lines:,}" if lines else ""

    @property
    def matches_words(self) -> str:
        """How many lines match the search; empty without a search."""
        if self.pattern is None:
            return ""
        return counted(len(self.matches), "line matches", "lines match")

    def has_block(self, line: int) -> bool:
        """Say whether lines are held by a line."""
        return line < len(self.text.ends) and self.text.ends[line] > line + 1

    def block(self, line: int) -> str:
        """Return a line and all it holds, without their common indentation."""
        lines = self.text.lines[line : self.text.ends[line]] if self.text.lines else ()
        indent = len(lines[0]) - len(lines[0].lstrip(" ")) if lines else 0
        return "\n".join(text[indent:] for text in lines)

    @property
    def whole(self) -> str:
        """The whole document."""
        return "\n".join(self.text.lines) + "\n"

    def fold(self, line: int) -> None:
        """Hide what a line holds."""
        if self.has_block(line):
            self.folded.add(line)
            self._refold(line)

    def unfold(self, line: int) -> None:
        """Show what a line holds."""
        self.folded.discard(line)
        self._opened.add(self.text.lines[line])
        self._refold(line)

    @property
    def can_fold(self) -> bool:
        return self.has_block(self.line) or self._parent_of(self.line) is not None

    def toggle_row(self) -> None:
        if self.line in self.folded:
            self.unfold(self.line)
        elif self.has_block(self.line):
            self.fold(self.line)
        elif (parent := self._parent_of(self.line)) is not None:
            self.fold(parent)

    def close_row(self) -> None:
        line = self.line
        if self.has_block(line) and line not in self.folded:
            self.fold(line)
        elif (parent := self._parent_of(line)) is not None:
            self.move_to(bisect_left(self.rows, parent))

    def open_row(self) -> None:
        if self.line in self.folded:
            self.unfold(self.line)

    def toggle_all_rows(self) -> None:
        """Fold every block of the second level, or unfold all."""
        if self.folded:
            self._opened.update(self.text.lines[line] for line in self.folded)
            self.folded.clear()
        else:
            self.folded = {
                line
                for line, content in enumerate(self.text.lines)
                if self.has_block(line) and content.startswith("  ") and content[2:3] not in " -"
            }
        self._refold(self.line)

    def _parent_of(self, line: int) -> int | None:
        for candidate in range(line - 1, -1, -1):
            if self.text.ends[candidate] > line:
                return candidate
        return None

    def search(self, pattern: str) -> int:
        """Mark what matches a pattern (`model.patterns`), go to the next match, return how many
        lines match; empty ends the search. Raises FilterError.
        """
        self.pattern = parse_pattern(pattern) if pattern else None
        self._find()
        self.refresh()
        if self.matches and self.line not in self.matches:
            self.step_match(1)
        return len(self.matches)

    def _find(self) -> None:
        found = self.pattern.matches if self.pattern else None
        self.matches = (
            [line for line, text in enumerate(self.text.lines) if found(text)] if found else []
        )

    def step_match(self, step: int) -> int:
        """Go to the next (1) or previous (-1) match, round the end; return its number from 1."""
        if not self.matches:
            return 0
        if step > 0:
            place = bisect_right(self.matches, self.line) % len(self.matches)
        else:
            place = (bisect_left(self.matches, self.line) - 1) % len(self.matches)
        self.go_to(self.matches[place])
        return place + 1

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, unfolding what hides it."""
        hiding = {head for head in self.folded if head < line < self.text.ends[head]}
        if hiding:
            self.folded -= hiding
            self._opened.update(self.text.lines[head] for head in hiding)
            self._refold(line)
        self.move_to(bisect_left(self.rows, line), center=True)

    def clicked(self, index: int, x: int, *, again: bool) -> None:
        if again or x < _GUTTER:
            self.toggle_row()

    def draw_row(self, row: int, index: int, width: int) -> list[Part]:
        text = self.text.lines[row]
        mark = ("▸ " if row in self.folded else "▾ ") if self.has_block(row) else "  "
        if mark == "▾ " and row != self.line:
            mark = "  "
        parts: list[Part] = [(mark, self.style("yaml--mark"))]
        parts += self._mark(self.paint(text, literal=bool(self.text.literal[row])), text)
        if row in self.folded:
            hidden = self.text.ends[row] - row - 1
            parts.append((f" … {counted(hidden, 'line')}", self.style("line--dim")))
        return parts

    def paint(self, text: str, *, literal: bool = False) -> list[Part]:
        """Return the coloured parts of a line of YAML."""
        string = self.style("yaml--string")
        if literal:
            return [(text, self.style("yaml--text"))]
        match = _LINE.match(text)
        if match is None:
            return [(text, string)]
        parts: list[Part] = []
        punctuation = self.style("yaml--mark")
        parts.append((match["indent"], Style.null()))
        parts.append((match["dash"], punctuation))
        if match["key"] is not None:
            parts.append((match["key"], self.style("yaml--key")))
            parts.append((match["colon"], punctuation))
        parts.append((match["space"], Style.null()))
        value = match["value"]
        if _NUMBER.match(value):
            parts.append((value, self.style("yaml--number")))
        elif value in _WORDS:
            parts.append((value, self.style("yaml--word")))
        else:
            parts.append((value, string))
        return parts

    def _mark(self, parts: list[Part], text: str) -> list[Part]:
        """Lay the search's marks over the parts of a line."""
        if self.pattern is None:
            return parts
        spans = self.pattern.spans(text)
        if not spans:
            return parts
        hit = self.style("line--match")
        marked: list[Part] = []
        at = 0
        for run, style in parts:
            end = at + len(run)
            cuts = sorted({at, end, *(c for span in spans for c in span if at < c < end)})
            for start, stop in pairwise(cuts):
                inside = any(low <= start and stop <= high for low, high in spans)
                marked.append((text[start:stop], style + hit if inside else style))
            at = end
        return marked
