"""Moving through lines, the same keys on every screen that shows some."""

from __future__ import annotations

from typing import Protocol


class Lines(Protocol):
    """What a cursor moves through."""

    def cursor_down(self) -> None: ...
    def cursor_up(self) -> None: ...
    def page_down(self) -> None: ...
    def page_up(self) -> None: ...
    def cursor_home(self) -> None: ...
    def cursor_end(self) -> None: ...


class LineMoves:
    """Base of a screen that says which of its `lines` the keys are for."""

    @property
    def lines(self) -> Lines:
        """What the keys move through now."""
        raise NotImplementedError

    def action_move_down(self) -> None:
        self.lines.cursor_down()

    def action_move_up(self) -> None:
        self.lines.cursor_up()

    def action_move_page_down(self) -> None:
        self.lines.page_down()

    def action_move_page_up(self) -> None:
        self.lines.page_up()

    def action_move_top(self) -> None:
        self.lines.cursor_home()

    def action_move_bottom(self) -> None:
        self.lines.cursor_end()
