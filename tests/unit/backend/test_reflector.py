"""The list-and-watch loop: what it does when, on a clock that moves when told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from argotui.backend.backoff import CAP, FIRST, Backoff
from argotui.backend.freshness import Link
from argotui.backend.kube.watching import WATCH_SECONDS
from argotui.backend.ports import Change, Page, Query
from argotui.backend.reflector import OPENING, SLOW
from argotui.errors import (
    BackendError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
)
from tests.support import until
from tests.unit.backend.reflector_rig import Rig, rig, start

__all__ = ["rig"]


async def test_it_is_live_only_when_the_watch_is_open(rig: Rig) -> None:
    rig.cluster.hang = {"watch"}
    start(rig)
    await until(lambda: rig.cluster.calls["watch"] == 1)
    assert rig.sink.lists == 1
    assert Link.LIVE not in rig.states
    rig.cluster.hang = set()
    await rig.clock.advance(OPENING)
    await until(lambda: rig.cluster.calls["metadata"] == 1, what="the question whether it is there")
    await rig.settle()
    await rig.clock.advance(OPENING)
    delay = await rig.waiting()
    assert Link.LIVE not in rig.states
    assert rig.error is not None
    await rig.clock.advance(delay)
    await rig.live()
    assert rig.sink.lists == 1


async def test_changes_arrive_once_each(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.add("second")
    rig.cluster.move("first", "Succeeded")
    rig.cluster.delete("second")
    await until(lambda: len(rig.sink.changes) == 3)
    assert rig.sink.changes == ["ADDED second", "MODIFIED first", "DELETED second"]


async def test_a_list_comes_in_pages_of_one_version(rig: Rig) -> None:
    for number in range(1200):
        rig.cluster.add(f"w{number}")
    start(rig)
    await rig.live()
    assert rig.cluster.calls["list"] == 3
    assert len(rig.sink.known) == 1201


async def test_pages_that_outlive_their_token_are_asked_for_in_one(rig: Rig) -> None:
    for number in range(600):
        rig.cluster.add(f"w{number}")
    rig.cluster.failures = []
    original = rig.cluster.list_workflows

    async def slow(query: Query, *, limit: int = 500, continue_token: str = "") -> Page:
        page = await original(query, limit=limit, continue_token=continue_token)
        rig.cluster.compact()
        return page

    rig.cluster.list_workflows = slow  # type: ignore[method-assign]  # the slowness under test
    start(rig)
    await rig.live()
    assert len(rig.sink.known) == 601
    assert rig.cluster.calls["list"] == 3


def test_delays_grow_from_first_to_cap_and_are_jittered() -> None:
    backoff = Backoff(random.Random(3))
    delays = [backoff.next() for _ in range(12)]
    for base, delay in zip([0.8, 1.6, 3.2, 6.4, 12.8, 15, 15, 15], delays, strict=False):
        assert base <= delay <= 2 * base
    assert max(delays) <= CAP
    assert len(set(delays)) == len(delays)
    backoff.reset()
    assert FIRST <= backoff.next() <= 2 * FIRST


async def test_failures_are_shown_and_tried_again_ever_more_slowly(rig: Rig) -> None:
    rig.cluster.always["list"] = lambda: ServerError("down")
    start(rig)
    delays = []
    for attempt in range(1, 6):
        delays.append(await rig.waiting())
        freshness = rig.reflector.freshness
        assert (freshness.link, freshness.attempt) == (Link.CONNECTING, attempt)
        assert freshness.error is not None
        await rig.clock.advance(delays[-1])
        await rig.asked("list", attempt + 1)
    assert delays[0] < delays[2] < delays[4]
    rig.cluster.always.clear()
    await rig.clock.advance(CAP)
    await rig.live()
    assert rig.error is None
    assert rig.reflector.freshness.attempt == 0


async def test_the_backoff_is_forgotten_after_two_minutes_of_health(rig: Rig) -> None:
    start(rig)
    await rig.live()
    for _ in range(6):
        rig.cluster.cut()
        await rig.clock.advance(await rig.waiting())
        await rig.live()
    rig.cluster.cut()
    assert await rig.waiting() > 2 * FIRST
    await rig.clock.advance(CAP)
    await rig.live()
    rig.cluster.bookmark()
    await rig.pass_time(60, 10)
    rig.cluster.bookmark()
    await rig.pass_time(61, 10)
    await rig.live()
    rig.cluster.cut()
    assert await rig.waiting() <= 2 * FIRST


async def test_a_cut_stream_goes_on_where_it_was_cut(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.add("second")
    await until(lambda: "second" in rig.sink.known)
    seen = rig.cluster.version
    rig.cluster.cut()
    delay = await rig.waiting()
    assert rig.link is Link.STALE
    rig.cluster.add("third")
    await rig.clock.advance(delay)
    await until(lambda: "third" in rig.sink.known)
    assert rig.sink.lists == 1
    assert rig.cluster.opened[-1] == ("watch", str(seen))
    assert rig.sink.changes == ["ADDED second", "ADDED third"]


async def test_bookmarks_move_the_place_to_go_on_from(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.version += 50
    rig.cluster.bookmark()
    await rig.settle()
    rig.cluster.compact()
    rig.cluster.cut()
    await rig.clock.advance(await rig.waiting())
    await rig.live()
    assert rig.sink.lists == 1


async def test_13_the_first_410_lists_at_once(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.cut()
    delay = await rig.waiting()
    rig.cluster.add("unseen")
    rig.cluster.compact()
    await rig.clock.advance(delay)
    await until(lambda: rig.sink.lists == 2)
    await rig.live()
    assert "unseen" in rig.sink.known


async def test_13_an_event_and_a_410_over_and_over_is_no_hot_loop(rig: Rig) -> None:
    async def cruel(query: Query, resource_version: str) -> AsyncIterator[Change]:
        rig.cluster.calls["watch"] += 1
        yield Change("BOOKMARK", resource_version)
        yield Change("MODIFIED", str(int(resource_version) + 1), rig.cluster.add("again"))
        raise GoneError("expired")

    rig.cluster.watch_workflows = cruel  # type: ignore[method-assign]  # the 410s
    start(rig)
    await until(lambda: rig.sink.lists >= 2)
    await rig.pass_time(600)
    assert 20 <= rig.sink.lists <= 60
    assert rig.cluster.calls["watch"] <= 60


async def test_retry_after_is_honoured(rig: Rig) -> None:
    rig.cluster.fail("list", ThrottledError("slow down", retry_after=17))
    start(rig)
    assert await rig.waiting() == 17
    await rig.clock.advance(16.9)
    await rig.settle()
    assert rig.cluster.calls["list"] == 1
    await rig.clock.advance(0.2)
    await rig.live()


@pytest.mark.parametrize(
    ("error", "link"),
    [
        (UnauthorizedError("who are you"), Link.STALE),
        (ForbiddenError("not you"), Link.FORBIDDEN),
        (NotFoundError("no such resource"), Link.STALE),
    ],
)
async def test_what_only_a_person_can_mend_is_tried_slowly(
    rig: Rig, error: BackendError, link: Link
) -> None:
    start(rig)
    await rig.live()
    rig.cluster.always["watch"] = lambda: error
    rig.cluster.cut()
    await rig.clock.advance(await rig.waiting())
    await until(lambda: rig.link is link and rig.error is error)
    before = rig.cluster.calls["watch"]
    await rig.pass_time(300)
    assert 9 <= rig.cluster.calls["watch"] - before <= 10
    rig.cluster.always.clear()
    await rig.clock.advance(SLOW)
    await rig.live()
    assert rig.sink.lists == 1


async def test_a_watch_the_server_ends_in_time_is_opened_again_without_a_word(rig: Rig) -> None:
    start(rig)
    await rig.live()
    states = len(rig.states)
    for ended in range(3):
        await rig.pass_time(WATCH_SECONDS - 2, 5)
        rig.cluster.bookmark()
        await rig.pass_time(2, 1)
        rig.cluster.end()
        await until(lambda: len(rig.cluster.opened) == 2 + ended)  # noqa: B023
        await rig.live()
    assert rig.states[states:] == []
    assert rig.cluster.calls["metadata"] == 0
    assert rig.sink.lists == 1


async def test_13_a_server_that_ends_every_watch_at_once_is_not_hammered(rig: Rig) -> None:
    async def brief(query: Query, resource_version: str) -> AsyncIterator[Change]:
        rig.cluster.calls["watch"] += 1
        yield Change("BOOKMARK", resource_version)

    rig.cluster.watch_workflows = brief  # type: ignore[method-assign]  # ends at once
    start(rig)
    await until(lambda: rig.link is Link.STALE)
    assert rig.error is not None
    await rig.pass_time(600)
    assert 20 <= rig.cluster.calls["watch"] <= 60


async def test_13_events_already_seen_are_ignored(rig: Rig) -> None:
    forever = asyncio.Event()

    async def stammering(query: Query, resource_version: str) -> AsyncIterator[Change]:
        yield Change("BOOKMARK", resource_version)
        second, third = rig.cluster.add("second"), rig.cluster.add("third")
        for item in (second, second, third, second, third):
            yield Change("MODIFIED", item.metadata.resource_version, item)
        await forever.wait()

    rig.cluster.watch_workflows = stammering  # type: ignore[method-assign]  # tells things twice
    start(rig)
    await until(lambda: "third" in rig.sink.known)
    await rig.settle()
    assert rig.sink.changes == ["MODIFIED second", "MODIFIED third"]
