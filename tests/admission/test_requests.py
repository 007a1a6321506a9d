"""What may be written into a Workflow, by whom: each request with the policies and without.

A forbidden request is refused by its own rule where the policies are, and accepted where they are
not: the people of these namespaces have the rights for it. All of them are dry runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest

from argotui.model.gates.patch import pointer
from tests.admission.conftest import Pair
from tests.admission.namespaces import APPROVER, DEVELOPER, MEMOIZE, RELEASE, Site, gate, refusal
from tests.contract.lab import Answer, Document

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

Act = Callable[[Site], Awaitable[Answer]]
SOMEBODY = "somebody@example.com"


class Case(NamedTuple):
    """A request; `rule` is the one that refuses it, empty where it is permitted."""

    name: str
    act: Act
    rule: str = ""


def put(*path: str, value: Any) -> Document:
    return {"op": "add", "path": pointer(*path), "value": value}


def on(workflow: str, *operations: Any, user: str = "approver", display: str = "gate-a") -> Act:
    """Return a JSON Patch of a workflow; an operation may be (field, value) of a gate's node."""

    async def act(site: Site) -> Answer:
        made = [
            put("status", "nodes", site.gate_id(workflow, display), one[0], value=one[1])
            if isinstance(one, tuple)
            else one
            for one in operations
        ]
        return await site.patch(user, workflow, made)

    return act


def decides(
    workflow: str, display: str, user: str, who: str, phase: str = "Succeeded", *more: Any
) -> Act:
    """Return a decision as argotui writes it, without its tests."""
    message = ("message", f"{who}: approved")
    done = ("finishedAt", "2026-01-05T12:00:00Z")
    return on(workflow, ("phase", phase), message, done, *more, user=user, display=display)


def filled(**more: Any) -> Any:
    return ("outputs", {"parameters": [{"name": "verdict", "value": "GO"} | more]})


def merges(workflow: str, patch: Document, user: str = "approver") -> Act:
    async def act(site: Site) -> Answer:
        return await site.patch(user, workflow, patch)

    return act


def noted(key: str, value: str | None, user: str = "approver", field: str = "annotations") -> Act:
    return merges("mixed", {"metadata": {field: {key: value}}}, user)


def submits(creator: str | None, *, user: str = "developer", spec: Any = None, **parts: Any) -> Act:
    async def act(site: Site) -> Answer:
        notes = {"argotui.io/creator": creator} if creator else {}
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": "submitted", "annotations": notes},
            "spec": spec or {"entrypoint": "gate", "templates": [gate("gate")]},
            **parts,
        }
        return await site.send("POST", site.path("workflows"), document, user=user)

    return act


def replaces(change: Callable[[Site, Document], None], user: str = "approver") -> Act:
    """Return a PUT of a changed workflow."""

    async def act(site: Site) -> Answer:
        document = await site.read("mixed")
        change(site, document)
        path = site.path("workflows", document["metadata"]["name"])
        return await site.send("PUT", path, document, user=user)

    return act


def applies(user: str = "approver") -> Act:
    async def act(site: Site) -> Answer:
        name = site.workflows["mixed"]["metadata"]["name"]
        node_id = site.gate_id("mixed", "gate-b")
        node = site.workflows["mixed"]["status"]["nodes"][node_id]
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name},
            "status": {"nodes": {node_id: {**node, "phase": "Succeeded"}}},
        }
        return await site.send(
            "PATCH",
            site.path("workflows", name),
            document,
            user=user,
            content_type="application/apply-patch+yaml",
            params={"fieldManager": "attack", "force": "true"},
        )

    return act


def _approve_b(site: Site, document: Document) -> None:
    node = document["status"]["nodes"][site.gate_id("mixed", "gate-b")]
    node.update(phase="Succeeded", message=f"{APPROVER}: approved")


def _approve_a(site: Site, document: Document) -> None:
    node = document["status"]["nodes"][site.gate_id("mixed", "gate-a")]
    node.update(phase="Succeeded", message=f"{APPROVER}: approved")


def _drop_status(site: Site, document: Document) -> None:
    del document["status"]


def _pack(site: Site, document: Document) -> None:
    document["status"]["nodes"] = {}
    document["status"]["compressedNodes"] = "H4sIAAAAAAAA"


def _build(site: Site, document: Document) -> None:
    for node in document["status"]["nodes"].values():
        if node["displayName"] == "build":
            node["outputs"] = {"result": "forged"}


def _root(site: Site, document: Document) -> None:
    document["status"]["nodes"][document["metadata"]["name"]]["phase"] = "Succeeded"


def _remove_gate(site: Site, document: Document) -> None:
    del document["status"]["nodes"][site.gate_id("mixed", "gate-b")]


def _before_its_turn(site: Site, document: Document) -> None:
    name = document["metadata"]["name"]
    made = {"id": f"{name}-1", "name": f"{name}.after", "displayName": "after", "type": "Suspend"}
    document["status"]["nodes"][f"{name}-1"] = {**made, "phase": "Succeeded"}


def _no_outputs(site: Site, document: Document) -> None:
    del document["status"]["nodes"][site.gate_id("mixed", "gate-a")]["outputs"]


def _both(site: Site, document: Document) -> None:
    _approve_a(site, document)
    _approve_b(site, document)


def _duration(site: Site, document: Document) -> None:
    for template in document["spec"]["templates"]:
        if "suspend" in template:
            template["suspend"]["duration"] = "1s"


def _deciding() -> Iterator[Case]:
    yield Case(
        "not-this-gates-approver", decides("mixed", "gate-b", "approver", APPROVER), "approvers"
    )
    yield Case(
        "the-gate's-own-list-only",
        decides("mixed", "gate-a", "quinn", "quinn@example.com"),
        "approvers",
    )
    yield Case("creator", decides("mixed", "gate-a", "developer", DEVELOPER), "separation")
    yield Case("master-of-the-cluster", decides("mixed", "gate-a", "admin", "admin"), "approvers")
    yield Case(
        "both-gates-at-once",
        replaces(_both),
        "approvers",
    )
    yield Case("by-put", replaces(_approve_b), "approvers")
    yield Case("by-apply", applies(), "approvers")
    yield Case("outputs-alone", on("mixed", filled(), user="quinn"), "approvers")
    yield Case(
        "old-workflow",
        on("old", ("phase", "Succeeded"), ("message", f"{APPROVER}: ok"), display="*"),
        "separation",
    )
    for name in ("made", "nested", "cluster-made", "cluster-nested"):
        yield Case(
            f"{name}-by-qa", decides(name, "gate", "quinn", "quinn@example.com"), "approvers"
        )
    for name in ("called", "cluster-called"):
        yield Case(
            f"{name}-by-qa", decides(name, "call", "quinn", "quinn@example.com"), "approvers"
        )
    yield Case("inline-names-nobody", decides("inline", "in", "approver", APPROVER), "approvers")
    yield Case("resume-by-others", merges("held", {"spec": {"suspend": None}}, "quinn"), "resume")
    yield Case(
        "resume-by-creator", merges("held", {"spec": {"suspend": None}}, "developer"), "separation"
    )


def _node() -> Iterator[Case]:
    for phase in ("Skipped", "Omitted", "Error"):
        yield Case(
            f"phase-{phase}", decides("mixed", "gate-a", "approver", APPROVER, phase), "open-gate"
        )
    yield Case("retype", on("mixed", ("type", "Pod"), display="gate-b"), "open-gate")
    yield Case(
        "swap-template", on("mixed", ("templateName", "gate-a"), display="gate-b"), "open-gate"
    )
    yield Case(
        "swap-template-and-decide",
        decides("mixed", "gate-b", "approver", APPROVER, "Succeeded", ("templateName", "gate-a")),
        "open-gate",
    )
    yield Case(
        "change-inputs",
        on("mixed", ("inputs", {"parameters": [{"name": "x", "value": "1"}]})),
        "open-gate",
    )
    yield Case("other-node", replaces(_build), "open-gate")
    yield Case("root-node", replaces(_root), "open-gate")
    yield Case("remove-gate", replaces(_remove_gate), "node-set")
    yield Case("before-its-turn", replaces(_before_its_turn), "node-set")
    yield Case(
        "other-output",
        on("mixed", ("outputs", {"parameters": [{"name": "x", "value": "1"}]})),
        "outputs",
    )
    yield Case(
        "artifact",
        on(
            "mixed",
            (
                "outputs",
                {
                    "parameters": [{"name": "verdict", "valueFrom": {"supplied": {}}}],
                    "artifacts": [{"name": "a"}],
                },
            ),
        ),
        "outputs",
    )
    yield Case("no-outputs", replaces(_no_outputs), "outputs")
    yield Case("output-and-global-name", on("mixed", filled(globalName="g")), "outputs")
    yield Case("output-and-source", on("mixed", filled(valueFrom={"supplied": {}})), "outputs")
    yield Case("output-of-gate-without", on("mixed", filled(), display="gate-b"), "outputs")
    yield Case(
        "forged-message",
        on("mixed", ("phase", "Succeeded"), ("message", f"{SOMEBODY}: approved")),
        "message",
    )
    yield Case("name-as-prefix", on("mixed", ("message", f"{APPROVER}.evil: approved")), "message")


def _sealed() -> Iterator[Case]:
    yield Case("workflow-phase", merges("mixed", {"status": {"phase": "Succeeded"}}), "status")
    yield Case("drop-status", replaces(_drop_status), "status")
    yield Case("pack-nodes", replaces(_pack), "status")
    yield Case("packed-beside", merges("mixed", {"status": {"compressedNodes": "H4sI"}}), "status")
    yield Case(
        "offloaded", merges("mixed", {"status": {"offloadNodeStatusVersion": "x"}}), "status"
    )
    yield Case(
        "stored-templates", merges("nested", {"status": {"storedTemplates": None}}), "status"
    )
    yield Case(
        "stored-spec",
        merges("made", {"status": {"storedWorkflowTemplateSpec": RELEASE}}),
        "status",
    )
    yield Case("quick-expiry", replaces(_duration), "spec")
    yield Case("service-account", merges("mixed", {"spec": {"serviceAccountName": "argo"}}), "spec")
    yield Case(
        "arguments",
        merges("mixed", {"spec": {"arguments": {"parameters": [{"name": "x", "value": "1"}]}}}),
        "spec",
    )
    yield Case(
        "approvers",
        noted("argotui.io/approvers", "group:approvers,group:developers", "developer"),
        "annotations",
    )
    yield Case("no-approvers", noted("argotui.io/approvers", None), "annotations")
    yield Case("creator-note", noted("argotui.io/creator", SOMEBODY, "developer"), "annotations")
    yield Case("new-note", noted("argotui.io/description", "harmless", "developer"), "annotations")
    yield Case("note-by-admin", noted("argotui.io/approvers", "user:admin", "admin"), "annotations")
    yield Case("argo-note", noted("workflows.argoproj.io/pod-name-format", "v1"), "annotations")
    yield Case("all-notes", merges("mixed", {"metadata": {"annotations": None}}), "annotations")
    yield Case("forged-anchor", noted("audit.argotui.io/head", "sha256:0", "quinn"), "anchor")
    yield Case(
        "anchor-by-creator", noted("audit.argotui.io/head", "sha256:0", "developer"), "anchor"
    )
    yield Case(
        "creator-label", noted("workflows.argoproj.io/creator", "x", field="labels"), "labels"
    )
    yield Case(
        "completed", noted("workflows.argoproj.io/completed", "true", field="labels"), "labels"
    )


def _submitting() -> Iterator[Case]:
    yield Case("other-creator", submits(SOMEBODY), "creator")
    yield Case("no-creator", submits(None), "creator")
    node = {"id": "submitted", "name": "submitted", "type": "Suspend", "phase": "Succeeded"}
    yield Case("decided", submits(DEVELOPER, status={"nodes": {"submitted": node}}), "no-status")
    yield Case(
        "stored", submits(DEVELOPER, status={"storedWorkflowTemplateSpec": RELEASE}), "no-status"
    )
    memoized = gate("gate", memoize=MEMOIZE)
    yield Case(
        "memoized",
        submits(DEVELOPER, spec={"entrypoint": "gate", "templates": [memoized]}),
        "memoized-gate",
    )
    inline = {
        "name": "main",
        "dag": {"tasks": [{"name": "x", "inline": {"suspend": {}, "memoize": MEMOIZE}}]},
    }
    yield Case(
        "memoized-inline",
        submits(DEVELOPER, spec={"entrypoint": "main", "templates": [inline]}),
        "memoized-gate",
    )
    stepped = {
        "name": "main",
        "steps": [[{"name": "x", "inline": {"suspend": {}, "memoize": MEMOIZE}}]],
    }
    yield Case(
        "memoized-step",
        submits(DEVELOPER, spec={"entrypoint": "main", "templates": [stepped]}),
        "memoized-gate",
    )
    default = {
        "entrypoint": "gate",
        "templates": [gate("gate")],
        "templateDefaults": {"memoize": MEMOIZE},
    }
    yield Case("memoized-by-default", submits(DEVELOPER, spec=default), "memoized-gate")


def _permitted() -> Iterator[Case]:
    yield Case("approve", decides("mixed", "gate-a", "approver", APPROVER))
    yield Case(
        "approve-with-value",
        decides("mixed", "gate-a", "approver", APPROVER, "Succeeded", filled()),
    )
    yield Case("deny", decides("mixed", "gate-a", "approver", APPROVER, "Failed"))
    yield Case("fill-in", on("mixed", filled()))
    yield Case("message", on("mixed", ("message", f"{APPROVER}: looking at it")))
    yield Case("own-list", decides("mixed", "gate-b", "quinn", "quinn@example.com"))
    yield Case("by-put", replaces(_approve_a))
    for name in ("made", "nested", "cluster-made", "cluster-nested"):
        yield Case(f"{name}-by-platform", decides(name, "gate", "approver", APPROVER))
    for name in ("called", "cluster-called"):
        yield Case(f"{name}-by-platform", decides(name, "call", "approver", APPROVER))
    yield Case("resume", merges("held", {"spec": {"suspend": None}}))
    yield Case("suspend", merges("mixed", {"spec": {"suspend": True}}))
    yield Case("stop", merges("mixed", {"spec": {"shutdown": "Stop"}}))
    yield Case("stop-by-creator", merges("mixed", {"spec": {"shutdown": "Stop"}}, "developer"))
    yield Case("terminate", merges("mixed", {"spec": {"shutdown": "Terminate"}}, "developer"))
    yield Case("note", noted("example.com/note", "x", "developer"))
    yield Case("anchor-by-approver", noted("audit.argotui.io/head", "sha256:0"))
    yield Case("label", noted("example.com/label", "x", field="labels"))
    yield Case("actor-label", noted("workflows.argoproj.io/actor", "x", field="labels"))
    yield Case("submit", submits(DEVELOPER))
    yield Case(
        "submit-with-times", submits(DEVELOPER, status={"startedAt": None, "finishedAt": None})
    )
    plain = gate("gate")
    cached = {"name": "c", "container": {"image": "x"}, "memoize": MEMOIZE}
    yield Case(
        "memoize-a-container",
        submits(DEVELOPER, spec={"entrypoint": "c", "templates": [plain, cached]}),
    )


FORBIDDEN = [*_deciding(), *_node(), *_sealed(), *_submitting()]


@pytest.mark.parametrize("case", FORBIDDEN, ids=lambda case: case.name)
async def test_refused_by_its_rule_and_accepted_without_it(pair: Pair, case: Case) -> None:
    answer = await case.act(pair.guarded)
    told = refusal(answer)
    assert told is not None, answer.text
    assert (told.policy, told.rule) == (f"{_name(pair)}-workflows", case.rule), told.words
    without = await case.act(pair.open)
    assert without.status in (200, 201), without.text


def _name(pair: Pair) -> str:
    assert pair.guarded.guard
    return pair.guarded.guard.parameters.name


@pytest.mark.parametrize("case", list(_permitted()), ids=lambda case: case.name)
async def test_permitted_all_the_same(pair: Pair, case: Case) -> None:
    answer = await case.act(pair.guarded)
    assert answer.status in (200, 201), answer.text


async def test_rights_come_first(pair: Pair) -> None:
    for user, who in (("viewer", "viewer@example.com"), ("dave", "dave@example.com")):
        answer = await decides("mixed", "gate-b", user, who)(pair.guarded)
        assert answer.status == 403
        assert refusal(answer) is None
        assert f'User "{who}" cannot patch' in answer.json["message"]


async def test_the_words_say_who_may(pair: Pair) -> None:
    told = refusal(await decides("mixed", "gate-b", "approver", APPROVER)(pair.guarded))
    assert told
    name = pair.guarded.workflows["mixed"]["metadata"]["name"]
    assert told.words == (
        f"{APPROVER} may not decide {name}.gate-b (for group:qa, user:dave@example.com)"
    )
    nobody = refusal(await decides("inline", "in", "approver", APPROVER)(pair.guarded))
    assert nobody
    assert nobody.words.endswith(".in (for nobody)")
