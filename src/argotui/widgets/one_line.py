"""Pasting into a line, which loses nothing of what is pasted."""

from __future__ import annotations

from textual.widgets import Input


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
