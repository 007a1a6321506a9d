"""Moving through lines: what every view offers to the keys that move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Lines(Protocol):
    """A view with lines to move through, by a cursor or by scrolling."""

    def cursor_down(self) -> None: ...
    def cursor_up(self) -> None: ...
    def page_down(self) -> None: ...
    def page_up(self) -> None: ...
    def cursor_home(self) -> None: ...
    def cursor_end(self) -> None: ...


MOVES: dict[str, Callable[[Lines], None]] = {
    "down": lambda lines: lines.cursor_down(),
    "up": lambda lines: lines.cursor_up(),
    "page-down": lambda lines: lines.page_down(),
    "page-up": lambda lines: lines.page_up(),
    "top": lambda lines: lines.cursor_home(),
    "bottom": lambda lines: lines.cursor_end(),
}
"""What the actions `move.*` do."""
