"""`retry` and `resubmit` beside those of the `argo` command, on Argo's examples that failed.

The controller of a real cluster runs all examples: a few with an image that is there, in which some
commands fail; the others without a node for their pods, until they are terminated. Then `argo` and
argotui each retry the same workflow, and the objects are compared.
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
from tests.contract.lab import IMAGE, SIMULATED_EXIT, Document, Lab, real_lab
from tests.support import PATIENCE, until_answer
from tests.unit.model.argo_rerun.questions import nodes_in

SOURCE = os.environ.get("ARGO_SOURCE", "")
RUN = (
    "conditionals",
    "continue-on-fail",
    "dag-conditional-parameters",
    "dag-continue-on-fail",
    "dag-coinflip",
    "dag-diamond",
    "dag-diamond-steps",
    "dag-disable-failFast",
    "dag-multiroot",
    "dag-nested",
    "dag-targets",
    "exit-handlers",
    "exit-handler-dag-level",
    "exit-handler-step-level",
    "life-cycle-hooks-tmpl-level",
    "loops",
    "loops-maps",
    "nested-workflow",
    "parallelism-nested-dag",
    "retry-container",
    "retry-with-steps",
    "steps",
    "steps-inline-workflow",
)
"""The examples whose containers run; most need an image that is not there, so that a step fails."""
EVERY = 1 if os.environ.get("ARGOTUI_TEST_ALL_EXAMPLES") else 8
"""Which examples are taken: all of them take a quarter of an hour."""
LEAST = 80 // EVERY
"""How many examples have to fail, so that the comparison means something."""
AT_ONCE = 4
"""How many examples run at the same time."""
LOOKS = 150
"""After how many looks an example is left out that waits for something else.

One that is terminated may never end: exit-code-output-variable waits for the code of a pod.
"""
DEADLINE = 120
"""Seconds after which an example whose containers run has failed."""
FAILING = {"annotations": {SIMULATED_EXIT: "1"}}
"""How a simulated pod fails, on a cluster of kwok's."""
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


def examples() -> list[tuple[str, Document]]:
    found = []
    for path in sorted((Path(SOURCE) / "examples").rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            if isinstance(document, dict) and document.get("kind") == "Workflow":
                found.append((path.stem, document))
    return found[::EVERY]


def with_image(value: Any, image: str) -> Any:
    """Return a part of a spec with another image for each container."""
    if isinstance(value, dict):
        new = {key: with_image(part, image) for key, part in value.items()}
        if isinstance(value.get("image"), str):
            new |= {"image": image, "imagePullPolicy": "Never"}
        return new
    return [with_image(part, image) for part in value] if isinstance(value, list) else value


async def fail_all(field: Field) -> list[Document]:
    """Run all examples; return those that failed, as they ended.

    The pods of most have no node to run on, until they are told to terminate. The others run a few
    at a time: a cluster on one machine has little room.
    """
    found: list[Document] = []
    running: list[str] = []
    waiting: list[str] = []
    for number, (stem, document) in enumerate(examples()):
        runs = stem in RUN
        spec = with_image(document["spec"], IMAGE) if runs else dict(document["spec"])
        spec.pop("ttlStrategy", None)  # one that ended would be deleted before it is compared
        spec |= {"podMetadata": FAILING, "suspend": False}
        if runs:
            spec["activeDeadlineSeconds"] = DEADLINE
        else:
            spec["nodeSelector"] = {"argotui/no": "node"}
        name = f"x{number:03d}"
        made = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name, "labels": document["metadata"].get("labels") or {}},
            "spec": spec,
        }
        if await field.put(json.loads(json.dumps(made, default=str))) is None:
            continue  # the server refuses it
        batch = running if runs else waiting
        batch.append(name)
        if len(batch) == (AT_ONCE if runs else 4 * AT_ONCE):
            found += await ended(field, batch, terminate=not runs)
            batch.clear()
    found += await ended(field, running, terminate=False)
    return found + await ended(field, waiting, terminate=True)


async def ended(field: Field, names: list[str], *, terminate: bool) -> list[Document]:
    """Wait until workflows have ended, if need be by a termination; return those that failed."""
    patch = {"spec": {"shutdown": "Terminate"}}
    merge = "application/merge-patch+json"
    looks = LOOKS // 4 if terminate else LOOKS
    found: list[Document] = []
    for name in names:
        asked = 0

        async def over(name: str = name) -> Document | None:
            nonlocal asked
            asked += 1
            document = (await field.lab.get(f"{field.path}/{name}")).json
            labels = document.get("metadata", {}).get("labels") or {}
            if labels.get(LABEL + "completed") == "true" or asked == looks:
                return document
            begun = nodes_in(document) or asked > looks / 2
            if terminate and begun and not document["spec"].get("shutdown"):
                path = f"{field.path}/{name}"
                await field.lab.request("PATCH", path, patch, content_type=merge)
            return None

        document = await until_answer(over, f"{name} to end", pause=1)
        if document.get("status", {}).get("phase") in ("Failed", "Error"):
            found.append(document)
        else:
            await field.remove(name)
    return found


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


async def compare(field: Field, before: Document) -> list[str]:
    """Return the differences of all operations; a finished workflow stays as it is until then."""
    return [
        *await compare_resubmit(field, before, memoized=False),
        *await compare_resubmit(field, before, memoized=True),
        *await compare_retry(field, before),
    ]


async def test_examples_that_failed_are_retried_and_resubmitted_as_by_argo(field: Field) -> None:
    failed = await fail_all(field)
    assert len(failed) >= LEAST
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(before: Document) -> list[str]:
        async with slots:
            return await compare(field, before)

    found = await asyncio.gather(*map(one, failed))
    assert [line for lines in found for line in lines] == []
