"""Asks for the name of a file to save a log to; nothing is ever overwritten."""

from __future__ import annotations

from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.backend.errors import BackendError
from argotui.operations.log_save import free_path, save_lines
from argotui.screens.dialog import Dialog
from argotui.widgets.log_view import LogView


class LogSaveScreen(Dialog[str | None]):
    """Gives what to tell of the saved file, or None where nothing was saved."""

    CSS_PATH = ["dialog.tcss", "log_save.tcss"]

    def __init__(self, view: LogView, path: Path) -> None:
        super().__init__()
        self._view = view
        self._line = Input(str(free_path(path)), compact=True, select_on_focus=False)
        self._state = Static(markup=False, classes="detail")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            title = f"Save {self._view.shown_count:,} lines to"
            yield Static(Content(title), classes="title")
            yield self._line
            yield self._state

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._state.update(Content("enter saves, escape does not"))

    def action_dialog_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if text := message.value.strip():
            self._save(Path(text).expanduser())

    @work(group="log-save", exclusive=True, exit_on_error=False)
    async def _save(self, path: Path) -> None:
        try:
            count = await save_lines(path, self._view.texts(self._view.numbers_shown()))
        except BackendError as error:
            self._refused(error, path)
            return
        self.dismiss(f"saved {count:,} lines in {path}")

    def _refused(self, error: BackendError, path: Path) -> None:
        """Say why, and offer a name that is free where only the name was the matter."""
        self._state.update(Content(str(error)))
        if path.exists():
            self._line.value = str(free_path(path))
            self._line.cursor_position = len(self._line.value)
