"""Calls that are made soon, but not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Stoppable(Protocol):
    """A timer that is running."""

    def stop(self) -> None:
        """End it before it calls."""
        ...


class LoopTimer:
    """A timer of the event loop."""

    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self._handle = handle

    def stop(self) -> None:
        self._handle.cancel()


def on_loop(delay: float, function: Callable[[], None]) -> LoopTimer:
    """Call a function after a delay in seconds, and return the timer."""
    return LoopTimer(asyncio.get_running_loop().call_later(delay, function))


class Throttle:
    """Calls a function soon after it is asked for, but at most so many times a second.

    With `rest`, a call that took long is followed by a rest of `rest` times as long: a slow
    drawing leaves time for the keys.
    """

    def __init__(
        self,
        after: Callable[[float, Callable[[], None]], Stoppable],
        function: Callable[[], None],
        per_second: Callable[[], float],
        *,
        rest: float = 0.0,
    ) -> None:
        """`after` starts a timer: a widget's own `set_timer`, elsewhere `on_loop`."""
        self._after = after
        self._function = function
        self._per_second = per_second
        self._rest = rest
        self._free_at = float("-inf")
        """When a call may be made without a further pause."""
        self._timer: Stoppable | None = None

    @property
    def waits(self) -> bool:
        """Whether a call is due."""
        return self._timer is not None

    def __call__(self, *, at_once: bool = False) -> None:
        """Ask for a call; `at_once` skips the pause."""
        if at_once:
            self.cancel()
        if self._timer is None:
            pause = 0.0 if at_once else self._free_at - asyncio.get_running_loop().time()
            self._timer = self._after(max(0.001, pause), self.call_now)

    def call_now(self) -> None:
        """Make the call now; one that is due is made with it."""
        self.cancel()
        time = asyncio.get_running_loop().time
        began = time()
        pause = 1 / self._per_second()
        self._free_at = began + pause
        self._function()
        if self._rest:
            ended = time()
            self._free_at = ended + self._rest * (ended - began) + pause

    def cancel(self) -> None:
        """Drop the call that is due."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
