"""The Argo server's REST API as argotui uses it, on the embedded cluster's and on a real one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from argotui.backend.ports import (
    Change,
    LogRequest,
    Precondition,
    Query,
    ResubmitOptions,
    RetryOptions,
)
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from argotui.model.argo import Metadata, Workflow
from argotui.model.gates.node_update import NodeUpdate
from argotui.model.kinds import WORKFLOW_TEMPLATE
from tests.contract.argo_lab import SERVER, ArgoLab, argo_of
from tests.contract.lab import IMAGE, LABEL, NAMESPACE, Document, Lab, node_of, real_lab
from tests.support import ManualClock

_REAL = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        "KUBECONFIG" not in os.environ or not SERVER, reason="needs ARGOTUI_TEST_ARGO_SERVER"
    ),
]
GATE: Document = {
    "entrypoint": "main",
    "templates": [
        {"name": "main", "steps": [[{"name": "gate", "template": "ask"}]]},
        {
            "name": "ask",
            "suspend": {},
            "inputs": {
                "parameters": [
                    {"name": "approve", "default": "NO", "enum": ["YES", "NO"]},
                    {"name": "summary", "value": "a, b = c\\d"},
                ]
            },
            "outputs": {
                "parameters": [{"name": "approve", "valueFrom": {"supplied": {}, "default": "NO"}}]
            },
        },
    ],
}


@pytest.fixture(params=["embedded", pytest.param("real", marks=_REAL)])
async def argo(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[ArgoLab]:
    """An Argo server, and a cluster to make workflows in; they are gone after the test."""
    embedded: EmbeddedCluster | None = None
    if request.param == "real":
        lab = real_lab()
    else:
        embedded = EmbeddedCluster(clock)
        await embedded.start()
        lab = Lab(embedded.url, embedded.directory.tokens, None, clock, embedded)
    async with argo_of(lab) as found:
        yield found
    await lab.close()
    if embedded is not None:
        await embedded.stop()


def _mine(argo: ArgoLab) -> Query:
    return Query(NAMESPACE, labels=f"{LABEL}={argo.lab.run}")


async def _names(argo: ArgoLab, expected: int, limit: int) -> list[str]:
    """Return the names of a list that is read page by page, as soon as it is complete."""
    backend = await argo.connect()

    async def read() -> list[str] | None:
        names: list[str] = []
        token = ""
        while True:
            page = await backend.cluster.list_metadata(
                _mine(argo), limit=limit, continue_token=token
            )
            names += [item.name for item in page.items if isinstance(item, Metadata)]
            assert page.cached
            token = page.continue_token
            if not token:
                return names if len(names) >= expected else None

    return await argo.until(read, "the list to be complete")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_a_list_has_each_workflow_once_in_pages_of_any_size(
    argo: ArgoLab, limit: int
) -> None:
    for stem in "abcde":
        await argo.lab.create(stem)
    names = await _names(argo, 5, limit)
    assert sorted(names) == [argo.lab.name(stem) for stem in "abcde"]


async def test_a_table_has_phases_and_times_without_nodes(argo: ArgoLab) -> None:
    status = {"phase": "Failed", "message": "why", "progress": "1/2"}
    await argo.lab.create("a", status={**status, "startedAt": "2026-01-05T10:00:00Z"})
    backend = await argo.connect()

    async def read() -> Any:
        rows, version = await backend.cluster.table(_mine(argo))
        return (rows[0], version) if rows else None

    row, version = await argo.until(read, "the row")
    assert (row.phase, row.message, row.progress) == ("Failed", "why", (1, 2))
    assert row.started is not None
    assert int(version) > 0


async def test_one_workflow_is_read_whole_and_by_its_name(argo: ArgoLab) -> None:
    made, gate = await argo.gate("a", GATE)
    backend = await argo.connect()
    name = made["metadata"]["name"]
    found = await backend.cluster.get_workflow(NAMESPACE, name)
    assert found.metadata.uid == made["metadata"]["uid"]
    assert found.nodes[gate["id"]].phase == "Running"
    page = await backend.cluster.list_workflows(Query(NAMESPACE, fields=f"metadata.name={name}"))
    (item,) = page.items
    assert isinstance(item, Workflow)
    assert gate["id"] in item.nodes
    document = await backend.cluster.get_raw_document(NAMESPACE, name)
    assert (document["kind"], document["apiVersion"]) == ("Workflow", "argoproj.io/v1alpha1")


async def test_what_is_not_there_or_not_allowed_is_said_so(argo: ArgoLab) -> None:
    made = await argo.lab.create("a")
    backend = await argo.connect()
    with pytest.raises(NotFoundError):
        await backend.cluster.get_workflow(NAMESPACE, argo.lab.name("none"))
    stranger = await argo.connect(token="no-such-token")
    with pytest.raises(UnauthorizedError):
        await stranger.cluster.get_workflow(NAMESPACE, made["metadata"]["name"])
    viewer = await argo.connect("viewer")
    reading = await viewer.workflows.read_workflow(NAMESPACE, made["metadata"]["name"])
    with pytest.raises(ForbiddenError, match="Not allowed"):
        await viewer.workflows.delete_workflow(reading)
    assert (await argo.lab.workflow("a"))["metadata"]["uid"] == made["metadata"]["uid"]


async def _collect(changes: AsyncIterator[Change], found: list[Change]) -> None:
    async for change in changes:
        found.append(change)


async def test_a_watch_begins_with_a_bookmark_and_sends_what_changes(argo: ArgoLab) -> None:
    made = await argo.lab.create("a")
    backend = await argo.connect()
    version = made["metadata"]["resourceVersion"]
    patch = asyncio.create_task(argo.lab.patch("a", {"metadata": {"labels": {"x": "y"}}}))
    found: list[Change] = []
    async with argo.lab.time():  # it ends by itself
        await _collect(backend.cluster.watch_metadata(_mine(argo), version), found)
    patched = (await patch).json
    assert (found[0].kind, found[0].resource_version) == ("BOOKMARK", version)
    (second,) = (change for change in found if change.kind != "BOOKMARK")
    assert (second.kind, second.resource_version) == (
        "MODIFIED",
        patched["metadata"]["resourceVersion"],
    )
    assert isinstance(second.object, Metadata)
    assert second.object.labels["x"] == "y"


async def test_a_watch_of_a_version_that_is_gone_asks_to_list_again(argo: ArgoLab) -> None:
    await argo.lab.create("a")
    backend = await argo.connect()
    with pytest.raises(GoneError):
        await _collect(backend.cluster.watch_workflows(Query(NAMESPACE), "1"), [])


async def test_a_watch_of_a_name_that_does_not_exist_is_quiet(argo: ArgoLab) -> None:
    backend = await argo.connect()
    version = (await backend.cluster.list_metadata(Query(NAMESPACE), limit=1)).resource_version
    query = Query(NAMESPACE, fields=f"metadata.name={argo.lab.name('none')}")
    found: list[Change] = []
    async with argo.lab.time():
        await _collect(backend.cluster.watch_workflows(query, version), found)
    assert {(change.kind, change.resource_version) for change in found} == {("BOOKMARK", version)}


async def test_a_gate_is_approved_with_values_by_one_set(argo: ArgoLab) -> None:
    made, gate = await argo.gate("a", GATE)
    backend = await argo.connect("approver")
    name = made["metadata"]["name"]
    selector = f"id={gate['id']},inputs.parameters.summary.value=a\\, b \\= c\\\\d"
    update = NodeUpdate(selector, "Succeeded", "ann: approved", {"approve": "YES"})
    written = await backend.gates.set_node(NAMESPACE, name, update)
    assert written.document["kind"] == "Workflow"
    node = (await backend.gates.read_gate(NAMESPACE, name)).document["status"]["nodes"][gate["id"]]
    assert (node["phase"], node["message"]) == ("Succeeded", "ann: approved")
    assert node["outputs"]["parameters"][0]["value"] == "YES"
    assert "finishedAt" in node
    with pytest.raises(ConflictError):  # it is closed
        await backend.gates.set_node(NAMESPACE, name, update)


@pytest.mark.parametrize(
    ("selector", "values", "error"),
    [
        ("id={id},inputs.parameters.summary.value=other", {"approve": "YES"}, ConflictError),
        ("id={id}-9", {"approve": "YES"}, ConflictError),
        ("id={id}", {"other": "YES"}, InvalidError),
        ("id={id}", {"approve": "YES", "other": "x"}, InvalidError),
    ],
)
async def test_a_set_that_does_not_fit_changes_nothing(
    argo: ArgoLab, selector: str, values: dict[str, str], error: type[Exception]
) -> None:
    made, gate = await argo.gate("a", GATE)
    backend = await argo.connect("approver")
    name = made["metadata"]["name"]
    update = NodeUpdate(selector.format(id=gate["id"]), "Succeeded", "x", values)
    with pytest.raises(error):
        await backend.gates.set_node(NAMESPACE, name, update)
    node = node_of(await argo.lab.workflow("a"), "gate")
    assert (node["phase"], node.get("message", "")) == ("Running", "")
    assert "value" not in node["outputs"]["parameters"][0]


async def test_only_who_may_update_sets_a_gate(argo: ArgoLab) -> None:
    made, gate = await argo.gate("a", GATE)
    backend = await argo.connect("viewer")
    update = NodeUpdate(f"id={gate['id']}", "Failed", "x")
    with pytest.raises(ForbiddenError):
        await backend.gates.set_node(NAMESPACE, made["metadata"]["name"], update)
    assert node_of(await argo.lab.workflow("a"), "gate")["phase"] == "Running"


async def test_a_workflow_is_suspended_stopped_and_deleted(argo: ArgoLab) -> None:
    made, _ = await argo.gate("a", GATE)
    name = made["metadata"]["name"]
    port = (await argo.connect()).workflows
    reading = await port.read_workflow(NAMESPACE, name)
    assert (await port.suspend(reading))["spec"]["suspend"] is True
    with pytest.raises(ConflictError):  # it is another version now
        await port.shut_down(reading, "Stop")
    with pytest.raises(UnavailableError, match="resume"):
        await port.lift_suspension(await port.read_workflow(NAMESPACE, name))
    await argo.lab.patch("a", {"spec": {"suspend": None}})

    async def stopped() -> Document | None:
        try:
            return await port.shut_down(await port.read_workflow(NAMESPACE, name), "Stop")
        except ConflictError:  # the controller wrote in between
            return None

    assert (await argo.until(stopped, "the stop"))["spec"]["shutdown"] == "Stop"
    await argo.lab.until_phase("a", "Failed")

    async def deleted() -> bool | None:
        try:
            await port.delete_workflow(await port.read_workflow(NAMESPACE, name))
        except ConflictError:
            return None
        return True

    assert await argo.until(deleted, "the deletion")
    with pytest.raises(NotFoundError):
        await port.read_workflow(NAMESPACE, name)


async def test_a_workflow_that_was_made_again_is_not_deleted(argo: ArgoLab) -> None:
    await argo.lab.create("a")
    port = (await argo.connect()).workflows
    name = argo.lab.name("a")
    reading = await port.read_workflow(NAMESPACE, name)
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows/{name}"
    await argo.lab.request("DELETE", path)
    again = await argo.lab.create("a")
    with pytest.raises(ConflictError):
        await port.delete_workflow(reading)
    assert (await argo.lab.workflow("a"))["metadata"]["uid"] == again["metadata"]["uid"]


async def test_a_workflow_is_resubmitted_and_retried(argo: ArgoLab) -> None:
    await argo.gate("a", GATE)
    port = (await argo.connect()).workflows
    name = argo.lab.name("a")
    new = await port.resubmit(await port.read_workflow(NAMESPACE, name), ResubmitOptions())
    labels = new["metadata"]["labels"]
    assert labels["workflows.argoproj.io/resubmitted-from-workflow"] == name
    assert labels[LABEL] == argo.lab.run
    assert new["metadata"]["uid"] != (await argo.lab.workflow("a"))["metadata"]["uid"]
    await argo.lab.patch("a", {"spec": {"shutdown": "Stop"}})
    await argo.lab.until_phase("a", "Failed")

    async def retried() -> Document | None:
        reading = await port.read_workflow(NAMESPACE, name)
        try:
            return await port.retry(reading, RetryOptions())
        except ConflictError:
            return None

    found = await argo.until(retried, "the retry")
    assert "shutdown" not in found["spec"]
    assert found["status"].get("phase", "") in ("", "Running")


async def test_a_submission_is_tried_out_and_an_unknown_field_refused(argo: ArgoLab) -> None:
    port = (await argo.connect()).workflows
    document: Document = {
        "metadata": {"name": argo.lab.name("a"), "labels": {LABEL: argo.lab.run}},
        "spec": {
            "entrypoint": "main",
            "templates": [
                {"name": "main", "container": {"image": IMAGE, "command": ["true"]}},
            ],
        },
    }
    tried = await port.submit(NAMESPACE, document, dry_run=True)
    assert tried["metadata"]["name"] == argo.lab.name("a")
    with pytest.raises(NotFoundError):
        await port.read_workflow(NAMESPACE, argo.lab.name("a"))
    wrong = {**document, "spec": {**document["spec"], "entrypiont": "main"}}
    with pytest.raises(InvalidError, match=r"spec\.entrypiont"):
        await port.submit(NAMESPACE, wrong)
    made = await port.submit(NAMESPACE, document)
    assert made["metadata"]["uid"]


async def test_a_template_is_written_only_as_it_was_read(argo: ArgoLab) -> None:
    objects = (await argo.connect()).objects
    name = argo.lab.name("template")
    spec = {"templates": [{"name": "main", "container": {"image": IMAGE, "command": ["true"]}}]}
    document: Document = {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}
    made = await objects.create(WORKFLOW_TEMPLATE, NAMESPACE, document)
    try:
        assert made["kind"] == "WorkflowTemplate"
        stale = await _read_template(argo, name, made["metadata"]["resourceVersion"])
        changed = await objects.merge(
            WORKFLOW_TEMPLATE, NAMESPACE, name, {"metadata": {"labels": {"x": "y"}}}
        )
        assert changed["metadata"]["labels"]["x"] == "y"
        with pytest.raises(ConflictError):
            await objects.replace(WORKFLOW_TEMPLATE, stale)
        await _read_template(argo, name, changed["metadata"]["resourceVersion"])
        listed = await objects.list_objects(WORKFLOW_TEMPLATE, NAMESPACE)
        assert name in {item["metadata"]["name"] for item in listed.items}
    finally:
        await objects.delete(WORKFLOW_TEMPLATE, NAMESPACE, name, Precondition())


async def _read_template(argo: ArgoLab, name: str, version: str) -> Document:
    """Return a template in one version: the server reads it from a cache."""
    objects = (await argo.connect()).objects

    async def read() -> Document | None:
        try:
            found = await objects.read(WORKFLOW_TEMPLATE, NAMESPACE, name)
        except NotFoundError:
            return None
        return found if found["metadata"]["resourceVersion"] == version else None

    return await argo.until(read, "the template in the server's cache")


async def test_the_events_of_a_workflow_are_listed(argo: ArgoLab) -> None:
    await argo.gate("a", GATE)
    cluster = (await argo.connect()).cluster

    async def read() -> Any:
        return await cluster.list_events(NAMESPACE, argo.lab.name("a"))

    events = await argo.until(read, "an event")
    assert {event.name for event in events} == {argo.lab.name("a")}


@pytest.mark.kubelet
async def test_a_log_is_read_to_its_end_in_the_pods_own_words(argo: ArgoLab) -> None:
    script = "echo one; echo 'two, \"three\" \\x'"
    container = {"image": IMAGE, "command": ["sh", "-c"], "args": [script]}
    await argo.lab.create(
        "a",
        {"entrypoint": "main", "templates": [{"name": "main", "container": container}]},
        inert=False,
    )
    await argo.lab.until_phase("a", "Succeeded")
    cluster = (await argo.connect()).cluster
    name = argo.lab.name("a")
    request = LogRequest(NAMESPACE, name, workflow=name, timestamps=False)
    lines: list[bytes] = []
    stream = cluster.stream_log(request)
    async with argo.lab.time():
        async for batch in stream:
            lines += batch
    assert lines[0] == b"one"
    assert lines[1].startswith(b'two, "three" ')
    missing = cluster.stream_log(LogRequest(NAMESPACE, f"{name}-none", workflow=name))
    assert [line async for batch in missing for line in batch] == []


async def test_the_server_says_what_it_is_and_who_one_is(argo: ArgoLab) -> None:
    backend = await argo.connect("approver")
    info = await backend.cluster.server_info()
    assert info.version.startswith("v")
    # The server reads names from JSON Web Tokens alone.
    named = argo.lab.token("approver").count(".") == 2
    assert bool((await backend.cluster.whoami()).user) is named
    access = await backend.doctor.access()
    assert access is not None
    assert access.startswith("auth mode client")
    assert (await backend.cluster.can("list", "workflows", namespace=NAMESPACE)).allowed
    with pytest.raises(UnavailableError):
        await backend.cluster.can("patch", "workflows", namespace=NAMESPACE)


async def test_a_closed_connection_ends_a_watch(argo: ArgoLab) -> None:
    backend = await argo.connect()
    changes = backend.cluster.watch_workflows(_mine(argo), "")
    async with aclosing(changes):  # type: ignore[type-var]
        await anext(changes)
    reader = asyncio.create_task(_collect(backend.cluster.watch_workflows(_mine(argo), ""), []))
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert reader.cancelled()
