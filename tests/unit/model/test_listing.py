"""The order of the list: whatever happens to single rows, it is that of sorting everything anew."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.argo import FULFILLED, Key
from argotui.model.workflows.listing import SORTS, Listing, order_of
from argotui.model.workflows.summary import Depth, NodeCounts, Summary
from tests.support import EPOCH

NOW = EPOCH + timedelta(hours=1)

keys = st.builds(
    Key, st.sampled_from(["a", "b"]), st.sampled_from(["x", "xy", "y", "é", "z1", "z10"])
)
moments = st.none() | st.integers(-5, 5).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
rows = st.builds(
    Summary,
    key=keys,
    depth=st.sampled_from(Depth),
    phase=st.sampled_from(["", "Pending", "Running", "Succeeded", "Failed", "Odd"]),
    created=moments,
    started=moments,
    finished=moments,
    completed=st.booleans(),
    suspended=st.booleans(),
    gates=st.integers(0, 1),
    progress=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 3)),
    counts=st.builds(NodeCounts, running=st.integers(0, 2)),
    message=st.sampled_from(["", "m", "ma"]),
    template=st.sampled_from(["", "t", "ta"]),
    creator=st.sampled_from(["", "c"]),
)
changes = st.lists(st.tuples(keys, st.none() | rows), max_size=30)


@given(st.sampled_from(sorted(SORTS)), st.booleans(), st.booleans(), changes)
def test_single_changes_lead_to_the_order_of_a_full_sort(
    sort: str, turned: bool, filtered: bool, steps: list[tuple[Key, Summary | None]]
) -> None:
    listing = Listing(sort, turned=turned)
    if filtered:
        listing.accepts = lambda row, now: row.phase != "Running"
    store: dict[Key, Summary] = {}
    for key, row in steps:
        before = listing.keys
        if row is None:
            store.pop(key, None)
        else:
            row = msgspec.structs.replace(row, key=key)
            store[key] = row
        moved = listing.update(key, row, NOW)
        assert moved or listing.keys == before
    fresh = Listing(sort, turned=turned)
    fresh.accepts = listing.accepts
    fresh.rebuild(store.values(), NOW)
    assert listing.keys == fresh.keys
    assert len(listing) == len(fresh)
    assert all(key in listing for key in fresh.keys)


@given(st.sampled_from(sorted(SORTS)), st.lists(rows, max_size=20, unique_by=lambda row: row.key))
def test_turned_round_the_values_run_the_other_way_and_what_has_none_stays_last(
    sort: str, given_rows: list[Summary]
) -> None:
    def values(turned: bool) -> list[object]:
        listing = Listing(sort, turned=turned)
        listing.rebuild(given_rows, NOW)
        by_key = {row.key: row for row in given_rows}
        return [SORTS[sort].value(by_key[key], NOW) for key in listing.keys]

    plain, turned = values(False), values(True)
    there = [value for value in plain if value is not None]
    absent = [None] * (len(plain) - len(there))
    assert plain == there + absent
    assert turned == there[::-1] + absent


def row(name: str, *, age: float, phase: str = "Running", gates: int = 0) -> Summary:
    return Summary(
        key=Key("argo", name),
        depth=Depth.FULL,
        phase=phase,
        created=NOW - timedelta(seconds=age),
        completed=phase in FULFILLED,
        gates=gates,
    )


def test_what_waits_comes_first_then_what_runs_then_the_newest() -> None:
    listing = Listing()
    listing.rebuild(
        [
            row("old-success", age=90, phase="Succeeded"),
            row("new-failure", age=5, phase="Failed"),
            row("runs", age=60),
            row("waits", age=900, gates=1),
        ],
        NOW,
    )
    assert [key.name for key in listing.keys] == ["waits", "runs", "new-failure", "old-success"]


@pytest.mark.parametrize(("sort", "descending"), [("age", False), ("took", True), ("name", False)])
def test_a_sort_says_which_way_it_runs(sort: str, descending: bool) -> None:
    assert Listing(sort).descending is descending
    assert Listing(sort, turned=True).descending is not descending


@pytest.mark.parametrize("column", ["took", "nodes", "progress", "name"])
def test_the_least_is_first_and_with_a_minus_the_greatest(column: str) -> None:
    for text, descending in ((column, False), (f"-{column}", True)):
        found, turned = order_of(text)
        assert found == column
        assert Listing(found, turned=turned).descending is descending
