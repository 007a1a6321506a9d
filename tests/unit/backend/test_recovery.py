"""What the network and the server can do to a feed, over real HTTP, and that it gets over it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.freshness import Link
from argotui.backend.reflector import PROBE, SILENCE, SLOW
from argotui.demo.api.kinds import WORKFLOWS
from argotui.errors import ThrottledError, UnauthorizedError
from argotui.model.argo import Key
from tests.unit.backend.recovery_rig import Rig, rig

__all__ = ["rig"]


async def start(rig: Rig) -> None:
    """Bring the feed up on six workflows, half of them completed."""
    for number in range(6):
        rig.add(f"w{number}", "Failed" if number % 2 else "Running")
    rig.run()
    await rig.recovered()
    assert rig.links[-1] is Link.LIVE


def live_on(rig: Rig) -> None:
    """Do one of everything that can happen to a workflow."""
    rig.move("w0", "Running")
    rig.move("w2", "Succeeded")
    rig.move("w1", "Running")
    rig.delete("w3")
    rig.delete("w4")
    rig.add("w4", "Error")
    rig.add("new")
    rig.add("brief")
    rig.delete("brief")


def check_once_each(rig: Rig) -> None:
    """Assert that no reading counted twice, and that a row never went back."""
    assert len(rig.store.taken) == len(set(rig.store.taken))
    last: dict[Key, int] = {}
    for key, version, _ in rig.store.taken:
        if version:
            assert int(version) >= last.get(key, 0)
            last[key] = int(version)


async def test_13_changes_come_through_a_slow_and_lumpy_line(rig: Rig) -> None:
    rig.proxy.drip = 61
    rig.proxy.latency = 0.0002
    await start(rig)
    live_on(rig)
    await rig.recovered()
    assert rig.store.taken
    check_once_each(rig)
    assert rig.links.count(Link.LIVE) == 1


async def cut(rig: Rig) -> None:
    rig.proxy.cut()


async def reset(rig: Rig) -> None:
    rig.proxy.reset()


async def cut_in_the_middle_of_a_line(rig: Rig) -> None:
    rig.proxy.cut_after(200)
    rig.move("w0", "Running")


async def cut_by_the_server_in_the_middle_of_a_line(rig: Rig) -> None:
    rig.embedded.faults.cut_line(match="watch=true")
    rig.move("w0", "Running")


async def restart(rig: Rig) -> None:
    await rig.embedded.server.restart()


async def restart_with_its_history_kept(rig: Rig) -> None:
    await rig.embedded.server.restart(forget_history=False)


@pytest.mark.parametrize(
    "fault",
    [
        cut,
        reset,
        cut_in_the_middle_of_a_line,
        cut_by_the_server_in_the_middle_of_a_line,
        restart,
        restart_with_its_history_kept,
    ],
)
async def test_13_a_broken_connection_loses_and_doubles_nothing(
    rig: Rig, fault: Callable[[Rig], Any]
) -> None:
    await start(rig)
    lists = rig.asked("limit=500")
    requests = len(rig.embedded.server.requests)
    await fault(rig)
    assert (await rig.failing()).title
    assert not rig.feed.freshness.trusted
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)
    assert Link.STALE in rig.links
    assert len(rig.embedded.server.requests) - requests < 30
    if fault is not restart:
        assert rig.asked("limit=500") == lists


async def test_13_the_history_lost_between_two_watches_is_read_again(rig: Rig) -> None:
    await start(rig)
    rig.proxy.cut()
    await rig.failing()
    live_on(rig)
    rig.embedded.objects.forget(WORKFLOWS)
    lists = rig.asked("limit=500")
    await rig.recovered()
    assert rig.asked("limit=500") > lists
    check_once_each(rig)


async def test_13_rows_stay_while_the_server_is_away_and_it_is_not_hammered(rig: Rig) -> None:
    await start(rig)
    before = rig.rows()
    requests = len(rig.embedded.server.requests)
    rig.embedded.faults.answer(503, times=10**6)
    rig.proxy.cut()
    await rig.failing()
    await rig.pass_time(600, 2)
    assert rig.rows() == before
    assert rig.feed.freshness.link is Link.STALE
    assert 40 <= len(rig.embedded.server.requests) - requests <= 90
    rig.embedded.faults.clear()
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)


async def test_13_a_closed_port_is_tried_again_until_it_opens(rig: Rig) -> None:
    await start(rig)
    await rig.proxy.refuse()
    rig.proxy.cut()
    await rig.failing()
    live_on(rig)
    await rig.pass_time(60, 1)
    assert rig.feed.freshness.attempt >= 3
    await rig.proxy.start()
    await rig.recovered()
    check_once_each(rig)


async def test_13_a_burst_of_server_errors_is_got_over(rig: Rig) -> None:
    await start(rig)
    rig.embedded.faults.answer(500, times=3)
    rig.embedded.faults.answer(503, times=3)
    rig.proxy.cut()
    live_on(rig)
    await rig.recovered()
    check_once_each(rig)
    assert rig.feed.freshness.error is None


async def test_13_a_server_that_asks_for_patience_gets_it(rig: Rig) -> None:
    await start(rig)
    rig.embedded.faults.answer(429, times=2, match="watch=true", retry_after=17)
    rig.proxy.cut()
    await rig.failing()
    cut_at = rig.clock.monotonic()
    await rig.fails_with(ThrottledError)
    refused_at = rig.clock.monotonic()
    assert refused_at - cut_at < 5
    retry_at = rig.feed.freshness.retry_at
    assert retry_at is not None
    assert retry_at - refused_at >= 15
    live_on(rig)
    await rig.recovered()
    assert rig.clock.monotonic() - refused_at >= 15


async def test_13_refused_credentials_are_tried_slowly_until_there_are_new_ones(
    rig: Rig, tmp_path: Path
) -> None:
    await start(rig)
    token = rig.embedded.directory.revoke("admin")
    rig.proxy.cut()
    await rig.failing()
    await rig.fails_with(UnauthorizedError)
    requests = len(rig.embedded.server.requests)
    live_on(rig)
    await rig.pass_time(300, 5)
    assert len(rig.embedded.server.requests) - requests <= 2 * 2 * (300 / SLOW + 1)
    assert not rig.feed.freshness.trusted
    (tmp_path / "token").write_text(token)
    await rig.recovered()
    check_once_each(rig)
    assert token not in "".join(map(str, rig.errors))


async def test_13_a_half_open_watch_is_found_out(rig: Rig) -> None:
    await start(rig)
    rig.proxy.freeze()
    live_on(rig)
    await rig.pass_time(SILENCE - 20, 5)
    assert rig.rows() != rig.truth()
    await rig.pass_time(25, 5)
    await rig.recovered()
    check_once_each(rig)


async def test_13_a_line_that_goes_dead_is_stale_within_the_silence_and_a_probe(rig: Rig) -> None:
    await start(rig)
    rig.proxy.black_hole()
    live_on(rig)
    await rig.pass_time(SILENCE + PROBE + 5, 5)
    error = rig.feed.freshness.error
    assert error is not None
    assert "silent" in error.title
    assert rig.feed.freshness.link is Link.STALE
    heard = rig.feed.freshness.heard
    assert heard is not None
    assert rig.clock.monotonic() - heard >= SILENCE
    rig.proxy.thaw()
    await rig.recovered()
    check_once_each(rig)


async def test_watches_that_end_in_time_are_opened_again_without_a_stale_moment(rig: Rig) -> None:
    await start(rig)
    for _ in range(16):
        await rig.pass_time(50, 10)
        rig.move("w0", "Running")
        await rig.recovered()
    assert rig.asked("watch=true") >= 4
    assert rig.links.count(Link.LIVE) == 1
    check_once_each(rig)


@pytest.mark.parametrize("seed", range(4))
async def test_13_any_mix_of_faults_ends_in_the_truth(rig: Rig, seed: int) -> None:
    await start(rig)
    rng = random.Random(seed)
    faults: list[Callable[[], Any]] = [
        rig.proxy.cut,
        rig.proxy.reset,
        lambda: rig.proxy.cut_after(rng.randrange(1, 3000)),
        lambda: rig.embedded.faults.cut_line(match="watch"),
        lambda: rig.embedded.faults.answer(rng.choice([401, 429, 500, 503]), times=2),
        lambda: rig.embedded.faults.drop(times=2),
        lambda: rig.embedded.objects.forget(WORKFLOWS),
    ]
    for turn in range(60):
        name = f"x{rng.randrange(8)}"
        there = Key("argo", name) in rig.truth()
        if there and rng.random() < 0.25:
            rig.delete(name)
        elif there:
            rig.move(name, rng.choice(["Running", "Running", "Succeeded", "Failed"]))
        else:
            rig.add(name)
        if turn % 3 == 0:
            rng.choice(faults)()
        await asyncio.sleep(0.002)
        if (wait := rig.retry_in()) is not None and rng.random() < 0.5:
            await rig.clock.advance(wait)
    rig.embedded.faults.clear()
    await rig.recovered()
    check_once_each(rig)
