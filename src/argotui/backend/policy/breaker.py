"""A circuit breaker that spares a policy server that is down, and the people who wait for it."""

from __future__ import annotations

from argotui.backend.clock import Clock
from argotui.backend.policy.failures import PolicyUnreachable
from argotui.model.counted import counted

FAILURES = 3
PAUSE = 10.0


class Breaker:
    """Open for `pause` seconds after `failures` failed calls in a row; then one call is a probe.

    `enter` before a call, then one of `succeeded`, `failed` and `abandoned`.
    """

    def __init__(self, clock: Clock, failures: int = FAILURES, pause: float = PAUSE) -> None:
        self._clock = clock
        self._limit = failures
        self._pause = pause
        self._failed = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def enter(self) -> None:
        """Let a call through; raises `PolicyUnreachable` while the breaker is open."""
        if self._opened is None:
            return
        left = self._opened + self._pause - self._clock.monotonic()
        if left > 0:
            raise PolicyUnreachable(
                f"not asked again for {left:.0f} s after {counted(self._failed, 'failure')}"
            )
        if self._probing:
            raise PolicyUnreachable("being tried again")
        self._probing = True

    def succeeded(self) -> None:
        self._failed = 0
        self._opened = None
        self._probing = False

    def abandoned(self) -> None:
        """Take note of a call that its caller cancelled: it says nothing about the server."""
        self._probing = False

    def failed(self) -> None:
        self._failed += 1
        if self._probing or self._failed >= self._limit:
            self._opened = self._clock.monotonic()
        self._probing = False
