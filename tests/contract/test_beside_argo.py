"""Each operation once by `argo` and once by argotui: what they leave is the same.

The workflows belong to a controller of another instance id, so that none acts on them meanwhile.
The user is a service account, because `argo` takes the name of the actor from a token that has it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.contract.lab import LABEL, Document, Lab, real_lab
from tests.support import PATIENCE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(shutil.which("argo") is None, reason="needs argo"),
]

ARGO = "workflows.argoproj.io/"
INSTANCE = "argotui-differential"
GROUP = "/apis/rbac.authorization.k8s.io/v1"


class Ran(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Both:
    """A namespace of its own, and both programs in it as the same user."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.namespace = f"argotui-{lab.run}"
        self.path = f"/apis/argoproj.io/v1alpha1/namespaces/{self.namespace}/workflows"
        self._folder = folder
        self._kubeconfigs: dict[str, Path] = {}

    async def open(self) -> None:
        await self._post("/api/v1/namespaces", "v1", "Namespace", self.namespace)
        for user, role in (("operator", "cluster-admin"), ("reader", "view")):
            here = f"/api/v1/namespaces/{self.namespace}/serviceaccounts"
            await self._post(here, "v1", "ServiceAccount", user)
            subject = {"kind": "ServiceAccount", "name": user, "namespace": self.namespace}
            await self._post(
                f"{GROUP}/namespaces/{self.namespace}/rolebindings",
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                user,
                roleRef={
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "ClusterRole",
                    "name": role,
                },
                subjects=[subject],
            )
            body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
            answer = await self.lab.request("POST", f"{here}/{user}/token", body)
            assert answer.status == 201, answer.text
            self._kubeconfigs[user] = self._kubeconfig(user, answer.json["status"]["token"])

    async def _post(self, path: str, version: str, kind: str, name: str, **parts: Any) -> None:
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}
        answer = await self.lab.request("POST", path, body)
        assert answer.status == 201, answer.text

    def _kubeconfig(self, user: str, token: str) -> Path:
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        context = config["contexts"][0]["context"]
        context["namespace"] = self.namespace
        config["users"] = [{"name": context["user"], "user": {"token": token}}]
        path = self._folder / f"{user}.kubeconfig"
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
        return path

    async def close(self) -> None:
        for item in (await self.lab.get(self.path)).json["items"]:
            name = item["metadata"]["name"]
            await self.lab.request(
                "PATCH",
                f"{self.path}/{name}",
                {"metadata": {"finalizers": None}},
                content_type="application/merge-patch+json",
            )
        await self.lab.request("DELETE", f"/api/v1/namespaces/{self.namespace}")

    async def put(self, name: str, document: Document) -> None:
        """Create a workflow with its status."""
        meta = {
            **document.get("metadata", {}),
            "name": name,
            "labels": {
                LABEL: self.lab.run,
                f"{ARGO}controller-instanceid": INSTANCE,
                **document.get("metadata", {}).get("labels", {}),
            },
        }
        body = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            **document,
            "metadata": meta,
        }
        answer = await self.lab.request("POST", self.path, body)
        assert answer.status == 201, answer.text

    async def left(self, name: str) -> Document | None:
        """Return what is left of a workflow, without times and without what names it."""
        answer = await self.lab.get(f"{self.path}/{name}")
        if answer.status == 404:
            return None
        text = json.dumps(answer.json).replace(name, "NAME")
        document: Document = json.loads(text)
        for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"):
            document["metadata"].pop(field, None)
        if "deletionTimestamp" in document["metadata"]:
            document["metadata"]["deletionTimestamp"] = "then"
        return document

    async def argo(self, *arguments: str, user: str = "operator") -> Ran:
        return await self._run(["argo", "--instanceid", INSTANCE, *arguments], user)

    async def argotui(self, *arguments: str, user: str = "operator") -> Ran:
        return await self._run([sys.executable, "-m", "argotui", *arguments], user)

    async def _run(self, command: list[str], user: str) -> Ran:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARGO", "XDG_"))}
        process = await asyncio.create_subprocess_exec(
            *command,
            env=kept | {"KUBECONFIG": str(self._kubeconfigs[user]), "HOME": str(self._folder)},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    lab = real_lab()
    both = Both(lab, tmp_path)
    try:
        await both.open()
        yield both
    finally:
        await both.close()
        await lab.close()


def _node(kind: str, phase: str) -> Document:
    return {
        "id": f"n-{kind.lower()}",
        "name": f"n.{kind.lower()}",
        "displayName": kind.lower(),
        "type": kind,
        "phase": phase,
        "startedAt": "2026-01-05T12:00:00Z",
    }


def _workflow(
    phase: str = "Running",
    *,
    nodes: bool = True,
    labels: dict[str, str] | None = None,
    finished: str = "",
    **spec: Any,
) -> Document:
    """Return a workflow in a phase, with a running pod and an open gate if it has `nodes`."""
    ended = phase in ("Succeeded", "Failed", "Error")
    told = [_node("Pod", "Running"), _node("Suspend", "Running")] if nodes and not ended else []
    return {
        "metadata": {
            "labels": {
                f"{ARGO}phase": phase,
                f"{ARGO}completed": str(ended).lower(),
                **(labels or {}),
            },
            "annotations": {"note": "<a & b>"},
        },
        "spec": {
            "entrypoint": "main",
            # As Go writes it: what argo replaces as a whole gets the empty members.
            "arguments": {},
            "templates": [
                {"name": "main", "suspend": {}, "inputs": {}, "outputs": {}, "metadata": {}}
            ],
            **spec,
        },
        "status": {
            "phase": phase,
            "startedAt": "2026-01-05T12:00:00Z",
            **({"finishedAt": finished or "2026-01-05T12:01:00Z"} if ended else {}),
            **({"nodes": {node["id"]: node for node in told}} if told else {}),
        },
    }


EARLIER = {f"{ARGO}actor": "somebody", f"{ARGO}action": "Resume"}


@pytest.mark.parametrize(
    ("verb", "document"),
    [
        ("suspend", _workflow()),
        ("suspend", _workflow(labels=EARLIER)),
        ("suspend", _workflow(suspend=True)),
        ("suspend", _workflow("Succeeded")),
        ("resume", _workflow(nodes=False, suspend=True)),
        ("resume", _workflow(nodes=False, suspend=True, shutdown="Stop")),
        ("stop", _workflow()),
        ("stop", _workflow(labels=EARLIER)),
        ("stop", _workflow(suspend=True)),
        ("stop", _workflow("Failed")),
        ("stop", _workflow("Pending", nodes=False)),
        ("terminate", _workflow()),
        ("terminate", _workflow(shutdown="Stop")),
        ("terminate", _workflow("Succeeded")),
        ("delete", _workflow()),
        ("delete", _workflow("Failed")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_same_is_left(both: Both, verb: str, document: Document) -> None:
    await both.put("by-argo", document)
    await both.put("by-argotui", document)
    theirs = await both.argo(verb, "by-argo")
    ours = await both.argotui(verb, "by-argotui", *(() if verb in _MILD else ("--yes",)))
    assert (ours.code == 0) == (theirs.code == 0), (ours, theirs)
    assert await both.left("by-argotui") == await both.left("by-argo")


_MILD = ("suspend", "resume")


@pytest.mark.parametrize("force", [False, True])
async def test_a_deletion_leaves_what_finalizers_hold(both: Both, force: bool) -> None:
    document = _workflow("Failed")
    document["metadata"]["finalizers"] = [f"{ARGO}artifact-gc"]
    options = ["--force"] if force else []
    for name in ("by-argo", "by-argotui"):
        await both.put(name, document)
    assert (await both.argo("delete", "by-argo", *options)).code == 0
    assert (await both.argotui("delete", "by-argotui", "--yes", *options)).code == 0
    left = await both.left("by-argotui")
    assert left == await both.left("by-argo")
    assert (left is None) is force


async def test_the_same_workflows_are_chosen(both: Both) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=9)
    lately = datetime.now(UTC) - timedelta(minutes=5)
    old, new = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (long_ago, lately))
    again = {f"{ARGO}resubmitted-from-workflow": "x"}
    for name, document in {
        "etl-1": _workflow("Failed", finished=old),
        "etl-2": _workflow("Succeeded", finished=old, labels={"app": "web"}),
        "etl-3": _workflow("Succeeded", finished=new, labels=again),
        "etl-4": _workflow("Running", labels={"app": "web"}),
        "other": _workflow("Error", finished=new),
    }.items():
        await both.put(name, document)
    for chosen in (
        ["--all"],
        ["--completed"],
        ["--completed", "--older", "7d"],
        ["--older", "1m"],
        ["--status", "Failed,Error"],
        ["--status", "Running"],
        ["--prefix", "etl"],
        ["--prefix", "etl", "--completed"],
        ["--resubmitted"],
        ["-l", "app=web"],
        ["-l", "app!=web", "--completed"],
        ["--field-selector", "metadata.name=etl-2"],
        ["etl-1", "--status", "Error"],
    ):
        theirs = await both.argo("delete", "--dry-run", *chosen)
        ours = await both.argotui("delete", "--dry-run", "-o", "name", *chosen)
        named = {line.split("'")[1] for line in theirs.out.splitlines() if "'" in line}
        assert set(ours.out.split()) == named, chosen
    for verb in ("stop", "terminate"):
        theirs = await both.argo(verb, "-l", "app=web", "--dry-run")
        named = {line.split()[1] for line in theirs.out.splitlines()}
        ours = await both.argotui(verb, "-l", "app=web", "--dry-run", "-o", "json")
        assert {each["name"] for each in json.loads(ours.out)["workflows"]} == named


@pytest.mark.parametrize("verb", ["stop", "terminate", "suspend", "resume", "delete"])
async def test_who_may_only_read_changes_nothing(both: Both, verb: str) -> None:
    document = _workflow(nodes=False, suspend=verb == "resume")
    await both.put("w", document)
    before = await both.left("w")
    theirs = await both.argo(verb, "w", user="reader")
    ours = await both.argotui(verb, "w", *(() if verb in _MILD else ("--yes",)), user="reader")
    assert theirs.code != 0
    assert ours.code == 4
    assert await both.left("w") == before


async def test_a_gate_that_argo_would_open_stays_open(both: Both) -> None:
    """The one difference, and why: `argo resume` approves every open gate."""
    for name in ("by-argo", "by-argotui"):
        await both.put(name, _workflow(suspend=True))
    assert (await both.argo("resume", "by-argo")).code == 0
    ours = await both.argotui("resume", "by-argotui")
    assert (ours.code, "gate suspend stays open" in ours.out) == (0, True)
    theirs, left = await both.left("by-argo"), await both.left("by-argotui")
    assert theirs is not None
    assert left is not None
    gates = [found["status"]["nodes"]["n-suspend"]["phase"] for found in (theirs, left)]
    assert gates == ["Succeeded", "Running"]
    assert "suspend" not in left["spec"]
    theirs["status"]["nodes"]["n-suspend"] = left["status"]["nodes"]["n-suspend"]
    assert left == theirs
