"""What is filled in at a gate: choices as a row of words, the chosen one in brackets."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from argotui.model.cells import cell_len, cut_middle
from argotui.model.gate import Supplied
from argotui.model.gate_form import Form, asked_otherwise
from argotui.model.sanitise import clean_line
from argotui.model.spelling import shown_value, spelled

_LABEL = 11
MOST_LINES = 5
_MAX_NAME = 24

Parts = list[tuple[str, str]]


class GateForm(Widget):
    """One line for each field, those around the current one if there are many."""

    COMPONENT_CLASSES = {"form--label", "form--name", "form--chosen", "form--open", "form--note"}

    def __init__(self) -> None:
        super().__init__()
        self.form = Form(())
        self.revealing = False
        self._lines: list[Parts] = []
        self.display = False

    def show(self, form: Form, *, revealing: bool = False) -> None:
        """Show a form as it is filled in now; repaints only when a word changed."""
        self.form, self.revealing = form, revealing
        self.display = bool(form.fields)
        self.styles.height = min(len(form.fields), MOST_LINES)
        lines = self._compose_lines()
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        self._lines = self._compose_lines()
        self.refresh()

    def render(self) -> Content:
        return Content("\n").join([self._content(parts) for parts in self._lines])

    def _compose_lines(self) -> list[Parts]:
        fields = self.form.fields
        if not fields:
            return []
        name_width = min(_MAX_NAME, max(cell_len(spelled(field.name)) for field in fields))
        start = max(0, min(self.form.current - MOST_LINES + 1, len(fields) - MOST_LINES))
        shown = list(enumerate(fields))[start : start + MOST_LINES]
        lines: list[Parts] = []
        for number, (index, field) in enumerate(shown):
            current = index == self.form.current and len(fields) > 1
            name = cut_middle(spelled(field.name), name_width)
            lines.append(
                [
                    ("fill in".ljust(_LABEL - 1) if number == 0 else " " * (_LABEL - 1), "label"),
                    ("▸ " if current else "  ", "name"),
                    (name + " " * (name_width - cell_len(name) + 2), "name"),
                    *self._value(field, self.content_size.width - _LABEL - 3 - name_width),
                    *self._note(field),
                ]
            )
        return lines

    def _shown(self, field: Supplied, value: str) -> str:
        return spelled(value) if self.revealing else shown_value(field.name, value)

    def _value(self, field: Supplied, room: int) -> Parts:
        value = self.form.value(field.name)
        if not field.enum:
            if value is None:
                return [("?", "open")]
            return [(self._shown(field, value), "chosen")]
        parts: Parts = []
        chosen = 0
        for choice in field.enum:
            text = self._shown(field, choice)
            if choice == value:
                chosen = len(parts)
                parts.append((f"( {text} )", "chosen"))
            else:
                parts.append((f"  {text}  ", "note" if value is not None else "open"))
        return _around(parts, chosen, room)

    def _note(self, field: Supplied) -> Parts:
        words = [clean_line(field.description)] if field.description else []
        if self.form.value(field.name) is None:
            words.append("to be chosen" if field.enum else "to be filled in")
        if field.given is not None and asked_otherwise(field):
            words.append(f"asked for {self._shown(field, field.given)}")
        if field.default is not None:
            words.append(f"default {self._shown(field, field.default)}")
        return [("   " + " · ".join(words), "note")] if words else []

    def _content(self, parts: Parts) -> Content:
        line = Content.assemble(
            *((text, self.get_visual_style(f"form--{role}", partial=True)) for text, role in parts)
        )
        return line.truncate(self.content_size.width, ellipsis=True)


def _around(choices: Parts, chosen: int, room: int) -> Parts:
    """Return the choices around the chosen one that fit, with a mark where others are left out."""
    first, end = 0, len(choices)
    while first < chosen and _width(choices[first:]) + 2 * (first > 0) > room:
        first += 1
    while (
        end > chosen + 1
        and _width(choices[first:end]) + 2 * (first > 0) + 2 * (end < len(choices)) > room
    ):
        end -= 1
    before: Parts = [("… ", "note")] if first else []
    after: Parts = [(" …", "note")] if end < len(choices) else []
    return [*before, *choices[first:end], *after]


def _width(parts: Parts) -> int:
    return sum(cell_len(text) for text, _ in parts)
