"""What a feed finds out about the time in which nobody watched."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argotui.backend.backoff import CAP
from argotui.backend.freshness import Link
from argotui.backend.ports import Page, Query
from argotui.errors import ServerError
from argotui.model.argo import Key
from argotui.model.workflows.summary import Depth, summarise
from tests.support import until
from tests.unit.backend.feed_rig import Rig, long_history, rig

__all__ = ["rig"]


async def test_a_gap_of_the_active_ones_alone_is_closed(rig: Rig) -> None:
    for name in "abc":
        rig.cluster.add(name)
    rig.start()
    await until(lambda: rig.feed.history.complete)
    await rig.quiet()
    rig.cluster.always["watch"] = lambda: ServerError("down")
    rig.cluster.cut()
    await rig.pass_time(10)
    assert rig.cluster.watches == 1
    rig.cluster.delete("a")
    rig.cluster.delete("b")
    rig.cluster.add("b", uid="again")
    rig.cluster.move("c", "Failed")
    rig.cluster.compact()
    rig.cluster.always.clear()
    await rig.pass_time(CAP)
    await rig.live()
    assert rig.shown() == rig.truth()


async def test_a_gap_in_the_watches_blanks_no_row_and_hides_none(rig: Rig) -> None:
    for number in range(30):
        rig.cluster.add(f"w{number:02}", "Failed" if number % 2 else "Running")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    await rig.quiet()
    rig.cluster.always["watch"] = rig.cluster.always["watch metadata"] = lambda: ServerError("x")
    rig.cluster.cut()
    await rig.quiet()
    assert rig.feed.freshness.link is Link.STALE
    rig.cluster.delete("w00")
    rig.cluster.delete("w01")
    rig.cluster.move("w02", "Succeeded")
    rig.cluster.move("w03", "Running")
    rig.cluster.add("new")
    rig.cluster.add("short", "Error")
    rig.cluster.delete("w04")
    rig.cluster.add("w04", uid="again")
    rig.cluster.delete("w05")
    rig.cluster.add("w05", "Failed", uid="again")
    rig.cluster.compact()
    fewest = len(rig.store)

    def count() -> None:
        nonlocal fewest
        fewest = min(fewest, len(rig.store))

    rig.feed.on_change = count
    rig.cluster.always.clear()
    await rig.pass_time(CAP)
    await rig.live()
    assert {key: value[:2] for key, value in rig.shown().items()} == {
        key: value[:2] for key, value in rig.truth().items()
    }
    assert fewest >= 28


@pytest.mark.parametrize("loaded", [0, 1, 9])
async def test_a_gap_is_closed_for_any_part_of_a_long_history(loaded: int) -> None:
    rig = await long_history()
    for _ in range(loaded):
        await rig.feed.more_history()
    known = set(rig.shown())
    rig.cluster.always["watch metadata"] = lambda: ServerError("down")
    rig.cluster.cut()
    await rig.quiet()
    for number in range(0, 2600, 7):
        rig.cluster.delete(f"done-{number:04}")
    rig.cluster.compact()
    rig.cluster.always.clear()
    await rig.pass_time(CAP)
    await rig.live()
    assert set(rig.shown()) == known & set(rig.truth())
    while await rig.feed.more_history():
        pass
    assert set(rig.shown()) == set(rig.truth())
    assert rig.feed.history.loaded == rig.feed.history.total == len(rig.truth())
    await rig.stop()


async def test_what_came_after_a_comparison_began_is_not_removed_by_it() -> None:
    rig = await long_history()
    await rig.feed.more_history()
    read, deliver, begun = rig.cluster.list_metadata, asyncio.Event(), asyncio.Event()

    async def late(query: Query, *, limit: int = 500, continue_token: str = "") -> Page:
        page = await read(query, limit=limit, continue_token=continue_token)
        if limit > 1 and not query.labels:
            begun.set()
            await deliver.wait()
        return page

    rig.cluster.list_metadata = late  # type: ignore[method-assign]  # the delay under test
    rig.cluster.cut()
    await rig.quiet()
    rig.cluster.add("w")
    rig.cluster.compact()
    await rig.pass_time(5)
    await until(begun.is_set)
    rig.cluster.add("young")
    await until(lambda: Key("argo", "young") in rig.store)
    deliver.set()
    await rig.quiet()
    assert Key("argo", "young") in rig.store
    await rig.stop()


async def test_pages_of_history_survive_an_expired_token() -> None:
    rig = await long_history()
    await rig.feed.more_history()
    rig.cluster.compact()
    await rig.feed.more_history()
    assert rig.feed.history.loaded == 1000
    await rig.stop()


async def test_history_that_cannot_be_read_says_why_and_goes_on_later() -> None:
    rig = await long_history()
    rig.cluster.fail("metadata", ServerError("busy"))
    assert await rig.feed.more_history()
    error = rig.feed.history.error
    assert error is not None
    assert error.title == "busy"
    assert await rig.feed.more_history()
    assert rig.feed.history.error is None
    assert rig.feed.history.loaded == 500
    await rig.stop()


MANY = int(os.environ.get("ARGOTUI_EXAMPLES", "100"))
"""How many random histories are played through."""

LIVES = st.sampled_from(["Running", "Running", "Succeeded", "Failed", "delete", "recreate"])
FAULTS = st.sampled_from(["cut", "end", "compact", "gap", "time", "busy", "fail get", "want"])
STEPS = st.lists(st.tuples(LIVES | FAULTS, st.integers(0, 5)), max_size=30)


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, table=st.booleans(), rush=st.booleans())
def test_whatever_happens_in_whatever_order_the_rows_end_as_the_cluster_is(
    steps: list[tuple[str, int]], table: bool, rush: bool
) -> None:
    asyncio.run(_whatever_happens(steps, table, rush))


async def _whatever_happens(steps: list[tuple[str, int]], large: bool, rush: bool) -> None:
    rig = Rig("argo" if large else None)
    cluster = rig.cluster
    for number in range(1200 if large else 6):
        cluster.add(f"w{number}", "Failed" if number > 2 else "Running")
    rig.start()
    for step, number in steps:
        name = f"w{number}"
        there = Key("argo", name) in cluster.objects
        match step:
            case "Running" | "Succeeded" | "Failed":
                cluster.move(name, step) if there else cluster.add(name, step)
            case "delete" if there:
                cluster.delete(name)
            case "recreate" if there:
                cluster.delete(name)
                cluster.add(name, "Running" if number % 2 else "Succeeded")
            case "cut":
                cluster.cut()
            case "end":
                cluster.end()
            case "compact":
                cluster.compact()
            case "gap":
                cluster.cut()
                cluster.compact()
            case "time":
                await rig.clock.advance(20)
            case "fail get":
                cluster.fail("get", ServerError("busy"))
            case "busy":
                cluster.fail("list", ServerError("busy"))
            case "want":
                rig.feed.want([Key("argo", f"w{n}") for n in range(number, number + 3)])
        if not rush:
            await rig.quiet()
    cluster.failures.clear()
    await rig.pass_time(240, 15)
    await rig.live()
    await rig.pass_time(60, 15)
    while await rig.feed.more_history():
        pass
    rig.feed.want([Key("argo", f"w{n}") for n in range(6)])
    await rig.pass_time(60, 15)
    try:
        assert {k: v[:2] for k, v in rig.shown().items()} == {
            k: v[:2] for k, v in rig.truth().items()
        }
        for number in range(6):
            row = rig.store.get(Key("argo", f"w{number}"))
            assert row is None or row.depth is Depth.FULL
            assert row is None or row == summarise(cluster.objects[row.key])
    finally:
        await rig.stop()
