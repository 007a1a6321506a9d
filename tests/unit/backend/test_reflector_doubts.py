"""The list-and-watch loop in doubt: silence, other histories, unreadable lines, own faults."""

from __future__ import annotations

import asyncio
import logging

import pytest

from argotui.backend.backoff import CAP
from argotui.backend.freshness import Link
from argotui.backend.reflector import PROBE, SILENCE
from argotui.errors import ProtocolError, ThrottledError
from tests.support import until
from tests.unit.backend.reflector_rig import Rig, rig, start

__all__ = ["rig"]


async def test_a_silent_watch_is_opened_again_without_a_word_where_nothing_moved(rig: Rig) -> None:
    start(rig)
    await rig.live()
    states = len(rig.states)
    await rig.clock.advance(SILENCE - 1)
    await rig.settle()
    assert rig.cluster.calls["metadata"] == 0
    await rig.clock.advance(1)
    await until(lambda: len(rig.cluster.opened) == 2)
    await rig.live()
    assert rig.cluster.calls["metadata"] == 1
    assert rig.cluster.watches == 1
    assert rig.states[states:] == []
    assert rig.sink.lists == 1


async def test_a_silent_watch_that_missed_something_is_opened_again(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.muted = True
    rig.cluster.add("missed")
    await rig.clock.advance(SILENCE - 1)
    await rig.settle()
    assert "missed" not in rig.sink.known
    rig.cluster.muted = False
    await rig.clock.advance(2)
    await until(lambda: "missed" in rig.sink.known)
    assert rig.sink.lists == 1
    assert rig.states[-2:] == [Link.STALE, Link.LIVE]


async def test_a_silent_watch_with_a_silent_server_is_stale_after_the_probe(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.muted = True
    rig.cluster.hang = {"metadata", "watch"}
    await rig.clock.advance(SILENCE)
    await until(lambda: rig.cluster.calls["metadata"] == 1)
    await rig.clock.advance(PROBE)
    await until(lambda: rig.link is Link.STALE)
    assert rig.error is not None
    assert "silent" in rig.error.title
    assert rig.cluster.watches == 0


async def test_every_bookmark_puts_the_doubt_off(rig: Rig) -> None:
    start(rig)
    await rig.live()
    for _ in range(6):
        await rig.pass_time(SILENCE - 4, 5)
        rig.cluster.bookmark()
        await rig.settle()
    assert rig.cluster.calls["metadata"] == 0
    assert rig.reflector.freshness.heard == rig.clock.monotonic()


async def test_a_server_restored_from_a_backup_is_read_anew(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.restore(3)
    rig.cluster.add("restored")
    await rig.clock.advance(SILENCE)
    await until(lambda: rig.sink.rewinds == 1)
    await rig.live()
    assert rig.sink.known == {"restored": "4"}


async def test_a_list_of_a_cache_that_lags_is_no_other_history(rig: Rig) -> None:
    start(rig)
    await rig.live()
    for name in ("second", "third"):
        rig.cluster.add(name)
    await rig.settle()
    rig.cluster.lag = 2
    await rig.clock.advance(SILENCE)  # the probe is behind the watch
    await until(lambda: len(rig.cluster.opened) == 2)
    await rig.live()
    rig.reflector.refresh()  # and so is a list
    await until(lambda: rig.sink.lists == 2)
    await rig.live()
    assert rig.sink.rewinds == 0
    assert {"second", "third"} <= rig.sink.known.keys()


async def test_a_bookmark_of_the_past_is_looked_into(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.restore(3)
    rig.cluster.bookmark()
    await until(lambda: rig.link is Link.STALE)
    await rig.clock.advance(await rig.waiting())
    await until(lambda: rig.sink.rewinds == 1)
    assert rig.sink.known == {}


async def test_a_line_that_cannot_be_read_twice_is_got_round_by_a_list(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.fail("watch", ProtocolError("garbage"), ProtocolError("garbage"))
    rig.cluster.cut()
    for _ in range(2):
        await rig.clock.advance(await rig.waiting())
        await rig.settle()
    assert rig.sink.lists == 1
    await rig.clock.advance(CAP)
    await rig.live()
    assert rig.sink.lists == 2


async def test_a_fault_of_our_own_is_logged_shown_and_survived(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    start(rig)
    await rig.live()
    rig.sink.wrong = KeyError("oops")
    with caplog.at_level(logging.ERROR):
        rig.cluster.add("second")
        delay = await rig.waiting()
    assert rig.error is not None
    assert "KeyError" in rig.error.detail
    assert "KeyError" in caplog.text
    await rig.clock.advance(delay)
    await rig.live()
    assert rig.sink.lists == 2
    assert "second" in rig.sink.known


async def test_refresh_ends_a_wait(rig: Rig) -> None:
    rig.cluster.fail("list", ThrottledError("later", retry_after=3600))
    start(rig)
    await rig.waiting()
    rig.reflector.refresh()
    await rig.live()
    assert rig.clock.monotonic() == 0


async def test_refresh_of_a_live_stream_lists_again(rig: Rig) -> None:
    start(rig)
    await rig.live()
    await rig.settle()
    rig.reflector.refresh()
    await until(lambda: rig.sink.lists == 2)
    await rig.live()
    assert rig.cluster.watches == 1


async def test_it_ends_only_by_cancellation_and_then_says_closed(rig: Rig) -> None:
    task = start(rig)
    await rig.live()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.link is Link.CLOSED
    assert rig.cluster.watches == 0
