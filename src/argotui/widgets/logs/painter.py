"""One line of a log as a strip: its source, its time, its text, the matches in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from argotui.drawing.cells import cell_len, fit
from argotui.model.logs.buffer import MARK, LogLine
from argotui.model.patterns import Matcher
from argotui.widgets.logs.layout import LogRow
from argotui.widgets.logs.render import (
    Drawn,
    Paint,
    chars_at,
    clock_text,
    draw,
    row_starts,
    segments,
)

BARS = "▌┃┋║▐"
COLOURS = 6
"""Five bars and six colours: thirty sources before a pair comes again."""

NAME_CELLS = 18
STAMP_CELLS = 13

Span = tuple[int, int] | None
"""The selected characters of a line, as (start, end); an end of -1 is the end of the line."""


class LinePainter:
    """Draws lines; `style` gives the style of a component."""

    def __init__(self, style: Callable[[str], Style]) -> None:
        self.names: Sequence[str] = ()
        self.looks: Sequence[int] = ()
        """The number of each source's bar and colour; by default that of the source."""
        self.zone = ""
        self.width = 80
        """The cells of the whole view, which bound those of names."""
        self.matcher: Matcher | None = None
        self._style_of = style
        self._styles: dict[str, Style] = {}

    def forget_styles(self) -> None:
        """Look all styles up again: the theme changed."""
        self._styles.clear()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self._style_of(name)
        return self._styles[name]

    def _name_width(self) -> int:
        longest = max(map(cell_len, self.names), default=0)
        return min(longest, NAME_CELLS, max(4, self.width // 4))

    def prefix_width(self) -> int:
        """Return how many cells are before the text of each line."""
        name = self._name_width() + 1 if len(self.names) > 1 else 0
        return 1 + name + (STAMP_CELLS if self.zone else 0)

    def paint(
        self,
        line: LogLine,
        row: LogRow,
        base: Style,
        cells: int,
        left: int | None,
        selected: Span,
        y: int,
    ) -> Strip:
        """Return one row of a line in exactly `cells`.

        `left` is how far the view is scrolled sideways, None where lines wrap; `y` is the row that
        a selection by mouse knows the line by.
        """
        if row.current:
            base += self._style("log--current")
        prefix = self._prefix(line, row, base)
        room = max(1, cells - self.prefix_width())
        if line.source == MARK:
            rule = f"── {clock_text(line.stamp, self.zone or 'local')} "
            text = Segment(rule.ljust(room, "─")[:room], base + self._style("log--mark"))
            return Strip([*prefix, text]).adjust_cell_length(cells, base)
        drawn = draw(line.raw)
        style = base + self._style("log--notice") if line.is_notice else base
        if left is None:
            starts = [*row_starts(drawn.text, room), len(drawn.text)]
            part = min(row.part, len(starts) - 2)
            start, end = starts[part], starts[part + 1]
        else:
            start, end = chars_at(drawn.text, left, room)
        paints = self._paints(line, drawn, selected)
        strip = Strip(segments(drawn, style, paints, start, end))
        strip = strip.adjust_cell_length(room, base).apply_offsets(start, y)
        if left is not None and room > 2:
            strip = self._ends(strip, room, left > 0 and end > 0, end < len(drawn.text), style)
        return Strip([*prefix, *strip]).adjust_cell_length(cells, base)

    def _ends(self, strip: Strip, room: int, before: bool, after: bool, style: Style) -> Strip:
        """Return a strip with a mark at the edge behind which a line goes on."""
        chrome = style + self._style("log--chrome")
        if before:
            strip = Strip([Segment("‹", chrome), *strip.crop(1, room)])
        if after:
            strip = Strip([*strip.crop(0, room - 1), Segment("›", chrome)])
        return strip

    def _paints(self, line: LogLine, drawn: Drawn, selected: Span) -> list[Paint]:
        """What is laid over a line's own colours: hits, then the selection."""
        paints: list[Paint] = []
        if self.matcher is not None:
            match = self._style("log--match")
            for start, end in self.matcher.spans(line.text):
                paints.append(Paint(drawn.place(start), drawn.place(end), match))
        if selected is not None:
            end = len(drawn.text) if selected[1] == -1 else selected[1]
            paints.append(Paint(selected[0], end, self._style("screen--selection")))
        return paints

    def _prefix(self, line: LogLine, row: LogRow, base: Style) -> list[Segment]:
        """The bar, name and time before a line's text."""
        many = len(self.names) > 1
        source = ~line.source if line.is_notice else line.source
        known = line.source != MARK and source < len(self.names)
        look = self.looks[source] if known and source < len(self.looks) else source
        colour = self._style(f"log--source-{look % COLOURS}") if known else Style.null()
        bar = BARS[look % len(BARS)] if known and many else " "
        parts = [Segment("▸" if row.current and not row.part else bar, base + colour)]
        if many:
            name = self.names[source] if known and row.named else ""
            parts.append(Segment(fit(name, self._name_width()) + " ", base + colour))
        if self.zone:
            stamp = clock_text(line.stamp, self.zone) if not row.part else ""
            parts.append(Segment(stamp.ljust(STAMP_CELLS), base + self._style("log--chrome")))
        return parts
