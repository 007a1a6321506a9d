"""The other two places where it can be written who approves: the namespace, and RBAC."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from argotui.operations.admission.enforcement import EnforcementState
from argotui.operations.admission.parameters import ApproverSource
from tests.admission.enforcement import enforcement_of
from tests.admission.namespaces import (
    APPROVER,
    DEVELOPER,
    MIXED,
    SUPPLIED,
    AdmissionNamespaces,
    Site,
    dag,
    gate,
    open_namespaces,
    refusal,
    task,
)
from tests.contract.lab import Document
from tests.support import until_answer

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

INLINE: Document = {
    "entrypoint": "main",
    "templates": [
        dag(
            "main",
            task("gate-a"),
            task("gate-b"),
            task("gate-c"),
            task("inline", inline={"suspend": {}}),
        ),
        gate("gate-a", **SUPPLIED),
        gate("gate-b"),
        gate("gate-c"),
    ],
}


class Sites(NamedTuple):
    namespaces: AdmissionNamespaces
    listed: Site
    granted: Site


async def _grant(site: Site, name: str, group: str, *templates: str) -> None:
    api = "rbac.authorization.k8s.io"
    rule: Document = {"apiGroups": ["argotui.io"], "resources": ["gates"], "verbs": ["approve"]}
    if templates:
        rule["resourceNames"] = list(templates)
    meta = {"name": name}
    role = {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": meta, "rules": [rule]}
    await site.make("roles", role)
    binding = {
        "apiVersion": f"{api}/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": api, "kind": "Role", "name": name},
        "subjects": [{"apiGroup": api, "kind": "Group", "name": group}],
    }
    await site.make("rolebindings", binding)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sites() -> AsyncIterator[Sites]:
    """A namespace that lists the approvers, and one where they have a right."""
    if "KUBECONFIG" not in os.environ:
        pytest.skip("needs KUBECONFIG")
    namespaces = await open_namespaces()
    try:
        listed, granted = await asyncio.gather(
            namespaces.site("listed"), namespaces.site("granted")
        )
        names = {"argotui.io/approvers": "group:approvers, group:qa"}
        await asyncio.gather(
            namespaces.guard(listed, ApproverSource.NAMESPACE, names),
            namespaces.guard(granted, ApproverSource.RBAC),
        )
        await _grant(granted, "gate-a", "approvers", "gate-a", "gate-b", "gate-c")
        await _grant(granted, "all", "qa")
        own = {"entrypoint": "gate", "templates": [gate("gate")]}
        await asyncio.gather(
            listed.submit("own", own, approvers="group:approvers"),
            listed.submit("all", {**own, "suspend": True}),
            granted.submit("gates", INLINE),
            granted.submit("held", {**own, "suspend": True}),
        )
        await asyncio.gather(
            listed.until_node("own", f"own-{namespaces.lab.run}", "Running"),
            granted.until_node("gates", "inline", "Running"),
            granted.until_node("gates", "gate-c", "Running"),
        )
        yield Sites(namespaces, listed, granted)
    finally:
        await namespaces.close()


async def _decide(site: Site, workflow: str, user: str, who: str, *displays: str) -> str:
    """Decide gates in a dry run; return the rule that refuses it, "" where none does."""
    operations = []
    for display in displays:
        at = f"/status/nodes/{site.gate_id(workflow, display)}"
        operations.append({"op": "replace", "path": f"{at}/phase", "value": "Succeeded"})
        operations.append({"op": "add", "path": f"{at}/message", "value": f"{who}: approved"})
    answer = await site.patch(user, workflow, operations)
    told = refusal(answer)
    assert told or answer.status == 200, answer.text
    return told.rule if told else ""


async def _submit(site: Site, approvers: str, spec: Document = MIXED) -> str:
    notes = {"argotui.io/creator": DEVELOPER, "argotui.io/approvers": approvers}
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "tried", "annotations": notes},
        "spec": spec,
    }
    answer = await site.send("POST", site.path("workflows"), document, user="developer")
    told = refusal(answer)
    assert told or answer.status == 201, answer.text
    return told.rule if told else ""


async def _resume(site: Site, workflow: str, user: str) -> str:
    answer = await site.patch(user, workflow, {"spec": {"suspend": None}})
    told = refusal(answer)
    assert told or answer.status == 200, answer.text
    return told.rule if told else ""


async def test_only_names_that_the_namespace_lists_may_approve(sites: Sites) -> None:
    site = sites.listed
    plain = {"entrypoint": "gate", "templates": [gate("gate")]}
    named = {"entrypoint": "gate", "templates": [gate("gate", "group:developers")]}
    assert await _submit(site, "group:qa", plain) == ""
    assert await _submit(site, "group:qa,group:developers", plain) == "named-approvers"
    assert await _submit(site, "group:qa", named) == "named-approvers"
    assert await _submit(site, "group:qa", MIXED) == "named-approvers"  # gate-b names dave


async def test_a_workflow_narrows_the_namespaces_list(sites: Sites) -> None:
    site = sites.listed
    assert await _decide(site, "own", "approver", APPROVER, "*") == ""
    assert await _decide(site, "own", "quinn", "quinn@example.com", "*") == "approvers"
    assert await _decide(site, "own", "admin", "admin", "*") == "approvers"
    assert await _decide(site, "own", "developer", DEVELOPER, "*") == "separation"


async def test_who_names_nobody_is_judged_by_the_namespaces_list(sites: Sites) -> None:
    assert await _resume(sites.listed, "all", "quinn") == ""
    assert await _resume(sites.listed, "all", "approver") == ""
    assert await _resume(sites.listed, "all", "admin") == "resume"


async def test_a_name_that_the_namespace_lists_no_more_may_not_approve(sites: Sites) -> None:
    site = sites.listed
    path = f"/api/v1/namespaces/{site.namespace}"
    kind = "application/merge-patch+json"

    async def lists(names: str) -> None:
        body = {"metadata": {"annotations": {"argotui.io/approvers": names}}}
        answer = await site.lab.request("PATCH", path, body, content_type=kind)
        assert answer.status == 200

    await lists("group:qa")
    try:

        async def refused() -> bool:
            return await _decide(site, "own", "approver", APPROVER, "*") == "approvers"

        await until_answer(refused, "the namespace's list to count")
    finally:
        await lists("group:approvers,group:qa")


async def test_a_right_by_the_templates_name(sites: Sites) -> None:
    site = sites.granted
    assert await _decide(site, "gates", "approver", APPROVER, "gate-a") == ""
    assert await _decide(site, "gates", "approver", APPROVER, "gate-a", "gate-b") == ""
    assert await _decide(site, "gates", "approver", APPROVER, "inline") == "approvers"
    assert await _decide(site, "gates", "quinn", "quinn@example.com", "gate-b") == ""
    assert await _decide(site, "gates", "developer", DEVELOPER, "gate-a") == "separation"


async def test_three_gates_at_once_cost_too_much(sites: Sites) -> None:
    site = sites.granted
    operations = [
        {
            "op": "replace",
            "path": f"/status/nodes/{site.gate_id('gates', display)}/phase",
            "value": "Succeeded",
        }
        for display in ("gate-a", "gate-b", "gate-c")
    ]
    answer = await site.patch("approver", "gates", operations)
    assert answer.status == 422
    assert "cost limit exceeded" in answer.json["message"]


async def test_resuming_takes_the_right_for_every_gate(sites: Sites) -> None:
    assert await _resume(sites.granted, "held", "approver") == "resume"
    assert await _resume(sites.granted, "held", "quinn") == ""


async def test_the_right_can_be_asked_for_beforehand(sites: Sites) -> None:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {
            "resourceAttributes": {
                "verb": "approve",
                "group": "argotui.io",
                "resource": "gates",
                "namespace": sites.granted.namespace,
                "name": "gate-a",
            }
        },
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    for user, allowed in (("approver", True), ("developer", False)):
        answer = await sites.namespaces.lab.request("POST", path, review, user=user)
        assert answer.json["status"]["allowed"] is allowed


async def test_what_is_told_of_each_source(sites: Sites) -> None:
    port = sites.namespaces.port
    for site, source in (
        (sites.listed, ApproverSource.NAMESPACE),
        (sites.granted, ApproverSource.RBAC),
    ):
        found = await enforcement_of(port, site.namespace)
        assert (found.state, found.source) == (EnforcementState.ENFORCED, source)
