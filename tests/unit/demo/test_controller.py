"""The embedded controller where Argo's own tests would look: bad specs, daemons, shutdowns."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.demo.api.kinds import (
    PODS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Document,
)
from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock
from tests.unit.demo.specs import (
    call,
    dag,
    gate,
    steps,
    work,
)


def _submit(embedded: EmbeddedCluster, spec: object, name: str = "w") -> None:
    document: Document = {"metadata": {"name": name, "namespace": "argo"}, "spec": spec}
    embedded.objects.create(WORKFLOWS, document)


def _workflow(embedded: EmbeddedCluster, name: str = "w") -> Document:
    return embedded.objects.need(WORKFLOWS, "argo", name).decode()


def _phases(embedded: EmbeddedCluster) -> dict[str, str]:
    nodes = _workflow(embedded)["status"]["nodes"].values()
    return {node["displayName"]: node["phase"] for node in nodes}


def _main(*templates: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"entrypoint": "main", "templates": list(templates), **more}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"entrypoint": "none"},
        {"entrypoint": "main", "templates": [{"name": "main"}]},
        {"entrypoint": "main", "templates": "no list"},
        {"workflowTemplateRef": {"name": "none"}},
        _main(steps("main", [{"template": "without-a-name"}])),
        _main(dag("main", call("a", depends="(b"))),
        _main(steps("main", [call("a")]), work("a", "2s"), hooks={"x": {"expression": "1 <"}}),
    ],
)
async def test_a_bad_spec_ends_in_error_and_harms_nobody(
    embedded: EmbeddedCluster, clock: ManualClock, spec: object
) -> None:
    _submit(embedded, spec)
    _submit(embedded, _main(work("main", "2s")), "good")
    await clock.advance(20)
    bad = _workflow(embedded)["status"]
    assert bad["phase"] in ("Error", "Failed")
    assert _workflow(embedded, "good")["status"]["phase"] == "Succeeded"


async def test_a_daemon_ends_with_what_it_serves(
    embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    _submit(
        embedded,
        _main(
            steps("main", [call("db")], [call("job")]),
            work("db", "1h", daemon=True),
            work("job", "10s"),
        ),
    )
    await clock.advance(6)
    nodes = {node["displayName"]: node for node in _workflow(embedded)["status"]["nodes"].values()}
    assert nodes["db"]["daemoned"] is True
    assert nodes["db"]["podIP"]
    assert nodes["[0]"]["phase"] == "Succeeded"
    await clock.advance(20)
    assert _phases(embedded) == {
        "w": "Succeeded",
        "[0]": "Succeeded",
        "[1]": "Succeeded",
        "db": "Succeeded",
        "job": "Succeeded",
    }


@pytest.mark.parametrize(("strategy", "handled"), [("Stop", True), ("Terminate", False)])
async def test_a_shutdown_and_the_exit_handler(
    embedded: EmbeddedCluster, clock: ManualClock, strategy: str, handled: bool
) -> None:
    _submit(
        embedded,
        _main(
            dag("main", call("long"), call("next", depends="long"), call("ask")),
            work("long", "1h"),
            work("next", "1s"),
            gate("ask"),
            work("bye", "1s"),
            onExit="bye",
        ),
    )
    await clock.advance(6)
    document = _workflow(embedded)
    document["spec"]["shutdown"] = strategy
    embedded.objects.update(WORKFLOWS, document)
    await clock.advance(10)
    done = _workflow(embedded)["status"]
    nodes = {node["displayName"]: node for node in done["nodes"].values()}
    assert done["phase"] == "Failed"
    assert done["message"] == f"Stopped with strategy '{strategy}'"
    assert nodes["long"]["message"] == f"workflow shutdown with strategy:  {strategy}"
    assert nodes["ask"]["message"] == f"Stopped with strategy '{strategy}'"
    assert ("w.onExit" in nodes) is handled
    pods = {entry.fields["status.phase"] for entry in embedded.objects.items(PODS)}
    assert "Running" not in pods


async def test_a_backoff_is_waited_for(embedded: EmbeddedCluster, clock: ManualClock) -> None:
    retries = {"limit": 1, "backoff": {"duration": "1m"}}
    _submit(embedded, _main(work("main", "2s", exit_code=1, retries=retries)))
    await clock.advance(20)
    root = _workflow(embedded)["status"]["nodes"]["w"]
    assert (root["phase"], root["message"]) == ("Running", "Backoff for 1 minute")
    assert len(root["children"]) == 1
    await clock.advance(90)
    root = _workflow(embedded)["status"]["nodes"]["w"]
    assert (root["phase"], root["message"]) == ("Failed", "No more retries left")
    assert len(root["children"]) == 2


async def test_a_deadline_fails_pods_and_gates(
    embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    _submit(
        embedded,
        _main(
            dag("main", call("long"), call("ask")),
            work("long", "1h"),
            gate("ask"),
            activeDeadlineSeconds=30,
        ),
    )
    await clock.advance(40)
    nodes = _workflow(embedded)["status"]["nodes"].values()
    assert {node.get("message") for node in nodes if node["type"] in ("Pod", "Suspend")} == {
        "Step exceeded its deadline"
    }


async def test_a_step_of_another_template(embedded: EmbeddedCluster, clock: ManualClock) -> None:
    shared = {
        "templates": [steps("twice", [call("a", "one"), call("b", "one")]), work("one", "2s")]
    }
    meta = {"name": "shared", "namespace": "argo"}
    embedded.objects.create(WORKFLOW_TEMPLATES, {"metadata": meta, "spec": shared})
    ref = {"name": "shared", "template": "twice"}
    _submit(embedded, _main(steps("main", [{"name": "s", "templateRef": ref}])))
    await clock.advance(20)
    status = _workflow(embedded)["status"]
    nodes = {node["displayName"]: node for node in status["nodes"].values()}
    assert status["phase"] == "Succeeded"
    assert nodes["s"]["templateRef"] == ref
    assert "templateName" not in nodes["s"]
    assert nodes["a"]["templateScope"] == "namespaced/shared"
    assert set(status["storedTemplates"]) == {"namespaced/shared/twice", "namespaced/shared/one"}


async def test_as_many_pods_as_may_run(embedded: EmbeddedCluster, clock: ManualClock) -> None:
    _submit(
        embedded,
        _main(
            dag("main", *(call(f"t{number}", "one") for number in range(5))),
            work("one", "10s"),
            parallelism=2,
        ),
    )
    await clock.advance(6)
    assert len(embedded.objects.items(PODS)) == 2
    await clock.advance(120)
    assert _workflow(embedded)["status"]["progress"] == "5/5"


async def test_the_pods_of_a_deleted_workflow_go(
    embedded: EmbeddedCluster, clock: ManualClock
) -> None:
    _submit(embedded, _main(work("main", "1h")))
    await clock.advance(6)
    assert len(embedded.objects.items(PODS)) == 1
    embedded.objects.delete(WORKFLOWS, "argo", "w")
    await clock.advance(0)
    assert embedded.objects.items(PODS) == []


async def test_a_deleted_pod_is_an_error(embedded: EmbeddedCluster, clock: ManualClock) -> None:
    _submit(embedded, _main(work("main", "1h")))
    await clock.advance(6)
    embedded.objects.delete(PODS, "argo", "w")
    await clock.advance(1)
    root = _workflow(embedded)["status"]["nodes"]["w"]
    assert (root["phase"], root["message"]) == ("Error", "pod deleted")
