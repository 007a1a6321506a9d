"""How fresh the data on the screen is."""

from __future__ import annotations

import enum

import msgspec

from argotui.errors import BackendError


class Link(enum.Enum):
    """The state of a stream of changes."""

    CONNECTING = "connecting"
    """Nothing was read yet."""
    LIVE = "live"
    """A list was read and its watch is open."""
    STALE = "stale"
    """What is shown was true once; the stream is being opened again."""
    FORBIDDEN = "forbidden"
    """The server answers and says no; waiting will not help."""
    CLOSED = "closed"
    """Stopped on purpose."""


class Freshness(msgspec.Struct, frozen=True):
    """`heard` is the clock's monotonic time of the last sign of life, None before the first;
    `retry_at` is the time of the next attempt, None if no attempt is planned."""

    link: Link = Link.CONNECTING
    heard: float | None = None
    error: BackendError | None = None
    retry_at: float | None = None
    attempt: int = 0

    @property
    def trusted(self) -> bool:
        """Whether the data is fresh enough for a decision."""
        return self.link is Link.LIVE
