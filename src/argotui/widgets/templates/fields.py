"""The fields of a form: a line of text, or a row of choices, with what is wrong under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from argotui.drawing.cells import cell_len, cut_middle
from argotui.model.sanitise import clean_line
from argotui.widgets.one_line import OneLine

LABEL = 22
"""Cells of a field's name."""


@dataclass
class FieldChanged(Message):
    """The value of a field changed."""

    name: str


Leave = Callable[[int], None]
"""Goes to the next field (1) or the one before (-1), before another key is looked at."""


class FieldInput(OneLine, inherit_bindings=True):
    """The line of a text field; up, down and enter go to other fields."""

    BINDINGS = [
        Binding("down,enter", "leave(1)", show=False, priority=True),
        Binding("up", "leave(-1)", show=False, priority=True),
    ]

    def __init__(self, value: str, leave: Leave, *, placeholder: str, secret: bool) -> None:
        super().__init__(
            value,
            compact=True,
            select_on_focus=False,
            placeholder=placeholder,
            password=secret,
        )
        self.cursor_blink = False
        self._leave = leave

    def action_leave(self, step: int) -> None:
        self._leave(step)


class ChoiceLine(Widget, can_focus=True):
    """Choices in a row: left and right choose one, or move and space takes several."""

    DEFAULT_CSS = """
    ChoiceLine {
        width: 1fr;
        height: 1;
        & > .choice--chosen { color: $foreground; text-style: bold; }
        & > .choice--other { color: $chrome; }
        & > .choice--cursor { background: $cursor; color: $cursor-text; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--chosen", "choice--other", "choice--cursor"}
    BINDINGS = [
        Binding("left", "turn(-1)", show=False, priority=True),
        Binding("right", "turn(1)", show=False, priority=True),
        Binding("space", "take", show=False, priority=True),
        Binding("enter", "leave", show=False, priority=True),
    ]

    def __init__(
        self, choices: Sequence[str], chosen: Sequence[str], leave: Leave, *, several: bool
    ) -> None:
        super().__init__()
        self._leave = leave
        self.choices = tuple(choices)
        self.chosen = [each for each in choices if each in chosen]
        self.several = several
        self._cursor = self.choices.index(self.chosen[0]) if self.chosen else 0

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_turn(self, by: int) -> None:
        self._move(by)

    def action_take(self) -> None:
        self._take()

    def action_leave(self) -> None:
        self._leave(1)

    def _move(self, by: int) -> None:
        if not self.choices:
            return
        if self.several or self.chosen:
            self._cursor = (self._cursor + by) % len(self.choices)
        if not self.several:
            self.chosen = [self.choices[self._cursor]]
            self.post_message(FieldChanged(""))
        self.refresh()

    def _take(self) -> None:
        if not self.choices:
            return
        choice = self.choices[self._cursor]
        if not self.several:
            self.chosen = [choice]
        elif choice in self.chosen:
            self.chosen.remove(choice)
        else:
            self.chosen = [each for each in self.choices if each in (*self.chosen, choice)]
        self.refresh()
        self.post_message(FieldChanged(""))

    def on_click(self, event: events.Click) -> None:
        x = event.x
        for index, choice in enumerate(self._window()[0]):
            x -= cell_len(self._words(choice))
            if x < 0:
                self._cursor = self._window()[1] + index
                self._take()
                return

    def _words(self, choice: str) -> str:
        text = cut_middle(clean_line(choice) or "''", 40)
        taken = choice in self.chosen
        if self.several:
            return f" [{'x' if taken else ' '}] {text} "
        return f"( {text} )" if taken else f"  {text}  "

    def _window(self) -> tuple[Sequence[str], int]:
        """Return the choices that are seen, and the place of the first."""
        width, start = self.content_size.width, 0
        while start < self._cursor:
            seen = self.choices[start : self._cursor + 1]
            if sum(cell_len(self._words(each)) for each in seen) <= width - 4:
                break
            start += 1
        return self.choices[start:], start

    def render(self) -> Content:
        seen, start = self._window()
        parts: list[tuple[str, object] | str] = ["… "] if start else []
        for index, choice in enumerate(seen, start):
            role = "chosen" if choice in self.chosen else "other"
            if index == self._cursor and self.has_focus:
                role = "cursor"
            style = self.get_visual_style(f"choice--{role}", partial=True)
            parts.append((self._words(choice), style))
        return Content.assemble(*parts)  # type: ignore[arg-type]  # styles are visual styles


class FormField(Vertical):
    """One field: its name, its value, and below it what is wrong, else what it is about."""

    DEFAULT_CSS = """
    FormField {
        height: auto;
        padding: 0 1;
        & > Horizontal { height: 1; }
        & .name { width: 22; color: $chrome; }
        & .note { height: auto; padding-left: 22; color: $chrome; }
        &.-wrong .note { color: $phase-failed; }
        &:focus-within .name { color: $accent; text-style: bold; }
    }
    """

    def __init__(
        self,
        name: str,
        value: str,
        leave: Leave,
        *,
        label: str = "",
        note: str = "",
        choices: Sequence[str] = (),
        chosen: Sequence[str] = (),
        several: bool = False,
        placeholder: str = "",
        secret: bool = False,
    ) -> None:
        super().__init__()
        self.field_name = name
        self.note = note
        self.problem = ""
        self._label = cut_middle(clean_line(label or name), LABEL - 2)
        self._note = Static(markup=False, classes="note")
        self.line: FieldInput | None = None
        self.row: ChoiceLine | None = None
        if choices:
            self.row = ChoiceLine(choices, chosen, leave, several=several)
        else:
            self.line = FieldInput(value, leave, placeholder=clean_line(placeholder), secret=secret)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self._label), classes="name")
            if self.row is not None:
                yield self.row
            elif self.line is not None:
                yield self.line
        yield self._note

    def on_mount(self) -> None:
        self._show_note()

    @property
    def entry(self) -> Widget:
        """What takes the keys."""
        entry = self.row or self.line
        if entry is None:
            raise RuntimeError("a field has a line or a row")
        return entry

    @property
    def text(self) -> str:
        """The text of a line; of choices the chosen one, empty without one."""
        if self.line is not None:
            return self.line.value
        return self.row.chosen[0] if self.row is not None and self.row.chosen else ""

    @property
    def chosen(self) -> list[str]:
        return list(self.row.chosen) if self.row is not None else []

    def show_problem(self, problem: str) -> None:
        """Show what is wrong with the value, empty for nothing."""
        if problem != self.problem:
            self.problem = problem
            self.set_class(bool(problem), "-wrong")
            self._show_note()

    def _show_note(self) -> None:
        text = clean_line(" · ".join(each for each in (self.problem, self.note) if each))
        self._note.update(Content(text))
        self._note.display = bool(text)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(FieldChanged(self.field_name))

    @on(FieldChanged)
    def _changed(self, message: FieldChanged) -> None:
        if not message.name:
            message.stop()
            self.post_message(FieldChanged(self.field_name))
