"""`retry` and `resubmit` beside those of the `argo` command, on Argo's examples that failed.

The controller of a real cluster runs all examples; each container fails, or the deadline does. Then
`argo` and argotui each retry the same workflow, and the objects are compared.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.backend.ports import Backend, ResubmitOptions, RetryOptions
from argotui.errors import BackendError
from argotui.model.workflow.resubmit import resubmitted
from tests.contract.lab import KWOK, SIMULATED_EXIT, Document, Lab, real_lab
from tests.support import PATIENCE, until_answer

SOURCE = os.environ.get("ARGO_SOURCE", "")
LEAST = 60
"""How many examples have to fail, so that the comparison means something."""
DEADLINE = 60
"""Seconds after which an example that waits for somebody has failed."""
LABEL = "workflows.argoproj.io/"
OWN_LABELS = {LABEL + "actor", LABEL + "action", LABEL + "creator", LABEL + "actor-email"}
GIVEN_BY_SERVER = {"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"}

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(not SOURCE, reason="needs ARGO_SOURCE"),
    pytest.mark.skipif(shutil.which("argo") is None, reason="needs the argo command"),
]


class Field:
    """A namespace of its own on a real cluster."""

    def __init__(self, lab: Lab, backend: Backend) -> None:
        self.lab = lab
        self.port = backend.workflows
        self.namespace = f"argotui-rerun-{lab.run}"
        self.path = f"/apis/argoproj.io/v1alpha1/namespaces/{self.namespace}/workflows"

    async def put(self, document: Document) -> Document | None:
        """Create a workflow; None if the server refuses it."""
        answer = await self.lab.request("POST", self.path, document)
        return answer.json if answer.status == 201 else None

    async def remove(self, name: str) -> None:
        patch = {"metadata": {"finalizers": None}}
        kind = "application/merge-patch+json"
        await self.lab.request("PATCH", f"{self.path}/{name}", patch, content_type=kind)
        await self.lab.request("DELETE", f"{self.path}/{name}")

        async def gone() -> bool:
            return (await self.lab.get(f"{self.path}/{name}")).status == 404

        await until_answer(gone, f"{name} to be gone")

    async def argo(self, *arguments: str) -> Document | str:
        """Return what the argo command prints as JSON, or its complaint."""
        process = await asyncio.create_subprocess_exec(
            *("argo", *arguments, "-n", self.namespace, "-o", "json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if key != "ARGO_SERVER"},
        )
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        if process.returncode:
            return err.decode()
        document: Document = json.loads(out)
        return document


@pytest.fixture
async def field() -> AsyncIterator[Field]:
    lab = real_lab()
    found = Field(lab, await lab.backend())
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": found.namespace}}
    await lab.request("POST", "/api/v1/namespaces", body)
    yield found
    await lab.request("DELETE", found.path)
    await lab.request("DELETE", f"/api/v1/namespaces/{found.namespace}")
    await lab.close()


def examples() -> list[Document]:
    found = []
    for path in sorted((Path(SOURCE) / "examples").rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            if isinstance(document, dict) and document.get("kind") == "Workflow":
                found.append(document)
    return found


async def fail_all(field: Field) -> list[Document]:
    """Run all examples so that they fail; return them as they ended."""
    nodes = (await field.lab.get("/api/v1/nodes")).json["items"]
    simulated = [n for n in nodes if KWOK in (n["metadata"].get("annotations") or {})]
    names = []
    for number, document in enumerate(examples()):
        spec = {**document["spec"], "activeDeadlineSeconds": DEADLINE}
        spec["podMetadata"] = {"annotations": {SIMULATED_EXIT: "1"}}
        if simulated:
            host = simulated[0]["metadata"]["name"]
            spec["nodeSelector"] = {"kubernetes.io/hostname": host}
        name = f"x{number:03d}"
        made = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name, "labels": document["metadata"].get("labels") or {}},
            "spec": spec,
        }
        if await field.put(json.loads(json.dumps(made, default=str))):
            names.append(name)
    found: list[Document] = []

    async def ended() -> bool:
        nonlocal found
        found = (await field.lab.get(field.path)).json["items"]
        return all(LABEL + "completed" in (one["metadata"].get("labels") or {}) for one in found)

    await until_answer(ended, f"{len(names)} examples to end", pause=2)
    return [one for one in found if one["status"]["phase"] in ("Failed", "Error")]


def again(document: Document) -> Document:
    """Return a workflow as it has to be created so that it is the same one again."""
    meta = document["metadata"]
    kept = {k: v for k, v in meta.items() if k not in GIVEN_BY_SERVER | {"finalizers"}}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    return {**document, **head, "metadata": kept}


def comparable(value: Any) -> Any:
    """Return a document without times, without what the server gives, and without empty parts."""
    if isinstance(value, dict):
        parts = {
            key: comparable(part)
            for key, part in value.items()
            if key not in GIVEN_BY_SERVER | OWN_LABELS | {"startedAt", "finishedAt"}
        }
        return {
            key: part
            for key, part in parts.items()
            if key in ("supplied", "suspend", "emptyDir") or part not in (None, "", [], {})
        }
    return [comparable(part) for part in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Return where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for key in sorted(one.keys() | other.keys())
            for line in differences(one.get(key), other.get(key), f"{path}/{key}")
        ]
    return [] if one == other else [f"{path}: {str(one)[:80]} | {str(other)[:80]}"]


async def compare_retry(field: Field, before: Document) -> list[str]:
    name = before["metadata"]["name"]
    theirs = await field.argo("retry", name)
    await field.remove(name)
    assert await field.put(again(before))
    reading = await field.port.read_workflow(field.namespace, name)
    try:
        ours: Document | str = await field.port.retry(reading, RetryOptions())
    except BackendError as error:
        ours = str(error)
    await field.remove(name)
    if isinstance(theirs, str) or isinstance(ours, str):
        both = isinstance(theirs, str) and isinstance(ours, str)
        return [] if both else [f"{name}: argo: {str(theirs)[:200]}; argotui: {str(ours)[:200]}"]
    found = differences(comparable(again(theirs)), comparable(again(ours)))
    return [f"{name}{line}" for line in found]


async def compare_resubmit(field: Field, before: Document, *, memoized: bool) -> list[str]:
    name = before["metadata"]["name"]
    theirs = await field.argo("resubmit", name, *(["--memoized"] if memoized else []))
    reading = await field.port.read_workflow(field.namespace, name)
    if isinstance(theirs, str):
        return []  # it validates what the server does not: what cannot run here
    made = theirs["metadata"]["name"]
    await field.remove(made)
    now = datetime.now(UTC)
    ours = resubmitted(reading.document, ResubmitOptions(memoized=memoized), now, made[-5:])
    ours = {**ours, "metadata": {**ours["metadata"], "name": made}}
    # The server gives both the defaults of its schema.
    answer = await field.put(again(ours))
    assert answer is not None, made
    await field.remove(made)
    found = differences(comparable(again(theirs)), comparable(again(answer)))
    return [f"{name}{line}" for line in found]


async def test_examples_that_failed_are_retried_and_resubmitted_as_by_argo(field: Field) -> None:
    failed = await fail_all(field)
    assert len(failed) >= LEAST
    wrong: list[str] = []
    for before in failed:
        # A finished workflow that the controller leaves alone stays as it is until it is retried.
        wrong += await compare_resubmit(field, before, memoized=False)
        wrong += await compare_resubmit(field, before, memoized=True)
        wrong += await compare_retry(field, before)
    assert wrong == []
