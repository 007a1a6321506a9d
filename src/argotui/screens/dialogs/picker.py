"""Choose one of many by typing a part of its name: contexts, namespaces, columns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.drawing.cells import cell_len
from argotui.errors import BackendError
from argotui.screens.bindings import bindings_for
from argotui.screens.console import ColumnsOwner
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.background import background
from argotui.widgets.one_line import OneLine
from argotui.widgets.table.columns import Cell, Column
from argotui.widgets.table.virtual_table import VirtualTable


class PickerItem(NamedTuple):
    """One row: `value` is what picking it gives, `current` puts a mark on it."""

    value: str
    name: str
    note: str = ""
    current: bool = False


def _name(choice: PickerItem, width: int) -> Cell:
    return (("✔ " if choice.current else "  ", "succeeded"), (choice.name, ""))


def _note(choice: PickerItem, width: int) -> Cell:
    return ((choice.note, "dim"),)


class PickerScreen(Dialog[str | None]):
    """Gives the value of the row that was picked, or None.

    `choices` are known at once; `load` brings more and a remark on them, and its failure is shown
    in place. What is typed is looked for in the names, word by word, and with `in_notes` after them
    in the notes too.
    """

    SCOPE = "picker"
    BINDINGS = bindings_for("picker")
    CSS_PATH = ["dialog.tcss", "picker.tcss"]

    def __init__(
        self,
        title: str,
        choices: Sequence[PickerItem],
        load: Callable[[], Awaitable[tuple[Sequence[PickerItem], str]]] | None = None,
        *,
        heading: str = "NAME",
        in_notes: bool = False,
    ) -> None:
        super().__init__()
        self._title_text = title
        self._choices = list(choices)
        self._load = load
        self._in_notes = in_notes
        self._typed_before = ""
        self._line = OneLine(compact=True, placeholder="type a part of the name")
        self._state = Static(markup=False, classes="detail")
        self._table: VirtualTable[str, PickerItem] = VirtualTable(
            (
                Column("name", heading, _name, 20, 40, cut="middle"),
                Column("note", "", _note, 10, 40, priority=1, grows=True),
            ),
            self._choice,
        )
        self._table.can_focus = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._title_text), classes="title")
            yield self._line
            yield self._table
            yield self._state

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._show()
        if current := next((choice for choice in self._choices if choice.current), None):
            self._table.go_to(current.value)
        if self._load is not None:
            self._state.update(Content("reading …"))
            self._read()
        else:
            self._state.display = False

    @background("picker", exclusive=True)
    async def _read(self) -> None:
        if self._load is None:
            return
        try:
            choices, remark = await self._load()
        except BackendError as error:
            self._state.update(Content(str(error)))
            return
        known = {choice.value for choice in self._choices}
        self._choices += [choice for choice in choices if choice.value not in known]
        self._state.update(Content(remark))
        self._state.display = bool(remark)
        self._show()

    def _choice(self, value: str) -> PickerItem | None:
        return next((choice for choice in self._choices if choice.value == value), None)

    def _show(self) -> None:
        typed = self._line.value.strip().lower()
        words = typed.split()
        named = [c for c in self._choices if all(word in c.name.lower() for word in words)]
        noted = [
            choice
            for choice in self._choices
            if self._in_notes
            and choice not in named
            and all(word in f"{choice.name} {choice.note}".lower() for word in words)
        ]
        rows = [choice.value for choice in (*named, *noted)]
        longest = max((cell_len(choice.name) for choice in self._choices), default=0)
        self._table.set_natural({"name": longest + 2})
        self._table.set_rows(rows)
        if typed != self._typed_before:
            self._typed_before = typed
            self._table.cursor_home()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._show()

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_picker_pick()

    @on(VirtualTable.Opened)
    def _opened(self, message: VirtualTable.Opened) -> None:
        message.stop()
        self.action_picker_pick()

    def action_picker_pick(self) -> None:
        self._show()
        if (value := self._table.cursor_key) is not None:
            self.dismiss(value)

    def action_picker_close(self) -> None:
        self.dismiss(None)

    def action_picker_down(self) -> None:
        self._table.move_by(1)

    def action_picker_up(self) -> None:
        self._table.move_by(-1)


class ColumnPicker(PickerScreen):
    """Shows or hides columns of a list; the list changes below while one chooses."""

    def __init__(self, owner: ColumnsOwner) -> None:
        super().__init__(
            "Columns: enter shows or hides one", self._as_choices(owner), heading="COLUMN"
        )
        self._owner = owner

    @staticmethod
    def _as_choices(owner: ColumnsOwner) -> list[PickerItem]:
        return [
            PickerItem(name, title, "" if name == title.lower() else name, shown)
            for name, title, shown in owner.all_columns()
        ]

    def action_picker_pick(self) -> None:
        self._show()
        value = self._table.cursor_key
        if value is None:
            return
        shown = [
            choice.value for choice in self._choices if choice.current != (choice.value == value)
        ]
        if shown:
            self._owner.columns = shown
            self._owner.columns_chosen()
            self._choices = self._as_choices(self._owner)
            self._table.refresh_visible()
