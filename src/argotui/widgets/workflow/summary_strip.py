"""Two lines at the head of a workflow's screen: what it is, how far it is, how fresh this is."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from argotui.model.argo import CREATOR, Key, Workflow
from argotui.model.counted import counted
from argotui.model.durations import format_age, format_took
from argotui.model.phases import look_of_workflow
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.workflows.runs import seconds_left
from argotui.model.workflows.summary import (
    NodeCounts,
    Summary,
    as_of,
    summarise,
)
from argotui.model.workflows.why import RowReasonKind
from argotui.themes import ROLES
from argotui.widgets.cells import cut_middle

Parts = tuple[tuple[str, str], ...]
WIDE = 100
_BAR = 8
_COUNTS = (
    ("✔", "succeeded"),
    ("●", "running"),
    ("‖", "waiting"),
    ("✖", "failed"),
    ("○", "pending"),
    ("–", "skipped"),
)


class SummaryStrip(Widget):
    """Name, phase, progress, node counts, origin, times and message; narrow ones show less."""

    DEFAULT_CSS = """
    SummaryStrip {
        height: 2;
        padding: 0 1;
        & > .strip--name { text-style: bold; }
        & > .strip--text { color: $foreground; }
        & > .strip--dim { color: $chrome; }
        & > .strip--bad { color: $phase-failed; text-style: bold; }
        & > .phase--waiting { color: $phase-waiting; text-style: bold; }
        & > .phase--stuck { color: $phase-stuck; text-style: bold; }
        & > .phase--failed { color: $phase-failed; text-style: bold; }
        & > .phase--denied { color: $phase-denied; text-style: bold; }
        & > .phase--running { color: $phase-running; }
        & > .phase--pending { color: $phase-pending; }
        & > .phase--succeeded { color: $phase-succeeded; }
        & > .phase--skipped { color: $phase-skipped; }
    }
    """

    COMPONENT_CLASSES = {
        "strip--name",
        "strip--text",
        "strip--dim",
        "strip--bad",
        *(f"phase--{role}" for role in ROLES),
    }

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self.more = ""
        """The key that shows a message whole, with a word; shown if a message is cut."""
        self.usual: float | None = None
        """How long such workflows usually take, in seconds, where Argo does not estimate it."""
        self._lines: tuple[tuple[Parts, Parts], ...] = ()
        self._shown: tuple[Workflow | None, str, Parts] = (None, "", ())
        self._summary: Summary | None = None

    def show(self, workflow: Workflow | None, state: str, freshness: Parts, now: datetime) -> None:
        """Show a workflow; `state` is what befell it as an object (deleted, made anew), if
        anything. Repaints only when a word changed."""
        if workflow is not self._shown[0]:
            self._summary = summarise(workflow) if workflow else None
        self._shown = (workflow, state, freshness)
        lines = self._compose_lines(now)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        self.refresh()

    @property
    def text(self) -> str:
        """What the strip says, for those who read and do not see."""
        return "\n".join("".join(text for text, _ in left + right) for left, right in self._lines)

    def _compose_lines(self, now: datetime) -> tuple[tuple[Parts, Parts], ...]:
        workflow, state, freshness = self._shown
        wide = self.size.width >= WIDE
        right: Parts = ((f"{state}  ", "bad"), *freshness) if state else freshness
        name = (cut_middle(self._key.name, 50 if wide else 32), "name")
        if workflow is None or self._summary is None:
            return ((((name,)), right), ((), ()))
        summary = as_of(self._summary, now)
        head = (name, ("   ", "text"), *self._phase(summary, now), *self._progress(summary, wide))
        counts, origin = self._counts(summary.counts), self._origin(workflow, summary)
        message = self._message(workflow, summary)
        if wide:
            gap: Parts = (("   ", "text"),) if right else ()
            return (
                ((*head, ("   ", "text"), *counts), (*origin, *gap, *right)),
                ((*self._times(summary, now), *message), ()),
            )
        gap = (("   ", "text"),) if counts else ()
        return ((head, right), ((*counts, *gap, *(message or origin)), ()))

    def _phase(self, summary: Summary, now: datetime) -> Parts:
        look = look_of_workflow(summary)
        word = f"{look.glyph} {look.word}"
        if summary.started and summary.finished:
            word += f" in {format_took((summary.finished - summary.started).total_seconds())}"
        elif summary.started:
            word += f" {format_age((now - summary.started).total_seconds())}"
        return ((word, f"phase--{look.role}"),)

    def _progress(self, summary: Summary, wide: bool) -> Parts:
        if summary.progress is None:
            return ()
        done, total = summary.progress
        text = f"{done}/{counted(total, 'node')}" if wide else f"{done}/{total}"
        full = _BAR * done // total if total else 0
        return (
            ("   ", "text"),
            ("█" * full, "text"),
            ("░" * (_BAR - full), "dim"),
            (f" {text}", "text"),
        )

    def _counts(self, counts: NodeCounts) -> Parts:
        return tuple(
            (f"{glyph}{count} ", f"phase--{role}")
            for glyph, role in _COUNTS
            if (count := getattr(counts, role))
        )

    def _origin(self, workflow: Workflow, summary: Summary) -> Parts:
        parts: list[tuple[str, str]] = []
        if creator := workflow.metadata.labels.get(CREATOR, summary.creator):
            parts += [("by ", "dim"), (cut_middle(creator, 20), "text"), ("  ", "dim")]
        if summary.template:
            parts += [("from ", "dim"), (cut_middle(summary.template, 28), "text")]
        return tuple(parts)

    def _times(self, summary: Summary, now: datetime) -> Parts:
        words: list[str] = []
        if summary.started:
            words.append(f"started {summary.started:%H:%M:%S}")
        elif summary.created:
            words.append(f"created {format_age((now - summary.created).total_seconds())} ago")
        if summary.finished:
            words.append(f"finished {summary.finished:%H:%M:%S}")
        elif summary.started and summary.estimated_duration:
            left = summary.estimated_duration - (now - summary.started).total_seconds()
            words.append(f"~{format_age(left)} left" if left >= 0 else "longer than last time")
        elif (left_usually := seconds_left(summary, self.usual, now)) is not None:
            usually = f"usually ~{format_age(left_usually)} left"
            words.append(usually if left_usually else "longer than usual")
        return ((" · ".join(words), "dim"), ("   ", "dim")) if words else ()

    def _message(self, workflow: Workflow, summary: Summary) -> Parts:
        """What the row of the list says too: what could not be read, the first cause of a failure
        or a delay, or Argo's own words."""
        if workflow.problem:
            return ((clean_line(workflow.problem), "bad"),)
        role = look_of_workflow(summary).role
        if summary.why is not None and summary.why.kind is not RowReasonKind.SILENT:
            role = role if workflow.completed else "stuck"
            return ((redact_text(clean_line(str(summary.why))), f"phase--{role}"),)
        message = redact_text(clean_line(summary.message))
        return ((message, f"phase--{role}"),) if message else ()

    def render(self) -> Content:
        return Content("\n").join(
            [self._line(left, right, index) for index, (left, right) in enumerate(self._lines)]
        )

    def _line(self, left: Parts, right: Parts, index: int) -> Content:
        width = self.content_size.width
        if index and left and self._content(left).cell_length >= width:
            right = ((self.more, "dim"),)
            room = width - self._content((*left[:-1], *right)).cell_length - 2
            left = (*left[:-1], (cut_middle(left[-1][0], max(8, room)), left[-1][1]))
        end = self._content(right)
        begin = self._content(left).truncate(max(0, width - end.cell_length - 1), ellipsis=True)
        gap = max(0, width - begin.cell_length - end.cell_length)
        return begin + Content(" " * gap) + end

    def _content(self, parts: Parts) -> Content:
        return Content.assemble(*((text, self._visual(role)) for text, role in parts))

    def _visual(self, role: str) -> Style:
        name = role if role.startswith("phase--") else f"strip--{role}"
        return self.get_visual_style(name, partial=True)
