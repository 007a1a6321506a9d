"""The form of a gate: choices as a row of words, the chosen one in brackets."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from argotui.drawing.cells import cell_len, cut_counted, cut_middle
from argotui.model.counted import counted
from argotui.model.gates.form import Form, asked_otherwise
from argotui.model.gates.gate import Supplied
from argotui.model.on_screen import OnScreen
from argotui.model.sanitise import clean_line
from argotui.model.spelling import shown_value, spelled
from argotui.widgets.cells import cut, wrap_cells

_LABEL = 11
_MAX_NAME = 24

Parts = list[tuple[str, str]]


class GateForm(Widget):
    """One line for each field; of many fields only those around the current one.

    The description of the current field is wrapped, not cut. The form knows which fields were on
    the screen.
    """

    DEFAULT_CSS = """
    GateForm {
        height: 1;
        padding: 0 1;
        & > .form--label { color: $chrome; }
        & > .form--name { color: $foreground; }
        & > .form--chosen { color: $foreground; text-style: bold; }
        & > .form--open { color: $phase-waiting; }
        & > .form--note { color: $chrome; }
    }
    """

    COMPONENT_CLASSES = {"form--label", "form--name", "form--chosen", "form--open", "form--note"}

    class Seen(Message):
        """A field was on the screen for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.form = Form(())
        self.revealing = False
        self.next_key = "tab"
        """The name of the key for the next field, for the hint about omitted fields."""
        self.seen = OnScreen()
        self._lines: list[Parts] = []
        self._window: Sequence[Supplied] = ()
        self.display = False

    @property
    def left(self) -> int:
        """How many fields were never on the screen."""
        return self.seen.parts_left

    @property
    def most(self) -> int:
        """How many fields are visible at once."""
        return max(2, self.app.size.height // 4 - 1)

    @property
    def most_of_one(self) -> int:
        """How many lines the description of the current field may take."""
        return max(1, min(4, self.app.size.height // 6))

    def show(self, form: Form, *, revealing: bool = False) -> None:
        """Show the present values of a form; repaints only after a change."""
        self.form, self.revealing = form, revealing
        self.display = bool(form.fields)
        self.seen.expect(dict.fromkeys(form.fields, 1))
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines = self._compose_lines()
        if lines != self._lines:
            self._lines = lines
            self.styles.height = max(1, len(lines))
            self.refresh()

    def render(self) -> Content:
        if sum(self.seen.show(field) for field in self._window):
            self.post_message(self.Seen())
        return Content("\n").join([self._content(parts) for parts in self._lines])

    def _compose_lines(self) -> list[Parts]:
        fields = self.form.fields
        start = max(0, min(self.form.current - self.most + 1, len(fields) - self.most))
        self._window = fields[start : start + self.most]
        if not fields:
            return []
        names = max(cell_len(spelled(field.name)) for field in fields)
        width = min(_MAX_NAME, names, max(8, self.content_size.width // 3))
        more = self._more(start, len(fields))
        lines: list[Parts] = []
        for index, field in enumerate(self._window, start):
            first = index == start
            label = ("fill in" if first else "").ljust(_LABEL - 1)
            current = index == self.form.current
            name = cut_middle(spelled(field.name), width)
            head: Parts = [
                (label, "label"),
                ("▸ " if current and len(fields) > 1 else "  ", "name"),
                (name + " " * (width - cell_len(name) + 2), "name"),
            ]
            room = self.content_size.width - _width(more) - 1 if first else self.content_size.width
            found = self._field(field, head, room, whole=current)
            if first and more:
                gap = max(1, self.content_size.width - _width(found[0]) - _width(more))
                found[0] = [*found[0], (" " * gap, "note"), *more]
            lines += found
        return lines

    def _more(self, start: int, count: int) -> Parts:
        """Return the visible fields, if not all fit."""
        shown = len(self._window)
        if shown == count:
            return []
        role = "open" if self.left else "note"
        return [(f"{start + 1}–{start + shown} of {count} · {self.next_key}", role)]

    def _field(self, field: Supplied, head: Parts, room: int, *, whole: bool) -> list[Parts]:
        """Return the lines of a field: one, or as many as its whole text needs."""
        indent = _width(head)
        value, note = self._value(field, room - indent), self._note(field)
        line = [*head, *value, *note]
        if _width(line) <= room or not whole:
            return [_cut(line, room)]
        lines: list[Parts] = []
        if _width(value) > room - indent:
            pieces = _pieces(value[0][0], room - indent, self.most_of_one)
            lines = [[(" " * indent, "name"), (piece, value[0][1])] for piece in pieces]
            lines[0] = [*head, *lines[0][1:]]
        else:
            lines = [[*head, *value]]
        said = "".join(text for text, _ in note).strip()
        room = max(8, self.content_size.width - _LABEL - 2)
        for piece in _pieces(said, room, self.most_of_one) if said else ():
            lines.append([(" " * (_LABEL + 1), "name"), (piece, "note")])
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
        return Content.assemble(
            *((text, self.get_visual_style(f"form--{role}", partial=True)) for text, role in parts)
        )


def _around(choices: Parts, chosen: int, room: int) -> Parts:
    """Return the choices around the chosen one that fit, and how many are omitted beside them."""
    first, end = 0, len(choices)

    def marks() -> tuple[Parts, Parts]:
        before: Parts = [(f"{first} more … ", "note")] if first else []
        left = len(choices) - end
        return before, [(f" … {left} more", "note")] if left else []

    def shown() -> Parts:
        before, after = marks()
        return [*before, *choices[first:end], *after]

    while first < chosen and _width([*marks()[0], *choices[first:]]) > room:
        first += 1
    while end > chosen + 1 and _width(shown()) > room:
        end -= 1
    return shown()


def _pieces(text: str, room: int, most: int) -> list[str]:
    """Return a wrapped text; a text that is still too long has a count at its cut."""
    pieces = wrap_cells(text, max(8, room))
    if len(pieces) <= most:
        return pieces
    if most == 1:
        return [cut_counted(text, max(8, room))]
    left = sum(map(len, pieces[most - 1 :]))
    return [*pieces[: most - 1], f"… {counted(left, 'more character')}"]


def _cut(parts: Parts, room: int) -> Parts:
    """Return parts in at most `room` cells, with an ellipsis at the cut."""
    found: Parts = []
    for text, role in parts:
        shown = cut(text, max(0, room))
        found.append((shown, role))
        room -= cell_len(text)
        if room < 0:
            break
    return found


def _width(parts: Parts) -> int:
    return sum(cell_len(text) for text, _ in parts)
