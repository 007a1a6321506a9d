"""Requests that get no answer: told from slow ones, and sent anew where that is safe.

HTTP/1.1 has no ping: whether a server that says nothing is still there is found out by asking it
something small on another connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from argotui.backend.kube.pool import Sending
from argotui.errors import UnreachableError

T = TypeVar("T")


class Patience(msgspec.Struct, frozen=True):
    """Seconds. Together less than 20: for so long at most a silent connection stays unnoticed."""

    kept: float = 2.0
    """Without an answer over a connection that was used before; then a fresh one is tried too."""
    doubt: float = 10.0
    """Without a sign of life; then the server is asked whether it is there."""
    probe: float = 5.0
    """That this question may take."""


async def answer_to(
    send: Callable[[Sending, bool], Coroutine[Any, Any, T]],
    probe: Callable[[], Awaitable[None]],
    patience: Patience,
    *,
    repeatable: bool,
) -> T:
    """Return what `send(sending, fresh)` returns, the first of two where one is in doubt.

    A request over a kept connection that is not answered at once is sent a second time over a
    fresh one, if `repeatable`. While nothing at all is heard, `probe` is awaited now and then; what
    it raises is raised.
    """
    loop = asyncio.get_running_loop()
    sendings = [Sending()]
    running = {asyncio.ensure_future(send(sendings[0], False))}
    try:
        wait = patience.kept if repeatable else patience.doubt
        while True:
            done, running = await asyncio.wait(
                running, timeout=wait, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                # A kept connection that turns out to be broken says nothing of the fresh one.
                if not running or not isinstance(task.exception(), UnreachableError):
                    return task.result()
            wait = patience.doubt
            first = sendings[0]
            if done:
                continue
            if repeatable and len(sendings) == 1 and first.kept and not first.answered:
                sendings.append(Sending())
                running.add(asyncio.ensure_future(send(sendings[1], True)))
                continue
            # What was not sent yet waits for credentials, perhaps for a person who logs in.
            heard = [sending.heard for sending in sendings if sending.heard is not None]
            if heard:
                wait = max(heard) + patience.doubt - loop.time()
                if wait <= 0:
                    await probe()
                    wait = patience.doubt
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
