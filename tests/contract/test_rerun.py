"""Retry and resubmit through the port, on the embedded cluster and on a real one."""

from __future__ import annotations

import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.kube.workflows import KubeWorkflows
from argotui.backend.ports import Reading, ResubmitOptions, RetryOptions, WorkflowPort
from argotui.errors import ConflictError, ForbiddenError, InvalidError
from argotui.model.argo import Key
from argotui.model.workflow.actor import ACTION, ACTOR
from argotui.model.workflow.operations import OperationStatus
from argotui.operations.workflow.rerunning import preview_retry, retry_previewed
from tests.contract.lab import (
    IMAGE,
    MERGE_PATCH,
    NAMESPACE,
    PODS,
    SIMULATED_EXIT,
    WORKFLOWS,
    Document,
    Lab,
    node_of,
)


def _script(name: str, code: int) -> Document:
    return {
        "name": name,
        "metadata": {"annotations": {SIMULATED_EXIT: str(code)}},
        "container": {"image": IMAGE, "command": ["sh", "-c"], "args": [f"exit {code}"]},
    }


FAILS = {
    "entrypoint": "main",
    "onExit": "good",
    "arguments": {"parameters": [{"name": "size", "value": "1"}]},
    "templates": [
        {
            "name": "main",
            "steps": [
                [{"name": "first", "template": "good"}],
                [{"name": "second", "template": "bad"}],
            ],
        },
        _script("good", 0),
        _script("bad", 1),
    ],
}


async def _failed(lab: Lab, stem: str = "a") -> Document:
    await lab.create(stem, FAILS, inert=False)
    return await lab.until_phase(stem, "Failed")


async def _pods(lab: Lab, stem: str = "a") -> dict[str, str]:
    """Return the uids of the pods of a workflow, by node name."""
    selector = f"workflows.argoproj.io/workflow={lab.name(stem)}"
    items = (await lab.get(PODS, labelSelector=selector)).json["items"]
    return {
        one["metadata"]["annotations"]["workflows.argoproj.io/node-name"].removeprefix(
            lab.name(stem)
        ): one["metadata"]["uid"]
        for one in items
    }


async def _port(lab: Lab, user: str = "admin") -> WorkflowPort:
    return (await lab.backend(user)).workflows


async def test_a_retry_runs_again_what_failed_and_nothing_else(lab: Lab) -> None:
    before = await _failed(lab)
    pods = await _pods(lab)
    port = await _port(lab)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    written = await port.retry(reading, RetryOptions())
    labels = written["metadata"]["labels"]
    assert labels[ACTION] == "Retry"
    assert labels[ACTOR]
    assert "workflows.argoproj.io/completed" not in labels
    names = {node["displayName"] for node in written["status"]["nodes"].values()}
    assert names == {lab.name("a"), "[0]", "first", "[1]"}
    left = await _pods(lab)
    assert left.keys() & {"[0].first"}, "the pod of a node that is kept stays"
    assert "[1].second" not in left or left["[1].second"] != pods["[1].second"]

    after = await lab.until_phase("a", "Failed")
    assert node_of(after, "first") == node_of(before, "first")
    assert node_of(after, "second")["startedAt"] >= node_of(before, "second")["finishedAt"]
    again = await _pods(lab)
    assert again["[0].first"] == pods["[0].first"]
    assert again["[1].second"] != pods["[1].second"]
    assert again[".onExit"] != pods[".onExit"]


async def test_a_retry_of_a_workflow_that_changed_deletes_no_pod(lab: Lab) -> None:
    await _failed(lab)
    pods = await _pods(lab)
    port = await _port(lab)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    await lab.patch("a", {"metadata": {"labels": {"x": "y"}}}, MERGE_PATCH)
    with pytest.raises(ConflictError):
        await port.retry(reading, RetryOptions())
    assert await _pods(lab) == pods
    assert (await lab.workflow("a"))["status"]["phase"] == "Failed"


async def test_a_retry_with_values_writes_them(lab: Lab) -> None:
    await _failed(lab)
    port = await _port(lab)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    options = RetryOptions("displayName=first", True, {"size": "2"})
    written = await port.retry(reading, options)
    assert written["spec"]["arguments"]["parameters"] == [{"name": "size", "value": "2"}]
    names = {node["displayName"] for node in written["status"]["nodes"].values()}
    assert names == {lab.name("a"), "[0]"}


async def test_a_workflow_that_runs_is_not_retried(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "gate", "templates": [{"name": "gate", "suspend": {}}]})
    port = await _port(lab)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    with pytest.raises(InvalidError, match="retry"):
        await port.retry(reading, RetryOptions())


@pytest.mark.parametrize("user", ["approver", "developer", "viewer"])
async def test_who_may_not_delete_pods_or_write_changes_nothing(lab: Lab, user: str) -> None:
    before = await _failed(lab)
    pods = await _pods(lab)
    port = await _port(lab, user)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    with pytest.raises(ForbiddenError):
        await port.retry(reading, RetryOptions())
    assert await _pods(lab) == pods
    found = await lab.workflow("a")
    assert found["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_a_resubmission_is_a_new_workflow_in_ones_own_name(lab: Lab) -> None:
    before = await _failed(lab)
    port = await _port(lab, "developer")
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    user = (await port.whoami()).user
    made = await port.resubmit(reading, ResubmitOptions(parameters={"size": "3"}, priority=7))
    try:
        meta = made["metadata"]
        assert meta["name"].startswith(f"{lab.name('a')}-")
        assert meta["labels"]["workflows.argoproj.io/resubmitted-from-workflow"] == lab.name("a")
        assert meta["annotations"]["argotui.io/creator"] == user
        assert made["spec"] == {
            **before["spec"],
            "arguments": {"parameters": [{"name": "size", "value": "3"}]},
            "priority": 7,
        }
        assert not (made.get("status") or {}).get("nodes")
    finally:
        await lab.request("DELETE", f"{WORKFLOWS}/{made['metadata']['name']}")


async def test_a_memoized_resubmission_runs_only_what_failed(lab: Lab) -> None:
    await _failed(lab)
    port = await _port(lab)
    reading = await port.read_workflow(NAMESPACE, lab.name("a"))
    made = await port.resubmit(reading, ResubmitOptions(memoized=True))
    name = made["metadata"]["name"]
    try:
        nodes = {node["displayName"]: node for node in made["status"]["nodes"].values()}
        assert nodes["first"]["phase"] == "Skipped"
        assert nodes["second"]["phase"] == "Pending"
        assert all(node["name"].startswith(name) for node in nodes.values())
        assert set(made["status"]["nodes"]) == {node["id"] for node in nodes.values()}
    finally:
        await lab.request("DELETE", f"{WORKFLOWS}/{name}")


async def test_a_retry_that_finds_another_version_is_told_and_not_sent_again(lab: Lab) -> None:
    await _failed(lab)
    port = await _port(lab)
    preview = await preview_retry(
        port, Key(NAMESPACE, lab.name("a")), RetryOptions(), SystemClock()
    )
    await lab.patch("a", {"metadata": {"labels": {"x": "y"}}}, MERGE_PATCH)
    result = await retry_previewed(port, preview)
    assert result.status is OperationStatus.CHANGED
    assert "look at the preview again" in result.detail
    assert (await lab.workflow("a"))["status"]["phase"] == "Failed"


async def test_a_node_that_disappears_is_told(lab: Lab) -> None:
    await _failed(lab)
    port = await _port(lab)
    preview = await preview_retry(
        port, Key(NAMESPACE, lab.name("a")), RetryOptions(), SystemClock()
    )
    first = node_of(preview.reading.document, "first")["id"]

    class Forgetful(KubeWorkflows):
        """A cluster whose controller loses a node that a retry does not touch."""

        async def read_workflow(self, namespace: str, name: str) -> Reading:
            reading = await super().read_workflow(namespace, name)
            reading.document["status"]["nodes"].pop(first)
            return reading

    backend = await lab.backend()
    result = await retry_previewed(Forgetful(backend.cluster), preview)  # type: ignore[arg-type]
    assert result.status is OperationStatus.UNKNOWN
    assert "1 node that should have stayed is gone: first" in result.detail
