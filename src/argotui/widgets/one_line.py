"""The input of one line: its look, and pasting that loses nothing."""

from __future__ import annotations

from textual.widgets import Input


class OneLine(Input, inherit_bindings=True):
    """An input without a frame, one line high, on the background it stands on."""

    DEFAULT_CSS = """
    OneLine {
        width: 1fr;
        height: 1;
        border: none;
        padding: 0;
        background: transparent;
        color: $foreground;
        &:focus { border: none; background: transparent; background-tint: transparent; }
        & > .input--placeholder, & > .input--suggestion { color: $chrome; }
    }
    """


def paste_into(line: Input, text: str) -> None:
    """Insert pasted text into a line, several lines as one with a blank between them.

    Textual takes the first line and drops the others.
    """
    joined = " ".join(part.strip() for part in text.splitlines() if part.strip())
    if not joined:
        return
    if line.selection.is_empty:
        line.insert_text_at_cursor(joined)
    else:
        line.replace(joined, *line.selection)
