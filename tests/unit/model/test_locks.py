from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from argotui.model.argo import Key, Workflow
from argotui.model.workflow.facts import node_facts, workflow_facts
from argotui.model.workflow.locks import (
    Holder,
    Lock,
    locks_awaited,
    locks_held,
)
from argotui.model.workflow.pod_name import node_id
from argotui.model.workflows.summary import summarise
from tests.support import EPOCH
from tests.unit.screens.documents import Document, node, workflow

NOW = EPOCH + timedelta(minutes=28)
MUTEX = "argo/Mutex/prod-db"


def read(document: Document) -> Workflow:
    return msgspec.convert(document, Workflow)


def waiter(**more: Any) -> Document:
    """A workflow that waits as a whole for a mutex which another one has."""
    waiting = {"mutex": {"waiting": [{"mutex": MUTEX, "holder": "argo/holder"}]}}
    return workflow("waiter", phase="Pending", synchronization=waiting, **more)


def holder() -> Document:
    holding = {"mutex": {"holding": [{"mutex": MUTEX, "holder": "argo/holder"}]}}
    return workflow("holder", node("holder", "", "DAG", "Running"), synchronization=holding)


def told(document: Document, label: str, *others: Document) -> list[str]:
    rows = [summarise(read(each)) for each in others]
    facts = workflow_facts(read(document), NOW, rows)
    return [f"{fact.name} {fact.text}".strip() for fact in facts if fact.label == label]


def test_who_holds_a_mutex_is_told_with_how_it_is_doing() -> None:
    assert told(waiter(), "waits for", waiter(), holder()) == [
        "mutex prod-db, held by holder (running 28m)"
    ]
    assert told(waiter(), "waits for") == ["mutex prod-db, held by holder"]


def test_the_line_leads_to_the_holder_and_back() -> None:
    rows = [summarise(read(waiter())), summarise(read(holder()))]
    waits = next(f for f in workflow_facts(read(waiter()), NOW, rows) if f.label == "waits for")
    holds = next(f for f in workflow_facts(read(holder()), NOW, rows) if f.label == "holds")

    assert waits.workflow == Key("argo", "holder")
    assert holds.workflow == Key("argo", "waiter")
    assert holds.text == "mutex prod-db; 1 workflow waiting for it: waiter"


def test_a_holder_is_found_in_the_list_where_the_controller_names_none() -> None:
    pod = node(
        "step", "deploy", "Pod", "Pending", start=None, synchronizationStatus={"waiting": MUTEX}
    )
    document = workflow("step", node("step", "", "DAG", "Running"), pod)

    assert told(document, "waits for", holder()) == [
        "deploy mutex prod-db, held by holder (running 28m)"
    ]
    assert told(document, "waits for") == ["deploy mutex prod-db"]


def test_a_node_tells_of_its_own_lock_only_and_of_a_holder_in_its_workflow() -> None:
    ids = {name: node_id("fan", f"fan.{name}") for name in ("one", "two", "three")}
    sync = {
        "mutex": {
            "holding": [{"mutex": MUTEX, "holder": f"argo/fan/{ids['one']}"}],
            "waiting": [{"mutex": MUTEX, "holder": f"argo/fan/{ids['one']}"}],
        }
    }
    document = workflow(
        "fan",
        node("fan", "", "DAG", "Running"),
        node("fan", "one", "Pod", "Running"),
        node("fan", "two", "Pod", "Pending", synchronizationStatus={"waiting": MUTEX}),
        synchronization=sync,
    )
    whole = read(document)
    two = [f for f in node_facts(whole, whole.nodes[ids["two"]], NOW) if f.label == "waits for"]
    one = [f for f in node_facts(whole, whole.nodes[ids["one"]], NOW) if f.label == "holds"]

    assert [(f.text, f.node, f.workflow) for f in two] == [
        ("mutex prod-db, held by one of this workflow", ids["one"], None)
    ]
    assert [f.text for f in one] == ["mutex prod-db"]
    assert told(document, "holds") == ["one mutex prod-db"]


def test_all_holders_of_a_semaphore_are_told() -> None:
    sync = {
        "semaphore": {
            "waiting": [
                {
                    "semaphore": "argo/ConfigMap/limits/jobs",
                    "holders": ["argo/a", "other/b/b-17"],
                }
            ]
        }
    }
    document = workflow("late", phase="Pending", synchronization=sync)

    assert told(document, "waits for") == [
        "semaphore limits/jobs, held by a",
        "held by other/b",
    ]


def test_what_was_waited_for_once_is_not_told_and_nothing_is_of_one_that_ended() -> None:
    sync = {
        "mutex": {
            "waiting": [{"mutex": MUTEX, "holder": "argo/holder"}],
            "holding": [{"mutex": MUTEX, "holder": "argo/now"}],
        },
        "semaphore": {"holding": [{"semaphore": "argo/ConfigMap/limits/jobs", "holders": []}]},
    }
    assert locks_awaited(read(workflow("now", phase="Running", synchronization=sync))) == []
    assert locks_held(read(workflow("now", synchronization=sync))) == [Lock(MUTEX)]
    ended = read(workflow("now", phase="Succeeded", synchronization=sync))
    assert (locks_awaited(ended), locks_held(ended)) == ([], [])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("argo/holder", Holder(Key("argo", "holder"))),
        ("other/holder/n-1", Holder(Key("other", "holder"), "n-1")),
        ("holder", Holder(Key("argo", "holder"))),
    ],
)
def test_keys_of_holders_of_all_versions_are_read(key: str, expected: Holder) -> None:
    document = waiter()
    document["status"]["synchronization"]["mutex"]["waiting"][0]["holder"] = key
    assert locks_awaited(read(document)) == [Lock(MUTEX, "", (expected,))]


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (MUTEX, "mutex prod-db"),
        ("data/Mutex/prod-db", "mutex data/prod-db"),
        ("argo/ConfigMap/limits/jobs", "semaphore limits/jobs"),
        ("argo/Database/jobs", "lock jobs"),
        ("odd", "lock odd"),
    ],
)
def test_a_lock_is_told_by_its_kind_and_name(identity: str, words: str) -> None:
    assert Lock(identity).words("argo") == words
