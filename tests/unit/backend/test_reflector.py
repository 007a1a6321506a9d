"""The list-and-watch loop: what it does when, on a clock that moves when told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator

import pytest

from argotui.backend.backoff import CAP, FIRST, Backoff
from argotui.backend.errors import (
    BackendError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    ProtocolError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
)
from argotui.backend.freshness import Link
from argotui.backend.ports import Change, Page, Query
from argotui.backend.reflector import OPENING, PROBE, SILENCE, SLOW, Reflector
from argotui.backend.sources import WorkflowSource
from argotui.model.workflow import Workflow
from tests.support import ManualClock, until
from tests.unit.backend.scripted import ScriptedCluster


class Recorder:
    """A sink that keeps what it got; `wrong` makes it stumble once."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.changes: list[str] = []
        self.lists = 0
        self.rewinds = 0
        self.wrong: Exception | None = None

    def listing(self) -> None:
        self.known = {}

    def page(self, page: Page) -> None:
        for item in page.items:
            assert isinstance(item, Workflow)
            self.known[item.metadata.name] = item.metadata.resource_version

    def listed(self, resource_version: str) -> None:
        self.lists += 1

    def change(self, change: Change) -> None:
        if self.wrong:
            wrong, self.wrong = self.wrong, None
            raise wrong
        assert isinstance(change.object, Workflow)
        name = change.object.metadata.name
        self.changes.append(f"{change.kind} {name}")
        if change.kind == "DELETED":
            del self.known[name]
        else:
            self.known[name] = change.resource_version

    def rewound(self) -> None:
        self.rewinds += 1


class Rig:
    """A reflector at work on a scripted cluster."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.cluster = ScriptedCluster()
        self.sink = Recorder()
        self.states: list[Link] = []
        self.reflector = Reflector(
            WorkflowSource(self.cluster.port, Query("argo")),
            self.sink,
            self.clock,
            random.Random(7),
            on_state=lambda: self.states.append(self.reflector.freshness.link),
        )

    @property
    def link(self) -> Link:
        return self.reflector.freshness.link

    @property
    def error(self) -> BackendError | None:
        return self.reflector.freshness.error

    async def live(self) -> None:
        await until(lambda: self.link is Link.LIVE and self.cluster.watches, what="a live watch")

    async def waiting(self) -> float:
        """Return for how long it waits now before it tries again."""
        await until(lambda: self.reflector.freshness.retry_at is not None, what="a retry")
        retry_at = self.reflector.freshness.retry_at
        assert retry_at is not None
        return retry_at - self.clock.monotonic()

    async def asked(self, call: str, times: int) -> None:
        await until(lambda: self.cluster.calls[call] >= times, what=f"{times} calls of {call}")

    async def settle(self) -> None:
        """Let everything run that can without time going by."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(step)
            await self.settle()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    rig.cluster.add("first")
    yield rig
    for task in [task for task in asyncio.all_tasks() if task.get_name() == "reflector"]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def start(rig: Rig) -> asyncio.Task[None]:
    return asyncio.create_task(rig.reflector.run(), name="reflector")


async def test_it_is_live_only_when_the_watch_is_open(rig: Rig) -> None:
    rig.cluster.hang = {"watch"}
    start(rig)
    await until(lambda: rig.cluster.calls["watch"] == 1)
    assert rig.sink.lists == 1
    assert Link.LIVE not in rig.states
    rig.cluster.hang = set()
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


async def test_the_first_410_lists_at_once(rig: Rig) -> None:
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


async def test_an_event_and_a_410_over_and_over_is_no_hot_loop(rig: Rig) -> None:
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
    await rig.pass_time(60, 10)
    states = len(rig.states)
    rig.cluster.end()
    await until(lambda: len(rig.cluster.opened) == 2)
    await rig.live()
    assert set(rig.states[states:]) == {Link.LIVE}
    assert rig.sink.lists == 1


async def test_a_server_that_ends_every_watch_at_once_is_not_hammered(rig: Rig) -> None:
    async def brief(query: Query, resource_version: str) -> AsyncIterator[Change]:
        rig.cluster.calls["watch"] += 1
        yield Change("BOOKMARK", resource_version)

    rig.cluster.watch_workflows = brief  # type: ignore[method-assign]  # ends at once
    start(rig)
    await until(lambda: rig.link is Link.STALE)
    assert rig.error is not None
    await rig.pass_time(600)
    assert 20 <= rig.cluster.calls["watch"] <= 60


async def test_events_already_seen_are_ignored(rig: Rig) -> None:
    start(rig)
    await rig.live()
    rig.cluster.add("second")
    await until(lambda: len(rig.sink.changes) == 1)
    rig.cluster._log *= 3
    rig.cluster.add("third")
    await until(lambda: len(rig.sink.changes) == 2)
    assert rig.sink.changes == ["ADDED second", "ADDED third"]


async def test_a_silent_watch_is_probed_and_kept_while_nothing_moved(rig: Rig) -> None:
    start(rig)
    await rig.live()
    await rig.clock.advance(SILENCE - 1)
    await rig.settle()
    assert rig.cluster.calls["metadata"] == 0
    await rig.clock.advance(1)
    await until(lambda: rig.cluster.calls["metadata"] == 1)
    await rig.settle()
    assert rig.link is Link.LIVE
    assert len(rig.cluster.opened) == 1


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
    await rig.live()


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
        await rig.pass_time(60, 30)
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
