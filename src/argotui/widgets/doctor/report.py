"""What `doctor` found, by the line: each finding with its remedy, then the table of rights."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual import events

from argotui.model.sanitise import clean_line
from argotui.operations.doctor.checks import OK, Check, RightAnswer
from argotui.operations.doctor.report import ALLOWED, GLYPHS
from argotui.widgets.cells import (
    Part,
    cell_len,
    cut,
    pad,
    wrap_cells,
)
from argotui.widgets.line_view import LineView

Line = tuple[tuple[str, str], ...]
"""Runs of text, each with its role: empty, dim, strong, or a phase's."""

_STATUS = 10
"""Cells of glyph and word of a status, with the blanks after them."""
_TITLES = ("VERB", "RESOURCE", "ALLOWED", "FOR")


def report_lines(checks: Sequence[Check], answers: Sequence[RightAnswer], width: int) -> list[Line]:
    """Return the lines of a report, wrapped at `width` cells."""
    title = max((cell_len(check.title) for check in checks), default=0)
    lines: list[Line] = []
    for check in checks:
        lines += _finding(check, title, width)
    return [*lines, (), *_rights(answers, width)] if answers else lines


def _finding(check: Check, title: int, width: int) -> list[Line]:
    glyph, role = GLYPHS[check.status]
    indent = 1 + _STATUS + min(title, 24) + 2
    room = max(20, width - indent - 1)
    texts = [
        piece
        for line in (check.detail or "-").split("\n")
        for piece in wrap_cells(clean_line(line), room)
    ]
    first: Line = (
        (f" {glyph} {check.status:<{_STATUS - 2}}", role),
        (pad(clean_line(check.title), indent - _STATUS - 1), "dim"),
        (texts[0], "" if check.status == OK else role),
    )
    lines = [first, *(((" " * indent + text, ""),) for text in texts[1:])]
    if check.remedy and check.status != OK:
        remedy = wrap_cells(clean_line(check.remedy), room - 2)
        lines += [
            ((" " * indent + ("→ " if index == 0 else "  ") + text, "strong"),)
            for index, text in enumerate(remedy)
        ]
    return lines


def _rights(answers: Sequence[RightAnswer], width: int) -> list[Line]:
    where = ", ".join(dict.fromkeys(a.namespace for a in answers if a.namespace)) or "all"
    names = max(len(answer.right.name) for answer in answers) + 2
    head = f" {_TITLES[0]:8}{_TITLES[1]:{names}}{_TITLES[2]:9}{_TITLES[3]}"
    lines: list[Line] = [((f" Rights in namespace: {where}", "strong"),), ((head, "dim"),)]
    for answer in answers:
        word, role = ALLOWED[answer.allowed]
        purpose = answer.right.purpose + (" (required)" if answer.right.required else "")
        lines.append(
            (
                (f" {answer.right.verb:8}{answer.right.name:{names}}", ""),
                (f"{word:9}", role),
                (cut(purpose, max(8, width - names - 19)), "dim"),
            )
        )
    return lines


class ReportView(LineView[Line]):
    """A report that grows while checks are running."""

    def __init__(self) -> None:
        super().__init__(empty="Examining …")
        self.checks: Sequence[Check] = ()
        self.answers: Sequence[RightAnswer] = ()

    def set_report(self, checks: Sequence[Check], answers: Sequence[RightAnswer]) -> None:
        """Show what was found by now."""
        self.checks, self.answers = tuple(checks), tuple(answers)
        self._lay_out()

    @property
    def whole(self) -> str:
        """The report as text, each finding on lines as long as they are."""
        lines = report_lines(self.checks, self.answers, 10_000)
        return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self.show(report_lines(self.checks, self.answers, max(40, self.size.width)))

    def draw_row(self, row: Line, index: int, width: int) -> list[Part]:
        return [(text, self._look(role)) for text, role in row]

    def _look(self, role: str) -> Style:
        if not role:
            return Style.null()
        return self.style(f"line--{role}") if role in ("dim", "strong") else self.phase_style(role)
