"""Timers that call back however busy the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback

from argotui.widgets.textual_internals import keep_beat


class SureTimers(MessagePump):
    """What calls itself back once can rely on it.

    Textual's timers leave out beats that are past already. One that is held up for longer than its
    delay before it first looks at the time leaves out its only beat, and never calls.
    """

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """Call a function once, after a delay in seconds or as soon as possible after it."""
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        keep_beat(timer)
        return timer


REST_SECONDS = 0.1
"""A key that is held down comes again sooner than this."""


class AtRest:
    """Calls a function at once, unless it was asked for a moment ago.

    Of calls in quick succession, as with a key held down, it makes the first, and the last once
    they rest.
    """

    def __init__(
        self, after: Callable[[float, TimerCallback], Timer], function: Callable[[], None]
    ) -> None:
        """`after` is `SureTimers.set_timer` of whoever is to call."""
        self._after = after
        self._function = function
        self._called_at = float("-inf")
        self._timer: Timer | None = None

    def __call__(self) -> None:
        now = asyncio.get_running_loop().time()
        rested, self._called_at = now - self._called_at >= REST_SECONDS, now
        self.cancel()
        if rested:
            self._function()
        else:
            self._timer = self._after(REST_SECONDS, self.finish)

    def finish(self) -> None:
        """Do now what is left to do, if anything."""
        if self._timer is not None:
            self.cancel()
            self._function()

    def cancel(self) -> None:
        """Leave undone what is left to do."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
