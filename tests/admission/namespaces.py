"""Namespaces to attack: with workflows at their gates, people with more rights than they should
have, and the policies in effect or not."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from argotui.backend.clock import SystemClock
from argotui.backend.kube.admission import KubeAdmission
from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.operations.admission.installing import (
    install,
    plan,
    type_warnings,
    uninstall,
    wait_until_in_effect,
)
from argotui.operations.admission.manifest import Generated, generate
from argotui.operations.admission.parameters import DEFAULT_CONTROLLER, ApproverSource, Parameters
from argotui.operations.admission.policy import Refusal, read_refusal
from tests.admission.people import ROLES, role
from tests.contract.lab import (
    IMAGE,
    JSON_PATCH,
    MERGE_PATCH,
    Answer,
    Document,
    Lab,
    pods_are_simulated,
    real_lab,
)
from tests.support import until_answer

ARGO = "/apis/argoproj.io/v1alpha1"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ACTIONS = Path(__file__).with_name("workflowactions.yaml")
"""What Argo 4.2 is to bring, for a cluster that has none."""
RBAC = "/apis/rbac.authorization.k8s.io/v1"
APPROVER = "approver@example.com"
DEVELOPER = "developer@example.com"
CONTROLLER = os.environ.get("ARGOTUI_TEST_CONTROLLER", DEFAULT_CONTROLLER)
REPORTER = os.environ.get("ARGOTUI_TEST_REPORTER", "system:kwok")
"""Who reports what simulated pods put out, in place of the pods."""
IMPERSONATED = {"quinn": ("quinn@example.com", "qa"), "dave": ("dave@example.com", "nobody")}
"""People without a token of their own: admin asks in their names."""


def gate(name: str, approvers: str = "", **more: Any) -> Document:
    """Return a suspend template, with approvers of its own if they are given."""
    template: Document = {"name": name, "suspend": {}, **more}
    if approvers:
        template["metadata"] = {"annotations": {"argotui.io/approvers": approvers}}
    return template


def container(name: str, **more: Any) -> Document:
    main = {"image": IMAGE, "imagePullPolicy": "Never", "command": ["true"]}
    return {"name": name, "container": main, **more}


def dag(name: str, *tasks: Document) -> Document:
    return {"name": name, "dag": {"tasks": list(tasks)}}


def task(name: str, **more: Any) -> Document:
    return {
        "name": name,
        **({} if more.keys() & {"templateRef", "inline"} else {"template": name}),
    } | more


MEMOIZE: Document = {
    "key": "k",
    "maxAge": "1h",
    # The full CRDs of Argo before 4.0 demand a key of the ConfigMap.
    "cache": {"configMap": {"name": "c", "key": "k"}},
}
SUPPLIED: dict[str, Any] = {
    "outputs": {"parameters": [{"name": "verdict", "valueFrom": {"supplied": {}}}]}
}
MIXED: Document = {
    "entrypoint": "main",
    "templates": [
        dag(
            "main",
            task("build"),
            task("gate-a"),
            task("gate-b"),
            task("after", depends="gate-a.Succeeded"),
        ),
        container("build"),
        container("after"),
        gate("gate-a", **SUPPLIED),
        gate("gate-b", "group:qa,user:dave@example.com"),
    ],
}
RELEASE: Document = {
    "entrypoint": "nested",
    "templates": [
        gate("gate", "group:platform", **SUPPLIED),
        {"name": "nested", "steps": [[{"name": "gate", "template": "gate"}]]},
    ],
}


@dataclass
class Site:
    """One namespace. `guard` is what is in effect there, None where nothing is."""

    lab: Lab
    namespace: str
    label: str = ""
    guard: Generated | None = None
    workflows: dict[str, Document] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def path(self, plural: str, *rest: str) -> str:
        if plural in ("pods", "serviceaccounts", "configmaps", "secrets"):
            base = f"/api/v1/namespaces/{self.namespace}"
        elif plural in ("roles", "rolebindings"):
            base = f"{RBAC}/namespaces/{self.namespace}"
        else:
            base = f"{ARGO}/namespaces/{self.namespace}"
        return "/".join((base, plural, *rest))

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "admin",
        dry_run: bool = True,
        content_type: str = "application/json",
        params: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request as somebody: a user of the lab, one impersonated, `controller`, `sa:NAME`
        for a service account of the namespace, or the name of a token that was made."""
        headers: dict[str, str] = {}
        if user in IMPERSONATED:
            name, group = IMPERSONATED[user]
            headers = {"Impersonate-User": name, "Impersonate-Group": group}
            user = "admin"
        elif user == "controller":
            headers, user = {"Impersonate-User": CONTROLLER}, "admin"
        elif user.startswith("sa:"):
            account = f"system:serviceaccount:{self.namespace}:{user.removeprefix('sa:')}"
            headers = {"Impersonate-User": account}
            user = "admin"
        elif user in self.tokens:
            headers = {"Authorization": f"Bearer {self.tokens[user]}"}
            user = ""
        params = {**(params or {}), **({"dryRun": "All"} if dry_run else {})}
        return await self.lab.request(
            method, path, body, user=user, headers=headers, params=params, content_type=content_type
        )

    async def make(self, plural: str, document: Document, *, user: str = "admin") -> Document:
        answer = await self.send("POST", self.path(plural), document, user=user, dry_run=False)
        assert answer.status == 201, answer.text
        return answer.json

    async def patch(self, user: str, name: str, patch: object, **options: Any) -> Answer:
        """Patch a workflow by its short name: a JSON Patch, or a merge patch if it is a dict."""
        kind = MERGE_PATCH if isinstance(patch, dict) else JSON_PATCH
        path = self.path("workflows", self.workflows[name]["metadata"]["name"])
        return await self.send("PATCH", path, patch, user=user, content_type=kind, **options)

    async def read(self, name: str) -> Document:
        path = self.path("workflows", self.workflows[name]["metadata"]["name"])
        return (await self.send("GET", path, dry_run=False)).json

    def gate_id(self, name: str, display: str) -> str:
        nodes: dict[str, Document] = self.workflows[name]["status"]["nodes"]
        return next(
            id_
            for id_, node in nodes.items()
            if node["type"] == "Suspend" and display in ("*", node["displayName"])
        )

    async def until_node(self, name: str, display: str, *phases: str) -> Document:
        """Wait until a node is in one of the phases; return it."""
        found: Document = {}

        async def reached() -> bool:
            workflow = self.workflows[name] = await self.read(name)
            for node in ((workflow.get("status") or {}).get("nodes") or {}).values():
                if node["displayName"] == display and node["phase"] in phases:
                    found.update(node)
            return bool(found)

        await until_answer(
            reached, f"{name}/{display} in {self.namespace} to be {' or '.join(phases)}"
        )
        return found

    async def submit(
        self,
        name: str,
        spec: Document,
        *,
        approvers: str = "",
        creator: str | None = DEVELOPER,
        labels: dict[str, str] | None = None,
        user: str = "developer",
    ) -> None:
        notes = {"argotui.io/approvers": approvers, "argotui.io/creator": creator or ""}
        document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {
                "name": f"{name}-{self.lab.run}",
                "annotations": {key: value for key, value in notes.items() if value},
                "labels": labels or {},
            },
            "spec": spec,
        }
        self.workflows[name] = await self.make("workflows", document, user=user)

    async def token(self, account: str, pod: Document | None = None) -> str:
        """Return a token of a service account, bound to a pod as the kubelet's are."""
        spec: Document = {"expirationSeconds": 600}
        if pod:
            meta = pod["metadata"]
            reference = {
                "kind": "Pod",
                "apiVersion": "v1",
                "name": meta["name"],
                "uid": meta["uid"],
            }
            spec["boundObjectRef"] = reference
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        made = await self.send(
            "POST", self.path("serviceaccounts", account, "token"), body, dry_run=False
        )
        assert made.status == 201, made.text
        return str(made.json["status"]["token"])


def refusal(answer: Answer) -> Refusal | None:
    """Return the policy's refusal in an answer, None where another or nobody refused it."""
    if answer.status != 403:
        return None
    return read_refusal(answer.json["message"])


class AdmissionNamespaces:
    """The namespaces, and the policies of them. Everything is deleted at its end."""

    def __init__(self, lab: Lab, cluster: KubeCluster) -> None:
        self.lab = lab
        self.port = KubeAdmission(cluster)
        self.cluster_template = f"adm-{lab.run}"
        self._cluster = cluster
        self._sites: list[Site] = []
        self._sets: list[str] = []
        self._actions = ""

    async def close(self) -> None:
        for name in self._sets:
            await uninstall(self.port, name)
        for site in self._sites:
            await self.lab.request("DELETE", f"/api/v1/namespaces/{site.namespace}")
        await self.lab.request("DELETE", f"{ARGO}/clusterworkflowtemplates/{self.cluster_template}")
        if self._actions:
            await self.lab.request("DELETE", f"{CRDS}/{self._actions}")
        await self._cluster.close()
        await self.lab.close()

    async def site(self, stem: str) -> Site:
        """Return a new namespace with its people."""
        site = Site(self.lab, f"adm-{stem}-{self.lab.run}")
        self._sites.append(site)
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": site.namespace}}
        made = await self.lab.request("POST", "/api/v1/namespaces", body)
        assert made.status == 201, made.text
        for name in ROLES:
            for plural, document in role(name, site.namespace):
                await site.make(plural, document)

        async def account() -> bool:
            path = site.path("serviceaccounts", "default")
            return (await site.send("GET", path, dry_run=False)).status == 200

        await until_answer(account, f"the default service account of {site.namespace}")
        return site

    async def account(self, site: Site, name: str) -> None:
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        await site.make("serviceaccounts", body)

    async def cluster_templates(self) -> None:
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "ClusterWorkflowTemplate",
            "metadata": {"name": self.cluster_template},
            "spec": RELEASE,
        }
        made = await self.lab.request("POST", f"{ARGO}/clusterworkflowtemplates", body)
        assert made.status == 201, made.text

    async def workflow_actions(self, *sites: Site) -> None:
        """See that the cluster has WorkflowActions, and one that waits in each namespace.

        It is for a workflow that is not there: a controller that knows actions does nothing.
        """
        served = await self.lab.request("GET", f"{ARGO}/workflowactions")
        if served.status == 404:
            made = await self.lab.request("POST", CRDS, yaml.safe_load(ACTIONS.read_text()))
            assert made.status == 201, made.text
            self._actions = made.json["metadata"]["name"]

            async def serves() -> bool:
                return (await self.lab.request("GET", f"{ARGO}/workflowactions")).status == 200

            await until_answer(serves, "WorkflowActions to be served")
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "WorkflowAction",
            "metadata": {"name": "waits"},
            "spec": {"action": "Suspend", "workflowRef": {"name": "not-there"}},
        }
        for site in sites:
            await site.make("workflowactions", body)

    async def guard(
        self, site: Site, source: ApproverSource, notes: dict[str, str] | None = None
    ) -> None:
        """Put policies into effect in a namespace, and only there."""
        name = f"adm-{source.value}-{self.lab.run}"
        label = f"argotui.io/gates={name}"
        own = f"system:serviceaccount:{site.namespace}:argo"
        parameters = Parameters(
            controllers=(CONTROLLER, own),
            source=source,
            label=label,
            name=name,
            reporters=(REPORTER,) if pods_are_simulated() else (),
        )
        site.guard = generate(parameters)
        self._sets.append(name)
        await install(self.port, await plan(self.port, site.guard))
        patch = {"metadata": {"labels": {"argotui.io/gates": name}, "annotations": notes or {}}}
        path = f"/api/v1/namespaces/{site.namespace}"
        done = await self.lab.request("PATCH", path, patch, content_type=MERGE_PATCH)
        assert done.status == 200, done.text
        missing = await wait_until_in_effect(self.port, site.namespace, site.guard, SystemClock())
        assert missing == {}
        assert await type_warnings(self.port, site.guard, SystemClock()) == {}


async def open_namespaces() -> AdmissionNamespaces:
    return AdmissionNamespaces(real_lab(), await open_cluster())


async def populate(namespaces: AdmissionNamespaces, site: Site) -> None:
    """Bring workflows of every kind to their gates."""
    template = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": "release"},
        "spec": RELEASE,
    }
    await site.make("workflowtemplates", template)

    def ref(name: str, *, cluster: bool = False) -> Document:
        own = {"name": namespaces.cluster_template if cluster else "release", "template": name}
        return {**own, "clusterScope": True} if cluster else own

    def call(name: str, *, cluster: bool = False) -> Document:
        main = dag("main", task("call", templateRef=ref(name, cluster=cluster)))
        return {"entrypoint": "main", "templates": [main]}

    inline = {
        "suspend": {},
        "metadata": {"annotations": {"argotui.io/approvers": "group:approvers"}},
    }
    await asyncio.gather(
        site.submit("mixed", MIXED, approvers="group:approvers"),
        site.submit("made", {"workflowTemplateRef": {"name": "release"}}),
        site.submit("called", call("gate")),
        site.submit("nested", call("nested")),
        site.submit(
            "cluster-made",
            {"workflowTemplateRef": {"name": namespaces.cluster_template, "clusterScope": True}},
        ),
        site.submit("cluster-called", call("gate", cluster=True)),
        site.submit("cluster-nested", call("nested", cluster=True)),
        site.submit(
            "inline", {"entrypoint": "main", "templates": [dag("main", task("in", inline=inline))]}
        ),
        site.submit("held", {**MIXED, "suspend": True}, approvers="group:approvers"),
        site.submit(
            "http",
            {
                "entrypoint": "main",
                "templates": [
                    dag("main", task("gate-a"), task("ask")),
                    gate("gate-a", **SUPPLIED),
                    {"name": "ask", "http": {"url": "http://192.0.2.1", "timeoutSeconds": 600}},
                ],
            },
            approvers="group:approvers",
        ),
    )
    await asyncio.gather(
        site.until_node("mixed", "gate-b", "Running"),
        site.until_node("mixed", "build", "Succeeded"),
        site.until_node("made", "gate", "Running"),
        site.until_node("called", "call", "Running"),
        site.until_node("nested", "gate", "Running"),
        site.until_node("cluster-made", "gate", "Running"),
        site.until_node("cluster-called", "call", "Running"),
        site.until_node("cluster-nested", "gate", "Running"),
        site.until_node("inline", "in", "Running"),
        site.until_node("http", "gate-a", "Running"),
    )
    await until_answer(lambda: _task_set(site), "the controller's task set")
    pods = await site.send("GET", site.path("pods"), dry_run=False)
    wanted = site.workflows["mixed"]["metadata"]["name"]
    pod = next(
        one
        for one in pods.json["items"]
        if one["metadata"]["labels"].get("workflows.argoproj.io/workflow") == wanted
    )
    site.workflows["pod"] = pod
    site.tokens["pod"] = await site.token("default", pod)
    site.tokens["unbound"] = await site.token("default")


async def _task_set(site: Site) -> bool:
    path = site.path("workflowtasksets", site.workflows["http"]["metadata"]["name"])
    return (await site.send("GET", path, dry_run=False)).status == 200
