"""Timers that call back however busy the machine is."""

from __future__ import annotations

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback


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
        timer._skip = False  # there is no other way to say it of a timer of one beat
        return timer
