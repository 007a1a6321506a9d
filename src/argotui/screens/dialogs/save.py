"""Asks for the name of a file to save lines to; nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from argotui.errors import BackendError
from argotui.model.counted import counted
from argotui.operations.logs.save import free_path, save_lines
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.background import background
from argotui.widgets.one_line import OneLine


class SaveScreen(Dialog[str | None]):
    """Asks for a file and saves lines to it; returns what to say, or None if nothing was saved.

    `lines` are saved as they are at that moment; `warning` is shown below `title`.
    """

    CSS_PATH = ["dialog.tcss", "save.tcss"]

    def __init__(
        self, title: str, path: Path, lines: Callable[[], Iterator[str]], warning: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._warning = warning
        self._line = OneLine(str(free_path(path)), compact=True, select_on_focus=False)
        self._state = Static(markup=False, classes="detail")

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._title), classes="title")
            if self._warning:
                yield Static(Content(self._warning), classes="warning")
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

    @background("save", exclusive=True)
    async def _save(self, path: Path) -> None:
        try:
            count = await save_lines(path, self._lines())
        except BackendError as error:
            self._refused(error, path)
            return
        self.dismiss(f"saved {counted(count, 'line')} in {path}")

    def _refused(self, error: BackendError, path: Path) -> None:
        """Show why; suggest a free name if the file exists."""
        self._state.update(Content(str(error)))
        if path.exists():
            self._line.value = str(free_path(path))
            self._line.cursor_position = len(self._line.value)
