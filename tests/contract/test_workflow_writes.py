"""What a person does to a whole workflow, through the port: each write, and each refusal."""

from __future__ import annotations

import pytest

from argotui.backend.ports import Reading, WorkflowPort
from argotui.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from argotui.model.kinds import WORKFLOW_TEMPLATE
from argotui.model.workflow.actor import ACTION, ACTOR, ACTOR_EMAIL
from tests.contract.lab import (
    IMAGE,
    LABEL,
    MERGE_PATCH,
    NAMESPACE,
    WORKFLOWS,
    Document,
    Lab,
    node_of,
)

SAY = {"name": "say", "container": {"image": IMAGE, "command": ["sh", "-c"], "args": ["echo x"]}}
GATED = {
    "entrypoint": "main",
    "onExit": "say",
    "templates": [
        {"name": "main", "steps": [[{"name": "gate", "template": "gate"}]]},
        {"name": "gate", "suspend": {}},
        SAY,
    ],
}
OLD_LABELS = {ACTOR: "somebody", ACTOR_EMAIL: "somebody.at.example.com", ACTION: "Resume"}


async def _read(lab: Lab, stem: str, user: str = "admin") -> tuple[WorkflowPort, Reading]:
    port = (await lab.backend(user)).workflows
    return port, await port.read_workflow(NAMESPACE, lab.name(stem))


async def _actor(lab: Lab, user: str = "admin") -> str:
    name = (await (await lab.backend(user)).workflows.whoami()).user
    assert name
    return name.replace("@", "-").replace(":", "-")


async def test_suspending_and_lifting_say_who_did_it(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]}, labels=OLD_LABELS)
    port, reading = await _read(lab, "a")
    suspended = await port.suspend(reading)
    assert suspended["spec"]["suspend"] is True
    labels = suspended["metadata"]["labels"]
    assert (labels[ACTOR], labels[ACTION]) == (await _actor(lab), "Suspend")
    # The address of whoever acted before does not stay beside the name of somebody else.
    assert ACTOR_EMAIL not in labels
    assert labels[LABEL] == lab.run
    port, reading = await _read(lab, "a", "approver")
    lifted = await port.lift_suspension(reading)
    assert "suspend" not in lifted["spec"]
    labels = lifted["metadata"]["labels"]
    assert (labels[ACTOR], labels[ACTION]) == (await _actor(lab, "approver"), "Resume")


async def test_nothing_is_written_to_a_workflow_that_changed(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]})
    port, reading = await _read(lab, "a")
    await lab.patch("a", {"metadata": {"labels": {"x": "y"}}}, MERGE_PATCH)
    for write in (
        port.suspend(reading),
        port.lift_suspension(reading),
        port.shut_down(reading, "Stop"),
        port.edit_workflow(reading, labels={"z": "1"}),
        port.delete_workflow(reading),
        port.delete_workflow(reading, force=True),
    ):
        with pytest.raises(ConflictError):
            await write
    found = await lab.workflow("a")
    assert found["spec"] == reading.document["spec"]
    assert ACTION not in found["metadata"]["labels"]


async def test_nothing_is_written_to_another_workflow_of_the_same_name(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]})
    port, reading = await _read(lab, "a")
    await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('a')}")
    with pytest.raises(NotFoundError):
        await port.shut_down(reading, "Terminate")
    with pytest.raises(NotFoundError):
        await port.delete_workflow(reading)
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]})
    with pytest.raises(ConflictError):
        await port.shut_down(reading, "Terminate")
    with pytest.raises(ConflictError):
        await port.delete_workflow(reading)
    assert "shutdown" not in (await lab.workflow("a"))["spec"]


@pytest.mark.parametrize("strategy", ["Stop", "Terminate"])
async def test_a_stop_runs_exit_handlers_and_a_termination_does_not(
    lab: Lab, strategy: str
) -> None:
    await lab.create("end", GATED, inert=False)
    await lab.until_gate("end")
    port, reading = await _read(lab, "end")
    document = await port.shut_down(reading, strategy)
    assert document["spec"]["shutdown"] == strategy
    assert document["metadata"]["labels"][ACTION] == strategy
    done = await lab.until_phase("end", "Failed")
    assert node_of(done, "gate")["message"] == f"Stopped with strategy '{strategy}'"
    handlers = [n for n in done["status"]["nodes"].values() if n["name"].endswith(".onExit")]
    assert [n["phase"] for n in handlers] == (["Succeeded"] if strategy == "Stop" else [])


async def test_a_suspension_outlives_a_stop_until_it_is_lifted(lab: Lab) -> None:
    await lab.create("end", GATED, inert=False)
    await lab.until_gate("end")
    port, reading = await _read(lab, "end")
    await port.suspend(reading)
    port, reading = await _read(lab, "end")
    await port.shut_down(reading, "Stop")

    async def gate_failed() -> bool:
        return bool(node_of(await lab.workflow("end"), "gate")["phase"] == "Failed")

    await lab.until(gate_failed, "the gate of a stopped workflow to fail")
    assert (await lab.workflow("end"))["status"]["phase"] == "Running"
    port, reading = await _read(lab, "end")
    await port.lift_suspension(reading)
    done = await lab.until_phase("end", "Failed")
    assert done["status"]["message"] == "Stopped with strategy 'Stop'"


async def test_lifting_a_suspension_opens_no_gate(lab: Lab) -> None:
    await lab.create("held", GATED, inert=False)
    await lab.until_gate("held")
    port, reading = await _read(lab, "held")
    await port.suspend(reading)
    port, reading = await _read(lab, "held")
    lifted = await port.lift_suspension(reading)
    assert node_of(lifted, "gate")["phase"] == "Running"
    _, gate = await lab.until_gate("held")
    assert "finishedAt" not in gate


async def test_the_stored_spec_of_a_template_follows_the_workflow(lab: Lab) -> None:
    objects = (await lab.backend()).objects
    name = lab.name("template")
    template: Document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": name},
        "spec": GATED,
    }
    await objects.create(WORKFLOW_TEMPLATE, NAMESPACE, template)
    try:
        await lab.create("of", {"workflowTemplateRef": {"name": name}}, inert=False)
        await lab.until_gate("of")
        port, reading = await _read(lab, "of")
        await port.suspend(reading)

        async def stored(key: str) -> object:
            found = await lab.workflow("of")
            return found["status"]["storedWorkflowTemplateSpec"].get(key)

        await lab.until(lambda: stored("suspend"), "the stored spec to be suspended")
        port, reading = await _read(lab, "of")
        await port.lift_suspension(reading)

        async def lifted() -> bool:
            return not await stored("suspend")

        await lab.until(lifted, "the stored spec to go on")
        port, reading = await _read(lab, "of")
        await port.shut_down(reading, "Terminate")
        done = await lab.until_phase("of", "Failed")
        assert done["status"]["storedWorkflowTemplateSpec"]["shutdown"] == "Terminate"
    finally:
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflowtemplates/{name}"
        await lab.request("DELETE", path)


async def test_deleting_waits_for_finalizers_unless_it_is_forced(lab: Lab) -> None:
    await lab.create("a")
    await lab.patch("a", {"metadata": {"finalizers": ["contract.example/hold"]}})
    port, reading = await _read(lab, "a")
    await port.delete_workflow(reading)
    port, reading = await _read(lab, "a")
    assert "deletionTimestamp" in reading.document["metadata"]
    await port.delete_workflow(reading, force=True)
    with pytest.raises(NotFoundError):
        await _read(lab, "a")
    await lab.create("b")
    await lab.patch("b", {"metadata": {"finalizers": ["contract.example/hold"]}})
    port, reading = await _read(lab, "b")
    await port.delete_workflow(reading, force=True)
    with pytest.raises(NotFoundError):
        await _read(lab, "b")


async def test_labels_annotations_and_the_priority_are_edited(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]}, labels={"x": "1", "y": "2"})
    port, reading = await _read(lab, "a")
    edited = await port.edit_workflow(
        reading, labels={"x": None, "z": "3"}, annotations={"note": "<a & b>"}, priority=7
    )
    labels = edited["metadata"]["labels"]
    assert ("x" in labels, labels["y"], labels["z"]) == (False, "2", "3")
    assert edited["metadata"]["annotations"]["note"] == "<a & b>"
    assert edited["spec"] == {**reading.document["spec"], "priority": 7}
    port, reading = await _read(lab, "a")
    with pytest.raises(InvalidError):
        await port.edit_workflow(reading, labels={"x": "not a label!"})
    removed = await port.edit_workflow(reading, annotations={"note": None})
    assert "note" not in removed["metadata"].get("annotations", {})
    assert removed["spec"]["priority"] == 7


async def test_submitting_creates_and_a_dry_run_does_not(lab: Lab) -> None:
    port = (await lab.backend()).workflows
    document: Document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": lab.name("a"),
            "labels": {LABEL: lab.run, "workflows.argoproj.io/completed": "true"},
        },
        "spec": {"entrypoint": "say", "templates": [SAY]},
    }
    tried = await port.submit(NAMESPACE, document, dry_run=True)
    assert tried["metadata"]["uid"]
    assert (await lab.get(f"{WORKFLOWS}/{lab.name('a')}")).status == 404
    made = await port.submit(NAMESPACE, document)
    assert (await lab.workflow("a"))["metadata"]["uid"] == made["metadata"]["uid"]
    with pytest.raises(ConflictError):
        await port.submit(NAMESPACE, document)


async def test_a_viewer_may_read_and_do_nothing(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "say", "templates": [SAY]})
    port, reading = await _read(lab, "a", "viewer")
    for write in (
        port.suspend(reading),
        port.lift_suspension(reading),
        port.shut_down(reading, "Stop"),
        port.edit_workflow(reading, priority=1),
        port.delete_workflow(reading),
        port.submit(NAMESPACE, {**reading.document, "metadata": {"generateName": "contract-"}}),
    ):
        with pytest.raises(ForbiddenError):
            await write
    assert (await lab.workflow("a"))["spec"] == reading.document["spec"]
