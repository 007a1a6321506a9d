"""The store: the same rows whatever the order in which they became known."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.backend.store import DELETED_UIDS, Store, compare_versions
from argotui.model.argo import Key
from argotui.model.phases import look_of_workflow
from argotui.model.workflows.summary import (
    Depth,
    Summary,
    summarise,
    summarise_metadata,
)
from argotui.model.workflows.why import RowReason, RowReasonKind
from tests.support import EPOCH
from tests.unit.backend.scripted import table_row, workflow

KEY = Key("argo", "a")


def full(version: int, phase: str = "Running", uid: str = "u1", born: int = 0) -> Summary:
    return summarise(workflow("a", uid=uid, version=version, phase=phase, born=born))


def shallow(version: int, phase: str = "Running", uid: str = "u1", born: int = 0) -> Summary:
    item = workflow("a", uid=uid, version=version, phase=phase, born=born)
    return summarise_metadata(item.metadata)


def table(phase: str = "Running") -> Summary:
    return table_row(workflow("a", phase=phase))


def row_after(*readings: Summary) -> Summary | None:
    store = Store()
    for reading in readings:
        store.apply(reading)
    return store.get(KEY)


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way() -> None:
    assert row_after(full(9), full(10)) == full(10)
    assert row_after(full(10), full(9)) == full(10)


def test_of_one_version_the_deeper_reading_stays() -> None:
    assert row_after(full(9), shallow(9)) == full(9)
    assert row_after(shallow(9), full(9)) == full(9)


def test_a_newer_shallow_reading_ends_a_row_but_keeps_what_it_cannot_know() -> None:
    row = row_after(full(9), shallow(10, "Succeeded"))
    assert row is not None
    assert (row.phase, row.completed, row.depth) == ("Succeeded", True, Depth.METADATA)
    assert row.message == full(9).message
    again = row_after(full(9), shallow(10, "Succeeded"), shallow(11, "Succeeded"))
    assert again is not None
    assert again.message == full(9).message


def test_the_full_reading_of_the_end_follows_the_shallow_one() -> None:
    final = full(10, "Succeeded")
    assert row_after(full(9), shallow(10, "Succeeded"), final) == final


def test_a_table_row_yields_to_everything_and_replaces_only_its_like() -> None:
    assert row_after(full(9), table("Failed")) == full(9)
    assert row_after(shallow(9), table("Failed")) == shallow(9)
    assert row_after(table(), full(9)) == full(9)
    assert row_after(table(), table("Failed")) == table("Failed")


def test_a_table_rows_message_lasts_until_it_is_read_better() -> None:
    row = row_after(table("Failed"), shallow(9, "Failed"))
    assert row is not None
    assert row.depth is Depth.METADATA
    assert row.message == table("Failed").message


def test_another_uid_of_the_same_name_replaces_the_row_unless_it_is_older() -> None:
    first, second = full(9, uid="u1"), full(12, uid="u2", born=3)
    assert row_after(first, second) == second
    assert row_after(second, first) == second


@pytest.mark.parametrize(("born", "stays"), [(5, "u2"), (-5, "u1")])
def test_without_ordered_versions_the_creation_time_decides_between_uids(
    born: int, stays: str
) -> None:
    replace = msgspec.structs.replace
    first = replace(full(1), resource_version="x")
    second = replace(full(1, uid="u2", born=born), resource_version="y")
    row = row_after(first, second)
    assert row is not None
    assert row.uid == stays


def test_versions_that_are_no_numbers_are_taken_as_they_come() -> None:
    first = msgspec.structs.replace(full(1), resource_version="abc")
    second = msgspec.structs.replace(full(1, "Failed"), resource_version="abb")
    assert row_after(first, second) == second
    assert compare_versions("abc", "abc") == 0
    assert compare_versions("abc", "12") is None


def test_removal_by_uid_spares_another_uid_and_outlives_late_news() -> None:
    store = Store()
    store.apply(full(9))
    assert not store.remove(KEY, "other")
    assert store.get(KEY) == full(9)
    assert store.remove(KEY, "u1")
    assert store.get(KEY) is None
    assert not store.apply(full(8))
    assert not store.apply(full(20))
    assert len(store) == 0
    assert store.apply(full(21, uid="u2", born=1))


def test_the_replaced_uid_does_not_come_back_after_its_successor_is_removed() -> None:
    store = Store()
    store.apply(full(9))
    store.apply(full(12, uid="u2", born=3))
    store.remove(KEY, "u2")
    assert not store.apply(full(10))
    assert KEY not in store


def test_the_memory_of_removed_ones_is_bounded() -> None:
    store = Store()
    for number in range(DELETED_UIDS + 1):
        store.remove(KEY, f"gone-{number}")
    assert not store.is_removed("gone-0")
    assert store.is_removed("gone-1")
    assert store.is_removed(f"gone-{DELETED_UIDS}")


def test_drain_gives_each_change_once() -> None:
    store = Store()
    store.apply(full(9))
    assert store.dirty
    assert store.drain().changed == {KEY}
    assert not store.dirty
    store.apply(full(9))
    store.apply(full(8))
    assert store.drain().changed == set()
    store.remove(KEY)
    assert store.drain().changed == {KEY}
    store.apply(full(10, uid="u2"))
    store.clear()
    changes = store.drain()
    assert changes.reset
    assert changes.changed == set()
    assert not store.drain().reset


def check_counts(store: Store) -> None:
    """Compare what is kept as things change with the same counted anew."""
    rows = list(store.summaries())
    assert store.roles == Counter(look_of_workflow(row).role for row in rows)
    assert store.waiting == {row.key for row in rows if row.waits}
    assert store.active == sum(not row.ended for row in rows)
    assert store.history == sum(row.completed and row.depth > Depth.TABLE for row in rows)


class Life:
    """A history of workflows under few names, and all that anybody could have read of it."""

    def __init__(self) -> None:
        self.version = 0
        self.alive: dict[Key, Summary] = {}
        self.readings: list[Summary] = []
        self.removals: list[tuple[Key, str]] = []
        self.tables: list[Summary] = []

    def step(self, name: str, act: str) -> None:
        self.version += 1
        key = Key("argo", name)
        row = self.alive.get(key)
        if act == "delete":
            if row is not None:
                del self.alive[key]
                self.removals.append((key, row.uid))
            return
        uid = row.uid if row else f"{name}-{self.version}"
        item = workflow(name, uid=uid, version=self.version, phase=act)
        read = summarise(item)
        created = row.created if row else EPOCH + timedelta(seconds=self.version // 4)
        waits = act == "Running" and self.version % 3 == 0
        read = msgspec.structs.replace(read, created=created, gates=int(waits))
        light = msgspec.structs.replace(summarise_metadata(item.metadata), created=created)
        self.alive[key] = read
        self.readings += [read, light]
        self.tables.append(table_row(item))


ACTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["Running", "Running", "Succeeded", "Failed", "Error", "delete"]),
    ),
    max_size=40,
)


@given(acts=ACTS, seed=st.integers(0, 2**32), copies=st.integers(1, 3), painted=st.booleans())
def test_any_order_with_duplicates_ends_in_the_same_rows(
    acts: list[tuple[str, str]], seed: int, copies: int, painted: bool
) -> None:
    life = Life()
    for name, act in acts:
        life.step(name, act)
    store = Store()
    for reading in life.tables if painted else ():
        store.apply(reading)
    rng = random.Random(seed)
    news: list[Summary | tuple[Key, str]] = [*life.readings, *life.removals] * copies
    rng.shuffle(news)
    mirror: dict[Key, Summary] = {row.key: row for row in store.summaries()}
    store.drain()
    for item in news:
        if isinstance(item, Summary):
            store.apply(item)
        else:
            store.remove(*item)
        if rng.random() < 0.3:
            check_counts(store)
            _redraw(mirror, store)
    _redraw(mirror, store)
    assert mirror == {row.key: row for row in store.summaries()} == life.alive
    check_counts(store)


def _redraw(mirror: dict[Key, Summary], store: Store) -> None:
    """Do what a screen does with a change set."""
    for key in store.drain().changed:
        row = store.get(key)
        if row is None:
            mirror.pop(key, None)
        else:
            mirror[key] = row


@given(acts=ACTS, seed=st.integers(0, 2**32))
def test_with_gaps_no_row_goes_back_in_time(acts: list[tuple[str, str]], seed: int) -> None:
    life = Life()
    for name, act in acts:
        life.step(name, act)
    rng = random.Random(seed)
    news = [reading for reading in life.readings if rng.random() < 0.5]
    rng.shuffle(news)
    store = Store()
    highest: dict[str, int] = {}
    for reading in news:
        store.apply(reading)
        row = store.get(reading.key)
        assert row is not None
        version = int(row.resource_version)
        assert version >= highest.get(row.uid, 0)
        highest[row.uid] = version
    for key in {reading.key for reading in news}:
        row = store.get(key)
        newest = max((r for r in news if r.key == key), key=lambda r: int(r.resource_version))
        assert row is not None
        assert (row.uid, row.phase) == (newest.uid, newest.phase)


def test_a_workflow_that_nobody_takes_is_stuck_once_its_minute_is_over() -> None:
    store = Store()
    untaken = full(1, phase="")
    assert untaken.created is not None
    store.apply(untaken)
    store.drain()
    assert not store.age(untaken.created + timedelta(seconds=59))
    assert not store.dirty


def test_time_alone_changes_the_row_and_its_role() -> None:
    store = Store()
    untaken = full(1, phase="")
    assert untaken.created is not None
    store.apply(untaken)
    assert store.roles == {"pending": 1}
    store.drain()

    assert store.age(untaken.created + timedelta(seconds=60))
    assert store.drain().changed == {KEY}
    assert store.roles == {"stuck": 1}
    assert not store.age(untaken.created + timedelta(seconds=61))

    store.apply(full(2, phase="Running"))
    assert store.roles == {"running": 1}
    store.remove(KEY)
    assert not store.age(untaken.created + timedelta(days=1))


def test_what_a_deeper_reading_knew_of_a_delay_ends_with_the_phase() -> None:
    stuck = msgspec.structs.replace(
        full(9), why=RowReason(RowReasonKind.STUCK, "ImagePullBackOff: x")
    )
    ended = row_after(stuck, shallow(10, "Failed"))
    assert ended is not None
    assert look_of_workflow(ended).word == "failed"
    assert ended.why is None
