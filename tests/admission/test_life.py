"""What really happens: gates opened through each side door, and not where the policies are."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from argotui.backend.kube.admission import KubeAdmission
from argotui.backend.kube.cluster import open_cluster
from argotui.operations.admission.checking import BypassState as DoorState
from argotui.operations.admission.checking import check
from argotui.operations.admission.enforcement import (
    EnforcementState,
    installed_sets,
)
from tests.admission.conftest import Pair
from tests.admission.enforcement import enforcement_of
from tests.admission.namespaces import (
    APPROVER,
    CONTROLLER,
    DEVELOPER,
    MEMOIZE,
    MIXED,
    SUPPLIED,
    Site,
    container,
    dag,
    gate,
    refusal,
    task,
)
from tests.contract.lab import MERGE_PATCH, Answer, Document
from tests.support import until_answer

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

ONE_GATE: Document = {"entrypoint": "gate", "templates": [gate("gate")]}


def _gate_of(workflow: Document) -> Document:
    nodes: list[Document] = list(workflow["status"]["nodes"].values())
    return next(node for node in nodes if node["type"] == "Suspend")


async def _ended(site: Site, name: str) -> Document:
    async def ended() -> bool:
        workflow = site.workflows[name] = await site.read(name)
        return (workflow.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Error")

    await until_answer(ended, f"{name} in {site.namespace} to end")
    return site.workflows[name]


def _thief(victim: Document) -> Document:
    """Return a workflow whose pod says that it is another workflow's gate."""
    marks = {
        "labels": {"workflows.argoproj.io/workflow": victim["metadata"]["name"]},
        "annotations": {"workflows.argoproj.io/node-id": _gate_of(victim)["id"]},
    }
    return {"entrypoint": "step", "templates": [container("step", metadata=marks)]}


async def _rob(site: Site) -> Document:
    name = f"victim-{site.lab.run}"
    await site.submit("victim", ONE_GATE, approvers="group:approvers")
    await site.until_node("victim", name, "Running")
    await site.submit("thief", _thief(site.workflows["victim"]))
    return site.workflows["victim"]


async def test_a_templates_metadata_opens_a_gate_of_another_workflow(pair: Pair) -> None:
    await asyncio.gather(_rob(pair.open), _rob(pair.guarded))
    robbed = await _ended(pair.open, "victim")
    assert _gate_of(robbed)["phase"] == "Succeeded"

    failed = await _ended(pair.guarded, "thief")
    said = json.dumps(failed["status"])
    assert "a pod belongs to the workflow that owns it" in said
    assert _gate_of(await pair.guarded.read("victim"))["phase"] == "Running"


async def _report(site: Site) -> int:
    """Report a gate as a finished task, as any pod of the namespace could."""
    name = f"reported-{site.lab.run}"
    spec = {
        "entrypoint": "main",
        "templates": [
            dag("main", task("gate-a"), task("ask")),
            gate("gate-a", **SUPPLIED),
            {"name": "ask", "http": {"url": "http://192.0.2.1", "timeoutSeconds": 600}},
        ],
    }
    await site.submit("reported", spec, approvers="group:approvers")
    await site.until_node("reported", "gate-a", "Running")
    path = site.path("workflowtasksets", name)

    async def there() -> bool:
        return (await site.send("GET", path, dry_run=False)).status == 200

    await until_answer(there, "the controller's task set")
    body = {"status": {"nodes": {site.gate_id("reported", "gate-a"): {"phase": "Succeeded"}}}}
    answer = await site.send(
        "PATCH",
        f"{path}/status",
        body,
        user="sa:default",
        dry_run=False,
        content_type=MERGE_PATCH,
    )
    return answer.status


async def test_a_task_report_opens_a_gate(pair: Pair) -> None:
    answers = await asyncio.gather(_report(pair.open), _report(pair.guarded))
    assert list(answers) == [200, 403]
    await pair.open.until_node("reported", "gate-a", "Succeeded")
    assert _gate_of(await pair.guarded.read("reported"))["phase"] == "Running"


async def test_a_cache_opens_a_memoized_gate(pair: Pair) -> None:
    site, name = pair.open, f"adm-cache-{pair.namespaces.lab.run}"
    entry = {"nodeID": "x", "outputs": {}, "creationTimestamp": "2026-01-05T12:00:00Z"}
    marks = {"workflows.argoproj.io/configmap-type": "Cache"}
    cache = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": marks},
        "data": {"key": json.dumps({**entry, "lastHitTimestamp": entry["creationTimestamp"]})},
    }
    # Argo looks for the cache where the controller is, not where the workflow is.
    home = CONTROLLER.split(":")[2]
    path = f"/api/v1/namespaces/{home}/configmaps"
    made = await site.lab.request("POST", path, cache)
    assert made.status == 201, made.text
    try:
        cached = {"configMap": {"name": name, "key": "key"}}
        memoize = {**MEMOIZE, "key": "key", "maxAge": "1000000h", "cache": cached}
        spec = {"entrypoint": "gate", "templates": [gate("gate", memoize=memoize)]}
        await site.submit("memoized", spec, approvers="group:approvers")
        assert (await _ended(site, "memoized"))["status"]["phase"] == "Succeeded"
    finally:
        await site.lab.request("DELETE", f"{path}/{name}")


async def test_no_pod_runs_as_the_controller(pair: Pair) -> None:
    spec = {
        "entrypoint": "step",
        "serviceAccountName": "argo",
        "templates": [container("step")],
    }
    await pair.guarded.submit("impostor", spec)
    failed = await _ended(pair.guarded, "impostor")
    assert "no workflow runs as the controller's service account" in json.dumps(failed["status"])


async def test_the_largest_workflow_can_be_judged(pair: Pair) -> None:
    site, name = pair.guarded, f"large-{pair.namespaces.lab.run}"
    done = {"type": "Pod", "phase": "Succeeded", "templateName": "x", "message": "x" * 150}
    nodes: dict[str, Document] = {
        f"{name}-{n}": {"id": f"{name}-{n}", "name": f"{name}.{n}", **done} for n in range(5000)
    }
    waits = {"type": "Suspend", "phase": "Running", "templateName": "gate", "displayName": "gate"}
    nodes[f"{name}-g"] = {"id": f"{name}-g", "name": f"{name}.gate", **waits}
    notes = {"argotui.io/creator": DEVELOPER, "argotui.io/approvers": "group:approvers"}
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "annotations": notes,
            # No controller acts on it.
            "labels": {"workflows.argoproj.io/completed": "true"},
        },
        "spec": ONE_GATE,
        "status": {"phase": "Running", "nodes": nodes},
    }
    site.workflows["large"] = await site.make("workflows", document, user="controller")

    async def decide(user: str, who: str) -> Answer:
        at = f"/status/nodes/{name}-g"
        operations = [
            {"op": "replace", "path": f"{at}/phase", "value": "Succeeded"},
            {"op": "add", "path": f"{at}/message", "value": f"{who}: approved"},
        ]
        return await site.patch(user, "large", operations)

    assert (await decide("approver", APPROVER)).status == 200
    told = refusal(await decide("quinn", "quinn@example.com"))
    assert told
    assert told.rule == "approvers"


async def test_stopping_is_open_to_all_and_opens_nothing(pair: Pair) -> None:
    site = pair.guarded
    await site.submit("stopped", MIXED, approvers="group:approvers")
    await site.until_node("stopped", "gate-a", "Running")
    stop = {"spec": {"shutdown": "Stop"}}
    assert (await site.patch("developer", "stopped", stop, dry_run=False)).status == 200
    workflow = await _ended(site, "stopped")
    phases = {node["displayName"]: node["phase"] for node in workflow["status"]["nodes"].values()}
    assert phases["gate-a"] == phases["gate-b"] == "Failed"
    assert phases.get("after") in (None, "Omitted", "Skipped", "Failed", "Error")
    on = {"spec": {"shutdown": None}}
    assert (await site.patch("developer", "stopped", on)).status == 403
    retried = [
        {"op": "replace", "path": "/status/phase", "value": "Running"},
        {"op": "remove", "path": "/metadata/labels/workflows.argoproj.io~1completed"},
    ]
    assert (await site.patch("approver", "stopped", retried)).status == 403


class Run(NamedTuple):
    code: int
    out: str
    err: str


async def _argotui(user: str, home: Path, *arguments: str) -> Run:
    config = home / "config.toml"
    config.write_text(f'[gates]\naudit_log = "{home / "audit.jsonl"}"\n')
    kubeconfig = Path(os.environ["KUBECONFIG"])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "argotui",
        "--config",
        str(config),
        "--kubeconfig",
        str(kubeconfig.with_name(f"{user}.kubeconfig")),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, out.decode(), err.decode())


async def test_argotui_decides_for_the_entitled_and_tells_the_others(
    pair: Pair, tmp_path: Path
) -> None:
    site = pair.guarded
    await site.submit("release", MIXED, approvers="group:approvers")
    await site.until_node("release", "gate-a", "Running")
    await site.until_node("release", "gate-b", "Running")
    name = f"{site.namespace}/{site.workflows['release']['metadata']['name']}"
    decision = ("--reason", "seen", "--yes")

    creator = await _argotui(
        "developer", tmp_path, "approve", f"{name}/gate-a", "--set", "verdict=GO", *decision
    )
    assert creator.code == 4, creator
    assert "not permitted" in creator.out
    other = await _argotui("approver", tmp_path, "approve", f"{name}/gate-b", *decision)
    assert other.code == 4, other
    assert f"{APPROVER} may not decide" in other.out
    assert "group:qa" in other.out
    denied = await _argotui("approver", tmp_path, "deny", f"{name}/gate-b", *decision)
    assert denied.code == 4, denied
    viewer = await _argotui("viewer", tmp_path, "deny", f"{name}/gate-a", *decision)
    assert viewer.code == 4, viewer

    entitled = await _argotui(
        "approver", tmp_path, "approve", f"{name}/gate-a", "--set", "verdict=GO", *decision
    )
    assert entitled.code == 0, entitled
    node = await site.until_node("release", "gate-a", "Succeeded")
    assert node["message"].startswith(f"{APPROVER}: approved: seen")
    assert node["outputs"]["parameters"] == [{"name": "verdict", "value": "GO"}]
    await site.until_node("release", "after", "Succeeded")
    workflow = await site.read("release")
    assert workflow["metadata"]["annotations"]["audit.argotui.io/head"]

    await site.submit("refused", MIXED, approvers="group:approvers")
    await site.until_node("refused", "gate-a", "Running")
    name = f"{site.namespace}/{site.workflows['refused']['metadata']['name']}"
    denied = await _argotui("approver", tmp_path, "deny", f"{name}/gate-a", *decision)
    assert denied.code == 0, denied
    await site.until_node("refused", "gate-a", "Failed")


async def test_doors_are_found_shut_where_the_policies_are_and_open_where_not(pair: Pair) -> None:
    report = await check(pair.namespaces.port, pair.guarded.namespace)
    assert report.sound, [finding for finding in report.findings if finding.state is DoorState.OPEN]
    unprobed = {f.bypass.id for f in report.findings if f.state is DoorState.UNPROBED}
    assert unprobed <= {"unlisted-approver"}, unprobed
    without = await check(pair.namespaces.port, pair.open.namespace)
    assert not without.sound
    assert without.count(DoorState.SHUT) == 0
    open_ = {f.bypass.id for f in without.findings if f.state is DoorState.OPEN}
    known = {f.bypass.id for f in report.findings if f.state is DoorState.SHUT}
    assert known - open_ <= {"your-decision", "controllers-account"}


async def test_what_each_person_can_tell_of_the_enforcement(pair: Pair) -> None:
    kubeconfig = Path(os.environ["KUBECONFIG"])
    for user, known in (("admin", True), ("approver", True), ("viewer", False)):
        cluster = await open_cluster(kubeconfig=str(kubeconfig.with_name(f"{user}.kubeconfig")))
        try:
            port = KubeAdmission(cluster)
            found = []
            for site in (pair.guarded, pair.open):
                name = site.workflows["mixed"]["metadata"]["name"]
                workflow = await cluster.get_workflow(site.namespace, name)
                node_id = site.gate_id("mixed", "gate-b")
                found.append(
                    await enforcement_of(port, site.namespace, workflow=workflow, node_id=node_id)
                )
        finally:
            await cluster.close()
        guarded, unguarded = found
        if not known:
            assert guarded.state is unguarded.state is EnforcementState.UNKNOWN
            continue
        assert (guarded.state, unguarded.state) == (
            EnforcementState.ENFORCED,
            EnforcementState.ADVISORY,
        )
        assert guarded.approvers == ("group:qa", "user:dave@example.com")


async def test_the_set_is_as_it_was_made(pair: Pair) -> None:
    made = pair.guarded.guard
    assert made
    sets = {one.name: one for one in await installed_sets(pair.namespaces.port)}
    own = sets[made.parameters.name]
    assert own.problems == ()
    assert own.parameters == made.parameters
    assert own.revision == made.revision
