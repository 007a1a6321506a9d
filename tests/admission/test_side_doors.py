"""The objects that the controller takes its word from: each request with the policies and without.

All of them are dry runs; what comes of the open doors is in test_life.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.admission.conftest import Pair
from tests.admission.namespaces import DEVELOPER, MEMOIZE, Site, gate, refusal
from tests.contract.lab import JSON_PATCH, MERGE_PATCH, Answer, Document

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

Act = Callable[[Site], Awaitable[Answer]]
WORKFLOW = "workflows.argoproj.io/workflow"
NODE_ID = "workflows.argoproj.io/node-id"
NODE_NAME = "workflows.argoproj.io/node-name"
MEMOIZED = gate("gate", memoize=MEMOIZE)


class Case(NamedTuple):
    """A request to one of the policies; `rule` is empty where it is permitted."""

    name: str
    policy: str
    act: Act
    rule: str = ""


def argo(kind: str, name: str, **parts: Any) -> Document:
    meta = {"name": name, **parts.pop("metadata", {})}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": meta, **parts}


def creates(plural: str, body: Callable[[Site], Document], user: str = "developer") -> Act:
    async def act(site: Site) -> Answer:
        return await site.send("POST", site.path(plural), body(site), user=user)

    return act


def http_name(site: Site) -> str:
    return str(site.workflows["http"]["metadata"]["name"])


def report(display: str, user: str = "sa:default") -> Act:
    """Return a report on a node in the status of the controller's own task set."""

    async def act(site: Site) -> Answer:
        workflow = await site.read("http")
        nodes = workflow["status"]["nodes"]
        node_id = next(i for i, node in nodes.items() if node["displayName"] == display)
        path = site.path("workflowtasksets", http_name(site), "status")
        body = {"status": {"nodes": {node_id: {"phase": "Succeeded"}}}}
        return await site.send("PATCH", path, body, user=user, content_type=MERGE_PATCH)

    return act


async def add_task(site: Site) -> Answer:
    body = {"spec": {"tasks": {site.gate_id("http", "gate-a"): gate("gate-a")}}}
    path = site.path("workflowtasksets", http_name(site))
    return await site.send("PATCH", path, body, user="developer", content_type=MERGE_PATCH)


def _task_sets() -> Iterator[Case]:
    kind = "tasksets"
    made = creates("workflowtasksets", lambda s: argo("WorkflowTaskSet", "made-up", spec={}))
    yield Case("made-up-set", kind, made, "task-list")
    yield Case("gate-as-task", kind, add_task, "task-list")
    yield Case("gate-reported", kind, report("gate-a"), "task-report")
    yield Case("gate-reported-by-developer", kind, report("gate-a", "developer"), "task-report")
    yield Case("own-task-reported", kind, report("ask"))


def result_of(display: str, user: str, name: str = "") -> Act:
    """Return a task result for a node of the mixed workflow."""

    async def act(site: Site) -> Answer:
        workflow = site.workflows["mixed"]
        nodes = workflow["status"]["nodes"]
        node_id = name or next(i for i, n in nodes.items() if n["displayName"] == display)
        outputs = {"parameters": [{"name": "verdict", "value": "FORGED"}]}
        path = site.path("workflowtaskresults", node_id)
        if (await site.send("GET", path, dry_run=False)).status == 200:
            body: Document = {"outputs": outputs}
            return await site.send("PATCH", path, body, user=user, content_type=MERGE_PATCH)
        labels = {WORKFLOW: workflow["metadata"]["name"]}
        body = argo("WorkflowTaskResult", node_id, metadata={"labels": labels}, outputs=outputs)
        return await site.send("POST", site.path("workflowtaskresults"), body, user=user)

    return act


def _task_results() -> Iterator[Case]:
    kind = "taskresults"
    for user in ("developer", "unbound", "pod", "admin"):
        yield Case(f"gate-by-{user}", kind, result_of("gate-a", user), "own-result")
    yield Case("another-name", kind, result_of("", "pod", "elsewhere-1"), "own-result")
    yield Case("build-by-developer", kind, result_of("build", "developer"), "own-result")
    yield Case("own-node", kind, result_of("build", "pod"))


def pod(site: Site, name: str, node: str = "", **parts: Any) -> Document:
    """Return a pod like the controller's, of the mixed workflow unless said otherwise."""
    workflow = parts.get("workflow") or site.workflows["mixed"]["metadata"]["name"]
    owner = parts.get("owner") or workflow
    notes = {NODE_ID: node} if node else {}
    notes |= parts.get("notes") or {}
    reference = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "name": owner,
        "uid": "x",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": {WORKFLOW: workflow},
            "annotations": notes,
            "ownerReferences": [reference],
        },
        "spec": {
            "containers": [{"name": "main", "image": "none.invalid/none"}],
            **({"serviceAccountName": parts["account"]} if "account" in parts else {}),
        },
    }


def mixed(site: Site) -> str:
    return str(site.workflows["mixed"]["metadata"]["name"])


def makes(body: Callable[[Site], Document]) -> Act:
    """Return a pod made by the controller, on the word of a template."""
    return creates("pods", body, "controller")


def changes(*operations: Document, user: str = "developer", subresource: str = "") -> Act:
    async def act(site: Site) -> Answer:
        name = site.workflows["pod"]["metadata"]["name"]
        path = site.path("pods", name, *([subresource] if subresource else []))
        return await site.send("PATCH", path, operations, user=user, content_type=JSON_PATCH)

    return act


def replace(*path: str, value: Any) -> Document:
    keys = "/".join(part.replace("/", "~1") for part in path)
    return {"op": "replace", "path": f"/metadata/{keys}", "value": value}


def _pods() -> Iterator[Case]:
    kind = "pods"
    to_gate = replace("annotations", NODE_ID, value="mixed-1")
    yield Case(
        "forged",
        kind,
        creates("pods", lambda s: pod(s, "forged", s.gate_id("mixed", "gate-a"))),
        "forged-pod",
    )
    yield Case(
        "forged-by-admin",
        kind,
        creates("pods", lambda s: pod(s, "forged", s.gate_id("mixed", "gate-a")), "admin"),
        "forged-pod",
    )
    yield Case("another-node", kind, changes(to_gate), "pod-identity")
    yield Case(
        "another-node-by-status", kind, changes(to_gate, subresource="status"), "pod-identity"
    )
    yield Case("another-node-by-admin", kind, changes(to_gate, user="admin"), "pod-identity")
    yield Case(
        "another-workflow", kind, changes(replace("labels", WORKFLOW, value="x")), "pod-identity"
    )
    yield Case(
        "another-node-name",
        kind,
        changes(replace("annotations", NODE_NAME, value="x")),
        "pod-identity",
    )
    yield Case("orphaned", kind, changes(replace("ownerReferences", value=[])), "pod-identity")
    yield Case(
        "gate-of-another-workflow",
        kind,
        makes(lambda s: pod(s, "thief-step-7", s.gate_id("mixed", "gate-a"), owner="thief")),
        "borrowed-node",
    )
    yield Case(
        "gate-of-its-own-workflow",
        kind,
        makes(lambda s: pod(s, f"{mixed(s)}-build-7", s.gate_id("mixed", "gate-a"))),
        "borrowed-node",
    )
    yield Case(
        "gate-by-node-name",
        kind,
        makes(lambda s: pod(s, "x-7", notes={NODE_NAME: f"{mixed(s)}.gate-a"})),
        "borrowed-node",
    )
    yield Case(
        "as-the-controller",
        kind,
        makes(lambda s: pod(s, f"{mixed(s)}-build-7", f"{mixed(s)}-7", account="argo")),
        "controllers-account",
    )
    yield Case("own-node", kind, makes(lambda s: pod(s, f"{mixed(s)}-build-7", f"{mixed(s)}-7")))
    yield Case("old-name", kind, makes(lambda s: pod(s, f"{mixed(s)}-7", f"{mixed(s)}-7")))
    yield Case("only-node", kind, makes(lambda s: pod(s, mixed(s), mixed(s))))
    yield Case("agent", kind, makes(lambda s: pod(s, f"{mixed(s)}-7-agent")))
    yield Case(
        "other-label", kind, changes({"op": "add", "path": "/metadata/labels/x", "value": "y"})
    )
    yield Case("no-workflow's", kind, creates("pods", lambda s: _plain(pod(s, "plain"))))


def _plain(document: Document) -> Document:
    document["metadata"] = {"name": document["metadata"]["name"]}
    return document


def cron(creator: str | None, template: Document | None = None) -> Callable[[Site], Document]:
    notes = {"annotations": {"argotui.io/creator": creator}} if creator else {}
    spec = {
        "schedules": ["0 0 1 1 *"],
        "suspend": True,
        "workflowMetadata": notes,
        "workflowSpec": {"entrypoint": "gate", "templates": [template or gate("gate")]},
    }
    return lambda site: argo("CronWorkflow", "yearly", spec=spec)


def template(gate_: Document) -> Callable[[Site], Document]:
    spec = {"entrypoint": "gate", "templates": [gate_]}
    return lambda site: argo("WorkflowTemplate", "offered", spec=spec)


def _templates() -> Iterator[Case]:
    kind = "cronworkflows"
    yield Case("in-another's-name", kind, creates(kind, cron("eve@example.com")), "cron-creator")
    yield Case("in-nobody's-name", kind, creates(kind, cron(None)), "cron-creator")
    yield Case("memoized", kind, creates(kind, cron(DEVELOPER, MEMOIZED)), "memoized-gate")
    yield Case("in-own-name", kind, creates(kind, cron(DEVELOPER)))
    kind, plural = "templates", "workflowtemplates"
    yield Case("memoized", kind, creates(plural, template(MEMOIZED)), "memoized-gate")
    yield Case("not-memoized", kind, creates(plural, template(gate("gate"))))


def action(name: str, **parts: Any) -> Callable[[Site], Document]:
    def made(site: Site) -> Document:
        spec = {"workflowRef": {"name": site.workflows["mixed"]["metadata"]["name"]}, **parts}
        return argo("WorkflowAction", "acts", spec={"action": name, **spec})

    return made


def on_action(body: Document, *subresource: str) -> Act:
    async def act(site: Site) -> Answer:
        path = site.path("workflowactions", "waits", *subresource)
        return await site.send("PATCH", path, body, user="developer", content_type=MERGE_PATCH)

    return act


def _actions() -> Iterator[Case]:
    kind, plural, rule = "actions", "workflowactions", "gate-action"
    one = {"nodeFieldSelector": "displayName=gate-a"}
    resume = {**one, "outputParameters": {"approve": "YES"}}
    yield Case("resume", kind, creates(plural, action("Resume")), rule)
    yield Case("open-one-gate", kind, creates(plural, action("Resume", resume=resume)), rule)
    yield Case("fail-one-gate", kind, creates(plural, action("Stop", stop=one)), rule)
    by_approver = creates(plural, action("Resume", resume=resume), "approver")
    yield Case("by-an-approver", kind, by_approver, rule)
    yield Case("made-a-resume", kind, on_action({"spec": {"action": "Resume"}}), rule)
    yield Case("made-a-stop", kind, on_action({"spec": {"action": "Stop", "stop": one}}), rule)
    done = {"status": {"phase": "Succeeded"}}
    yield Case("outcome", kind, on_action(done, "status"), "action-status")
    for name in ("Suspend", "Stop", "Terminate"):
        yield Case(name.lower(), kind, creates(plural, action(name)))
    yield Case("stop-with-a-message", kind, creates(plural, action("Stop", stop={"message": "x"})))
    yield Case("labelled", kind, on_action({"metadata": {"labels": {"example.com/x": "y"}}}))


CASES = [*_task_sets(), *_task_results(), *_pods(), *_actions(), *_templates()]
FORBIDDEN = [case for case in CASES if case.rule]
PERMITTED = [case for case in CASES if not case.rule]


def _id(case: Case) -> str:
    return f"{case.policy}-{case.name}"


@pytest.mark.parametrize("case", FORBIDDEN, ids=_id)
async def test_shut_by_its_rule_and_open_without_it(pair: Pair, case: Case) -> None:
    assert pair.guarded.guard
    answer = await case.act(pair.guarded)
    told = refusal(answer)
    assert told is not None, answer.text
    expected = (f"{pair.guarded.guard.parameters.name}-{case.policy}", case.rule)
    assert (told.policy, told.rule) == expected, told.words
    without = await case.act(pair.open)
    assert without.status in (200, 201), without.text


@pytest.mark.parametrize("case", PERMITTED, ids=_id)
async def test_open_for_what_it_is_for(pair: Pair, case: Case) -> None:
    answer = await case.act(pair.guarded)
    assert answer.status in (200, 201), answer.text


async def test_who_changes_a_cron_workflow_is_its_creator(pair: Pair) -> None:
    site = pair.guarded
    await site.make("cronworkflows", cron(DEVELOPER)(site), user="developer")
    path = site.path("cronworkflows", "yearly")

    async def patch(body: Document) -> Answer:
        return await site.send("PATCH", path, body, content_type=MERGE_PATCH)

    assert (await patch({"metadata": {"labels": {"example.com/x": "y"}}})).status == 200
    told = refusal(await patch({"spec": {"suspend": False}}))
    assert told
    assert told.rule == "cron-creator"
