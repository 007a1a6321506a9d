"""The memory of the embedded cluster: versions, history, order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.demo.api.kinds import NAMESPACES, WORKFLOWS
from argotui.demo.api.objects import ObjectStore, StoredChange
from argotui.demo.api.status import ApiError
from tests.support import ManualClock


def _store(history: int = 100, *namespaces: str) -> ObjectStore:
    store = ObjectStore(ManualClock(), random.Random(1), history=history)
    for name in namespaces or ("argo",):
        store.create(NAMESPACES, {"metadata": {"name": name}})
    return store


def _make(store: ObjectStore, name: str, namespace: str = "argo") -> Any:
    return store.create(WORKFLOWS, {"metadata": {"name": name, "namespace": namespace}, "spec": {}})


def test_the_order_is_that_of_the_bytes_of_namespace_and_name() -> None:
    store = _store(100, "a", "a-b")
    for namespace, name in (("a", "x"), ("a-b", "c"), ("a", "b")):
        _make(store, name, namespace)
    assert [entry.key for entry in store.items(WORKFLOWS)] == ["a-b/c", "a/b", "a/x"]
    assert [entry.name for entry in store.items(WORKFLOWS, "a")] == ["b", "x"]


def test_a_version_that_the_history_no_longer_holds_is_gone() -> None:
    store = _store(3)
    first = _make(store, "a").version
    changed = _make(store, "b").decode()
    for number in range(5):
        changed["metadata"]["annotations"] = {"n": str(number)}
        changed["metadata"].pop("resourceVersion", None)
        store.update(WORKFLOWS, changed)
    with pytest.raises(ApiError) as refused:
        store.since(WORKFLOWS, first)
    assert refused.value.code == 410
    with pytest.raises(ApiError) as expired:
        store.at(WORKFLOWS, "argo", first)
    assert expired.value.code == 410
    assert [change.version for change in store.since(WORKFLOWS, store.version - 2)] == [
        store.version - 1,
        store.version,
    ]


def test_the_same_seed_gives_the_same_identities() -> None:
    one, other = _make(_store(), "a"), _make(_store(), "a")
    assert one.raw == other.raw


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from("abc")),
        max_size=30,
    ),
    st.integers(min_value=0, max_value=30),
)
def test_a_past_list_and_the_changes_since_give_the_present(
    actions: list[tuple[str, str]], moment: int
) -> None:
    store = _store(1000)
    told: list[StoredChange] = []
    store.subscribe(WORKFLOWS, told.append)
    past: dict[str, bytes] = {}
    version = store.version
    for number, (action, name) in enumerate(actions):
        if number == moment:
            version = store.version
            past = {entry.name: entry.raw for entry in store.items(WORKFLOWS)}
        entry = store.get(WORKFLOWS, "argo", name)
        if action == "delete":
            if entry is not None:
                store.delete(WORKFLOWS, "argo", name)
        elif entry is None:
            _make(store, name)
        else:
            document = entry.decode()
            document["metadata"]["annotations"] = {"n": str(number)}
            store.update(WORKFLOWS, document)
    if moment >= len(actions):
        version = store.version
        past = {entry.name: entry.raw for entry in store.items(WORKFLOWS)}
    assert {entry.name: entry.raw for entry in store.at(WORKFLOWS, "argo", version)} == past
    for change in store.since(WORKFLOWS, version):
        if change.type == "DELETED":
            del past[change.entry.name]
        else:
            past[change.entry.name] = change.entry.raw
    assert past == {entry.name: entry.raw for entry in store.items(WORKFLOWS)}
    assert [change.version for change in told] == sorted({change.version for change in told})
