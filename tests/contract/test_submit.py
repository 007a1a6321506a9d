"""What argotui submits is what `argo submit` submits: the same object but for names and times."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.clock import SystemClock
from argotui.backend.kube.objects import KubeObjects
from argotui.backend.ports import Document, Precondition
from argotui.errors import BackendError
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW_TEMPLATE,
    Kind,
)
from argotui.model.submission.build import SubmitOptions
from argotui.model.yaml_text import dump_yaml
from argotui.operations.submit.submitter import Submitter
from tests.contract.lab import LABEL, NAMESPACE, Lab, real_lab
from tests.support import PATIENCE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG"),
    pytest.mark.skipif(shutil.which("argo") is None, reason="needs argo on PATH"),
]
L = "workflows.argoproj.io/"
CREATED_BY = {f"{L}creator", f"{L}creator-email", f"{L}creator-preferred-username"}
OWN = {"argotui.io/creator"}
"""What argotui adds, as the admission policies ask."""
ZEROS = {"arguments", "inputs", "outputs", "metadata"}
SPEC: Document = {
    "entrypoint": "main",
    "arguments": {
        "parameters": [
            {"name": "version", "value": "v1"},
            {"name": "mode", "value": "safe", "enum": ["safe", "fast"]},
        ]
    },
    "templates": [
        {"name": "main", "suspend": {"duration": "1"}},
        {"name": "other", "suspend": {}},
    ],
}
CASES: dict[str, tuple[list[str], SubmitOptions]] = {
    "plain": ([], SubmitOptions()),
    "parameters": (
        ["-p", "version=v2=x", "-p", "mode=fast"],
        SubmitOptions(parameters={"version": "v2=x", "mode": "fast"}),
    ),
    "entrypoint": (["--entrypoint", "other"], SubmitOptions(entrypoint="other")),
    "labels": (["-l", "a=b,c=d"], SubmitOptions(labels={"a": "b", "c": "d"})),
    "account": (["--serviceaccount", "runner"], SubmitOptions(service_account="runner")),
    "prefix": (["--generate-name", "mine-"], SubmitOptions(generate_name="mine-")),
    "name": (["--name", "exactly"], SubmitOptions(name="exactly")),
}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = real_lab()
    yield lab
    await lab.close()


@pytest.fixture
async def submitter(lab: Lab, objects: KubeObjects) -> AsyncIterator[Submitter]:
    """A submitter, and one object of each kind to submit from, called as `lab.name("from")`."""
    name = lab.name("from")
    own = {"labels": {"team": "data"}, "annotations": {"note": "x"}, "finalizers": ["a.b/hold"]}
    specs: dict[Kind, Document] = {
        WORKFLOW_TEMPLATE: SPEC,
        CLUSTER_WORKFLOW_TEMPLATE: SPEC,
        CRON_WORKFLOW: {
            "schedules": ["0 3 29 2 *"],
            "suspend": True,
            "workflowMetadata": own,
            "workflowSpec": SPEC,
        },
    }
    for kind, spec in specs.items():
        place = NAMESPACE if kind.namespaced else None
        meta = {"name": name, "labels": {LABEL: lab.run}}
        document = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind.name, "metadata": meta}
        await objects.create(kind, place, {**document, "spec": spec})
    yield Submitter(objects, SystemClock())
    for kind in specs:
        with suppress(BackendError):
            place = NAMESPACE if kind.namespaced else None
            await objects.delete(kind, place, name, Precondition())


async def run(*command: str, text: str = "") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(text.encode()), PATIENCE)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def by_argo(*arguments: str, text: str = "") -> Document:
    """Return what `argo submit` sends, as the server answers."""
    command = ("argo", "submit", "-n", NAMESPACE, "--server-dry-run", "-o", "json", *arguments)
    code, out, err = await run(*command, text=text)
    assert code == 0, err
    document: Document = json.loads(out)
    return document


def comparable(document: Document) -> Document:
    """Return an object without what differs by its nature: names, times, who made it."""
    meta: dict[str, Any] = dict(document["metadata"])
    if meta.get("generateName"):
        meta.pop("name", None)
    for field in ("uid", "creationTimestamp", "generation", "managedFields", "resourceVersion"):
        meta.pop(field, None)
    labels = {k: v for k, v in (meta.pop("labels", None) or {}).items() if k not in CREATED_BY}
    notes = {k: v for k, v in (meta.pop("annotations", None) or {}).items() if k not in OWN}
    if f"{L}scheduled-time" in notes:
        notes[f"{L}scheduled-time"] = "a time"
    spec = without_zeros(document["spec"])
    return {"metadata": {**meta, "labels": labels, "annotations": notes}, "spec": spec}


def without_zeros(value: Any) -> Any:
    """Return a value without the empty structs that Go writes for what is not there."""
    if isinstance(value, list):
        return [without_zeros(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {k: without_zeros(v) for k, v in value.items() if not (k in ZEROS and v == {})}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["workflowtemplate", "clusterworkflowtemplate", "cronwf"])
async def test_from_an_object_of_the_cluster(
    lab: Lab, submitter: Submitter, kind: str, case: str
) -> None:
    name = lab.name("from")
    flags, options = CASES[case]
    theirs = await by_argo("--from", f"{kind}/{name}", *flags)
    prepared = await submitter.prepare_from(kind, name, NAMESPACE, options)
    ours = await submitter.send(prepared, dry_run=True)
    assert comparable(ours) == comparable(theirs)


async def test_the_scheduled_time_of_a_cron_run(lab: Lab, submitter: Submitter) -> None:
    name, moment = lab.name("from"), "2026-01-31T06:00:00+01:00"
    theirs = await by_argo("--from", f"cronwf/{name}", "--scheduled-time", moment)
    options = SubmitOptions(scheduled_time=moment)
    prepared = await submitter.prepare_from("cronwf", name, NAMESPACE, options)
    note = f"{L}scheduled-time"
    assert prepared.document["metadata"]["annotations"][note] == moment
    assert theirs["metadata"]["annotations"][note] == moment


@pytest.mark.parametrize("case", CASES)
async def test_from_a_manifest(lab: Lab, submitter: Submitter, tmp_path: Path, case: str) -> None:
    flags, options = CASES[case]
    document: Document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "contract-", "labels": {"a": "0", "z": "1"}},
        "spec": SPEC,
    }
    file = tmp_path / "workflow.yaml"
    file.write_text(dump_yaml(document), "utf-8")
    theirs = await by_argo(str(file), *flags)
    (prepared,) = await submitter.prepare_documents([document], NAMESPACE, options)
    ours = await submitter.send(prepared, dry_run=True)
    assert comparable(ours) == comparable(theirs)


async def test_a_parameter_file(lab: Lab, submitter: Submitter, tmp_path: Path) -> None:
    name = lab.name("from")
    file = tmp_path / "values.yaml"
    file.write_text("version: 2\nmode: fast\n", "utf-8")
    arguments = ("--from", f"workflowtemplate/{name}", "--parameter-file", str(file))
    theirs = await by_argo(*arguments)
    command = (sys.executable, "-m", "argotui", "submit", "-n", NAMESPACE, *arguments)
    code, out, err = await run(*command, "--server-dry-run", "-o", "json")
    assert code == 0, err

    def values(document: Document) -> dict[str, str]:
        listed = document["spec"]["arguments"]["parameters"]
        return {each["name"]: each["value"] for each in listed}

    assert values(json.loads(out)) == values(theirs)


@pytest.mark.parametrize(("deadline", "code"), [(None, 0), (1, 1)], ids=["succeeds", "fails"])
async def test_waiting_ends_with_the_same_code(
    lab: Lab, submitter: Submitter, tmp_path: Path, deadline: int | None, code: int
) -> None:
    spec = dict(SPEC)
    if deadline is not None:
        spec |= {"activeDeadlineSeconds": deadline, "entrypoint": "other"}
    document: Document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "contract-wait-", "labels": {LABEL: lab.run}},
        "spec": spec,
    }
    file = tmp_path / "workflow.yaml"
    file.write_text(dump_yaml(document), "utf-8")
    theirs, _, _ = await run("argo", "submit", "-n", NAMESPACE, str(file), "--wait", "-o", "name")
    command = (sys.executable, "-m", "argotui", "submit", "-n", NAMESPACE, str(file), "--wait")
    ours, _, err = await run(*command, "-o", "name")
    assert (theirs, ours) == (code, code), err
