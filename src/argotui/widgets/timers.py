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


class Throttle:
    """Calls a function soon after it is asked for, but at most so many times a second.

    With `rest`, a call that took long is followed by a rest of `rest` times as long: a slow
    drawing leaves time for the keys.
    """

    def __init__(
        self,
        after: Callable[[float, TimerCallback], Timer],
        function: Callable[[], None],
        per_second: Callable[[], float],
        *,
        rest: float = 0.0,
    ) -> None:
        """`after` is `SureTimers.set_timer` of the caller."""
        self._after = after
        self._function = function
        self._per_second = per_second
        self._rest = rest
        self._free_at = float("-inf")
        """When a call may be made without a further pause."""
        self._timer: Timer | None = None

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
