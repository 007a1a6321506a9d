"""Ask for the labels, annotations or priority to set."""

from __future__ import annotations

import shlex

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.model.workflow.operations import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    OperationKind,
    WorkflowOperation,
    parse_changes,
)
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.one_line import OneLine

_ASKED = {
    OperationKind.LABEL: ("Labels", "KEY=VALUE sets one, KEY- removes one; enter goes on"),
    OperationKind.ANNOTATE: (
        "Annotations",
        "KEY=VALUE sets one ('KEY=two words'), KEY- removes one; enter goes on",
    ),
    OperationKind.PRIORITY: ("Priority", "a number; of what waits, higher ones go first"),
}


def read_edit(kind: OperationKind, text: str) -> WorkflowOperation:
    """Return the operation that a typed line means. Raises ValueError with what is wrong."""
    if kind is OperationKind.PRIORITY:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a number") from None
        if not LOWEST_PRIORITY <= number <= HIGHEST_PRIORITY:
            raise ValueError(f"it must be between {LOWEST_PRIORITY} and {HIGHEST_PRIORITY}")
        return WorkflowOperation(kind, priority=number)
    return WorkflowOperation(kind, changes=parse_changes(shlex.split(text)))


class EditScreen(Dialog[WorkflowOperation | None]):
    """Asks for one line, and gives the operation that it means."""

    CSS_PATH = ["../dialogs/dialog.tcss", "dialog.tcss"]

    def __init__(self, kind: OperationKind, what: str, text: str = "") -> None:
        super().__init__()
        self._kind = kind
        self._what = what
        self._line = OneLine(text, compact=True, select_on_focus=False)
        self._state = Static(markup=False, classes="detail")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(f"{_ASKED[self._kind][0]} of {self._what}"), classes="title")
            yield self._line
            yield self._state

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._state.update(Content(_ASKED[self._kind][1]))

    def action_dialog_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        text = message.value.strip()
        if not text:
            self.dismiss(None)
            return
        try:
            operation = read_edit(self._kind, text)
        except ValueError as error:
            self._state.update(Content(f"{error}"))
            return
        self.dismiss(operation)
