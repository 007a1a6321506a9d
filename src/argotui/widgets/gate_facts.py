"""All that is known of a gate, as facts to move over: each can be opened, copied and revealed."""

from __future__ import annotations

from typing import ClassVar

from argotui.widgets.inspector import Inspector


class GateFacts(Inspector):
    """An inspector that fills the screen and needs no head of its own."""

    HEAD: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.empty = ""
        self.keeps_cursor = True
