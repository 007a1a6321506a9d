"""Detection of dead connections, and a second attempt if that is safe.

HTTP/1.1 has no ping, so a small request on another connection finds out whether a silent server
still answers.
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
    """Seconds. Their sum is below 20, the longest time that a silent connection goes unnoticed."""

    kept: float = 2.0
    """After this time without an answer over a used connection, a fresh one is tried too."""
    doubt: float = 10.0
    """After this time without any data, the server is probed."""
    probe: float = 5.0
    """That this question may take."""


async def answer_to(
    send: Callable[[Sending, bool], Coroutine[Any, Any, T]],
    probe: Callable[[], Awaitable[None]],
    patience: Patience,
    *,
    repeatable: bool,
) -> T:
    """Return the result of `send(sending, fresh)`, of the first of two if one is late.

    A `repeatable` request that is not answered soon over a used connection is sent again over a
    fresh one. While no data arrives, `probe` is awaited at intervals; its error is raised.
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
                # The failure of a used connection says nothing about the fresh one.
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
