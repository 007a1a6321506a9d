"""The feed: which reads it makes, and that what it shows is what the cluster holds."""

from __future__ import annotations

import asyncio
import random

from argotui.backend.backoff import CAP
from argotui.backend.feed import NAMESPACES, Feed
from argotui.backend.freshness import Link
from argotui.backend.kube.watching import WATCH_SECONDS
from argotui.backend.namespaces import Readable
from argotui.backend.ports import Page, Query
from argotui.backend.reflector import SLOW
from argotui.backend.sources import FIRST
from argotui.errors import (
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    ServerError,
    UnreachableError,
)
from argotui.model.argo import Key, Workflow
from argotui.model.workflows.summary import Depth, Summary, summarise
from tests.support import until
from tests.unit.backend.feed_rig import Rig, long_history, rig

__all__ = ["rig"]


async def test_a_small_cluster_is_known_in_full_without_being_asked_for(rig: Rig) -> None:
    rig.cluster.add("runs")
    rig.cluster.add("done", "Succeeded")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    assert rig.shown() == rig.truth()
    assert rig.cluster.calls["table"] == 0
    history = rig.feed.history
    assert (history.loaded, history.total, history.error) == (1, 1, None)


async def test_a_large_namespace_is_painted_from_the_table(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.cluster.add("runs")
    rig.start()
    await rig.live()
    await until(lambda: len(rig.store) == 1501)
    assert rig.row("done-0700") == ("Failed", Depth.TABLE)
    assert rig.row("runs") == ("Running", Depth.FULL)
    history = rig.feed.history
    assert (history.loaded, history.total, history.complete) == (0, 1500, False)
    assert await rig.feed.more_history()
    assert rig.feed.history.loaded == 500
    assert await rig.feed.more_history()
    assert not await rig.feed.more_history()
    assert rig.feed.history.complete
    assert rig.shown() == rig.truth(Depth.METADATA) | {
        Key("argo", "runs"): rig.truth()[Key("argo", "runs")]
    }


async def test_names_of_a_large_namespace_come_before_most_of_what_is_active(rig: Rig) -> None:
    for number in range(600):
        rig.cluster.add(f"done-{number:03}", "Failed")
        if number < FIRST + 10:
            rig.cluster.add(f"runs-{number:03}")
    rig.cluster.held["table"] = asyncio.Event()
    rig.start()
    await until(lambda: rig.cluster.calls["table"] == 1)
    await rig.quiet()
    assert (rig.cluster.calls["list"], len(rig.store)) == (1, FIRST)
    rig.cluster.held["table"].set()
    await rig.live()
    await until(lambda: len(rig.store) == 610 + FIRST)
    assert rig.cluster.calls["list"] == 2, "a list that is continued is slow"
    assert rig.row(f"runs-{FIRST + 9:03}") == ("Running", Depth.FULL)


async def test_a_feed_that_nobody_looks_at_yet_reads_a_first_screen(rig: Rig) -> None:
    for number in range(FIRST + 10):
        rig.cluster.add(f"runs-{number:03}")
    rig.feed.hold()
    rig.start()
    await until(lambda: len(rig.store) == FIRST)
    await rig.quiet()
    assert rig.cluster.calls["list"] == 1
    rig.feed.release()
    await until(lambda: len(rig.store) == FIRST + 10)


async def test_what_is_active_does_not_wait_for_names_that_do_not_come(rig: Rig) -> None:
    for number in range(FIRST + 10):
        rig.cluster.add(f"runs-{number:03}")
    rig.cluster.always["metadata"] = lambda: ServerError("not now")
    rig.start()
    await until(lambda: len(rig.store) == FIRST + 10)


async def test_a_table_that_comes_late_brings_back_nobody(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.cluster.add("ghost")
    read, deliver = rig.cluster.table, asyncio.Event()

    async def late(query: Query) -> tuple[list[Summary], str]:
        rows = await read(query)
        rig.cluster.delete("ghost")
        rig.cluster.held["list"].set()
        await deliver.wait()
        return rows

    rig.cluster.table = late  # type: ignore[method-assign]  # the delay under test
    rig.cluster.held["list"] = asyncio.Event()
    rig.start()
    await rig.live()
    deliver.set()
    await until(lambda: len(rig.store) >= 1500)
    await until(lambda: rig.row("ghost") is None)


async def test_a_server_without_tables_is_no_trouble(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.cluster.fail("table", ProtocolError("no tables here"))
    rig.start()
    await rig.live()
    await rig.quiet()
    assert len(rig.store) == 0
    await rig.feed.more_history()
    assert len(rig.store) == 500


async def test_all_namespaces_need_no_table() -> None:
    rig = Rig(None)
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed", namespace=f"ns{number % 3}")
    rig.start()
    await rig.live()
    await rig.quiet()
    assert rig.cluster.calls["table"] == 0
    assert rig.feed.history.total == 1500
    await rig.stop()


async def test_a_completion_shows_the_final_state_after_one_read(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.start()
    await rig.live()
    await rig.quiet()
    final = rig.cluster.move("a", "Succeeded")
    await until(lambda: rig.store.get(final.key) == summarise(final))
    await rig.quiet()
    assert rig.cluster.calls["get"] == 1


async def test_a_row_never_vanishes_while_it_completes(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.start()
    await rig.live()
    await rig.quiet()
    rig.cluster.hang = {"get"}
    rig.cluster.move("a", "Failed")
    await rig.quiet()
    assert rig.row("a") == ("Failed", Depth.METADATA)


async def test_deletions_of_active_and_completed_ones_are_seen(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.cluster.add("b", "Failed")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    rig.cluster.delete("a")
    rig.cluster.delete("b")
    await until(lambda: len(rig.store) == 0)


async def test_a_retry_moves_a_row_back_among_the_active_ones(rig: Rig) -> None:
    rig.cluster.add("a", "Failed")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    rig.cluster.move("a", "Running")
    await until(lambda: rig.row("a") == ("Running", Depth.FULL))
    await rig.quiet()
    assert rig.row("a") == ("Running", Depth.FULL)


async def test_a_name_used_again_shows_the_new_workflow(rig: Rig) -> None:
    rig.cluster.add("a", uid="old")
    rig.start()
    await rig.live()
    await rig.quiet()
    rig.cluster.delete("a")
    rig.cluster.add("a", uid="new")
    await until(lambda: rig.shown() == rig.truth())
    await rig.quiet()
    assert rig.shown() == rig.truth()


async def test_a_reading_that_fails_is_made_again(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.start()
    await rig.live()
    await rig.quiet()
    rig.cluster.fail("get", ServerError("busy"), UnreachableError("cut"))
    rig.cluster.delete("a")
    await rig.pass_time(CAP)
    assert len(rig.store) == 0
    assert rig.cluster.calls["get"] == 3


async def test_readings_that_keep_failing_are_made_ever_more_slowly(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.start()
    await rig.live()
    await rig.quiet()
    rig.cluster.always["get"] = lambda: ServerError("down")
    rig.cluster.delete("a")
    for _ in range(20):
        await rig.pass_time(30, 1)
        rig.cluster.bookmark()
    assert 20 <= rig.cluster.calls["get"] <= 60
    assert rig.row("a") == ("Running", Depth.FULL)
    rig.cluster.always.clear()
    await rig.pass_time(CAP)
    assert rig.row("a") is None


async def test_without_the_right_to_get_a_list_of_one_does(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.cluster.add("b")
    rig.cluster.always["get"] = lambda: ForbiddenError("no get")
    rig.start()
    await rig.live()
    await rig.quiet()
    rig.cluster.move("a", "Succeeded")
    rig.cluster.delete("b")
    await until(lambda: rig.shown() == rig.truth())


async def test_wanted_rows_are_read_in_full_a_few_at_a_time(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.start()
    await until(lambda: len(rig.store) == 1500)
    await rig.quiet()
    rig.cluster.hang = {"get"}
    first = [Key("argo", f"done-{number:04}") for number in range(40)]
    rig.feed.want(first)
    await rig.quiet()
    assert rig.cluster.calls["get"] == 8
    rig.cluster.hang = set()
    second = [Key("argo", f"done-{number:04}") for number in range(100, 140)]
    rig.feed.want(second)
    await until(lambda: all(rig.row(key.name) == ("Failed", Depth.FULL) for key in second))
    await rig.quiet()
    assert rig.cluster.calls["get"] == 48
    assert rig.row("done-0020") == ("Failed", Depth.TABLE)
    rig.feed.want(second)
    await rig.quiet()
    assert rig.cluster.calls["get"] == 48


async def test_a_wanted_row_that_is_gone_is_removed(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.start()
    await until(lambda: len(rig.store) == 1500)
    rig.cluster.objects.pop(Key("argo", "done-0003"))
    rig.feed.want([Key("argo", "done-0003")])
    await until(lambda: len(rig.store) == 1499)


async def test_a_wanted_row_is_read_again_when_its_labels_change(rig: Rig) -> None:
    rig.cluster.add("a", "Failed")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    rig.feed.want([Key("argo", "a")])
    await rig.quiet()
    archived = rig.cluster.move("a", "Failed")
    await until(lambda: rig.store.get(archived.key) == summarise(archived))


async def test_a_late_not_found_spares_the_next_of_that_name(rig: Rig) -> None:
    for number in range(1500):
        rig.cluster.add(f"done-{number:04}", "Failed")
    rig.start()
    await until(lambda: len(rig.store) == 1500)
    await rig.feed.more_history()
    key, read, deliver = Key("argo", "done-0003"), rig.cluster.get_workflow, asyncio.Event()
    asked = asyncio.Event()

    async def late(namespace: str, name: str) -> Workflow:
        rig.cluster.get_workflow = read  # type: ignore[method-assign]  # only the first
        rig.cluster.objects.pop(key)
        asked.set()
        await deliver.wait()
        raise NotFoundError("no such workflow")

    rig.cluster.get_workflow = late  # type: ignore[method-assign]  # the delay under test
    rig.feed.want([key])
    await asked.wait()
    rig.cluster.add(key.name, uid="next")
    await until(lambda: rig.row(key.name) == ("Running", Depth.FULL))
    deliver.set()
    await rig.quiet()
    assert rig.row(key.name) == ("Running", Depth.FULL)


async def test_a_deletion_while_a_page_is_on_its_way_is_not_undone_by_the_page() -> None:
    rig = await long_history()
    read, deliver = rig.cluster.list_metadata, asyncio.Event()

    async def late(query: Query, *, limit: int = 500, continue_token: str = "") -> Page:
        page = await read(query, limit=limit, continue_token=continue_token)
        rig.cluster.delete("done-0003")
        await deliver.wait()
        return page

    rig.cluster.list_metadata = late  # type: ignore[method-assign]  # the delay under test
    more = asyncio.create_task(rig.feed.more_history())
    await until(lambda: Key("argo", "done-0003") not in rig.cluster.objects)
    await rig.quiet()
    deliver.set()
    await more
    await rig.quiet()
    assert rig.feed.history.loaded == 499
    assert rig.row("done-0003") is None
    await rig.stop()


async def test_freshness_is_that_of_the_worst_stream(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.cluster.always["watch metadata"] = lambda: ServerError("down")
    rig.start()
    await until(lambda: rig.cluster.watches == 1)
    await rig.quiet()
    freshness = rig.feed.freshness
    assert freshness.link is Link.STALE
    assert freshness.error is not None
    assert not freshness.trusted
    rig.cluster.always.clear()
    rig.feed.refresh()
    await rig.live()
    await rig.stop()
    assert rig.feed.freshness.link is Link.CLOSED


async def test_who_may_not_list_everywhere_sees_what_they_may() -> None:
    rig = Rig(None)
    rig.cluster.may_list = ["argo", "other"]
    rig.cluster.forbidden = True
    for namespace in ("argo", "other", "closed"):
        rig.cluster.add("a", namespace=namespace, uid=namespace)
    rig.start()
    await rig.live()
    assert rig.feed.scope == ["argo", "other"]
    assert rig.feed.notice == "Showing the 2 namespaces you can read: argo, other"
    assert {key.namespace for key in rig.shown()} == {"argo", "other"}
    rig.cluster.add("b", namespace="other")
    await until(lambda: Key("other", "b") in rig.store)
    await rig.stop()


async def test_too_many_namespaces_are_cut_to_a_number_and_it_is_said() -> None:
    rig = Rig(None)

    async def many(_: object) -> Readable:
        return Readable([f"ns{number:03}" for number in range(NAMESPACES + 5)] + ["argo"])

    rig.feed = Feed(rig.cluster.port, rig.store, None, rig.clock, random.Random(5), readable=many)
    rig.cluster.forbidden = True
    rig.start()
    await rig.live()
    assert rig.feed.scope is not None
    assert len(rig.feed.scope) == NAMESPACES
    assert "argo" in rig.feed.scope
    assert f"{NAMESPACES} of the {NAMESPACES + 6}" in rig.feed.notice
    await rig.stop()


async def test_who_may_list_nowhere_is_told_and_let_in_later() -> None:
    rig = Rig(None)
    rig.cluster.forbidden = True
    rig.cluster.add("a")
    rig.start()
    await until(lambda: rig.feed.freshness.link is Link.FORBIDDEN and rig.feed.notice)
    assert rig.feed.freshness.retry_at == SLOW
    rig.cluster.forbidden = False
    await rig.clock.advance(SLOW)
    await rig.live()
    assert rig.feed.notice == ""
    assert rig.feed.scope is None
    await rig.stop()


async def test_one_namespace_that_may_not_be_read_is_tried_slowly(rig: Rig) -> None:
    rig.cluster.always["list"] = lambda: ForbiddenError("not this one")
    rig.start()
    await until(lambda: rig.feed.freshness.link is Link.FORBIDDEN)
    await rig.pass_time(300)
    assert 10 <= rig.cluster.calls["list"] <= 12
    rig.cluster.always.clear()
    await rig.pass_time(SLOW)
    await rig.live()


async def test_a_history_that_went_back_empties_the_store_of_what_never_was(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.cluster.add("b", "Failed")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    await rig.quiet()
    rig.store.drain()
    rig.cluster.restore(3)
    rig.cluster.add("restored")
    rig.cluster.cut()
    await rig.pass_time(200)
    await rig.live()
    assert rig.shown() == rig.truth()
    assert rig.store.drain().reset


async def test_nothing_is_asked_while_nothing_happens(rig: Rig) -> None:
    rig.cluster.add("a")
    rig.cluster.add("b", "Failed")
    rig.start()
    await until(lambda: rig.feed.history.complete)
    await rig.quiet()
    before = rig.cluster.calls.copy()
    for _ in range(30):
        await rig.pass_time(WATCH_SECONDS - 2, 5)
        rig.cluster.bookmark()
    assert rig.cluster.calls == before
