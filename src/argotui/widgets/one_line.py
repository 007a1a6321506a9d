"""An input of one line that loses nothing of what is pasted into it."""

from __future__ import annotations

from textual.events import Paste
from textual.widgets import Input


class OneLine(Input, inherit_bindings=True):
    """An input into which several pasted lines go as one, a blank between them.

    Textual's own takes the first line and drops the others without a word.
    """

    def _on_paste(self, event: Paste) -> None:
        joined = " ".join(line.strip() for line in event.text.splitlines() if line.strip())
        event.stop()
        event.prevent_default()
        if not joined:
            return
        selection = self.selection
        if selection.is_empty:
            self.insert_text_at_cursor(joined)
        else:
            self.replace(joined, *selection)
