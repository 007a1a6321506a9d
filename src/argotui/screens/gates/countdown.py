"""The time in which a decision can still be taken back."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

from argotui.backend.clock import Clock


async def count_down(clock: Clock, seconds: float) -> AsyncIterator[int]:
    """Yield the whole seconds that are left, each as it begins; end when the time is over."""
    end = clock.monotonic() + seconds
    while (left := end - clock.monotonic()) > 0:
        yield math.ceil(left)
        await clock.sleep(left - math.ceil(left) + 1)
