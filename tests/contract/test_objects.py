"""`ObjectPort` over the Kubernetes API: every method, with its refusals and conditions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from argotui.backend.kube.objects import KubeObjects
from argotui.backend.ports import Document, ObjectChange, Precondition
from argotui.errors import BackendError, ConflictError, GoneError, InvalidError, NotFoundError
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    KINDS,
    WORKFLOW,
    WORKFLOW_TEMPLATE,
    Kind,
)
from tests.contract.lab import LABEL, NAMESPACE, Lab

WAIT: Document = {"name": "wait", "suspend": {}}
SPECS: dict[str, Document] = {
    "Workflow": {"entrypoint": "wait", "suspend": True, "templates": [WAIT]},
    "WorkflowTemplate": {"entrypoint": "wait", "templates": [WAIT]},
    "ClusterWorkflowTemplate": {"entrypoint": "wait", "templates": [WAIT]},
    "CronWorkflow": {
        "schedules": ["0 3 29 2 *"],
        "suspend": True,
        "workflowSpec": {"entrypoint": "wait", "templates": [WAIT]},
    },
}
"""What no controller acts on, by kind."""


def place(kind: Kind) -> str | None:
    return NAMESPACE if kind.namespaced else None


def manifest(lab: Lab, kind: Kind, stem: str) -> Document:
    labels = {LABEL: lab.run}
    if kind is WORKFLOW:
        labels["workflows.argoproj.io/completed"] = "true"
    meta: Document = {"name": lab.name(stem), "labels": labels}
    if kind.namespaced:
        meta["namespace"] = NAMESPACE
    spec = SPECS[kind.name]
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind.name, "metadata": meta, "spec": spec}


@pytest.fixture(autouse=True)
async def clean_up(lab: Lab, objects: KubeObjects) -> AsyncIterator[None]:
    yield
    for kind in KINDS.values():
        page = await objects.list_objects(kind, place(kind), labels=f"{LABEL}={lab.run}")
        for item in page.items:
            with suppress(BackendError):
                name = item["metadata"]["name"]
                await objects.delete(kind, place(kind), name, Precondition())


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = KINDS[request.param]
    return found


async def created(
    objects: KubeObjects, lab: Lab, kind: Kind = WORKFLOW_TEMPLATE, stem: str = "one"
) -> Document:
    return await objects.create(kind, place(kind), manifest(lab, kind, stem))


async def test_an_object_is_created_and_read_to_the_letter(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    document = manifest(lab, kind, "letter")
    note = "a\x1b[31mred\x1b[0m \u202eevil\u202c  \ttab\nline <b>&amp;"
    document["metadata"]["annotations"] = {"argotui.io/contract": note}
    made = await objects.create(kind, place(kind), document)
    assert made["kind"] == kind.name
    assert made["metadata"]["uid"]
    read = await objects.read(kind, place(kind), lab.name("letter"))
    assert read["metadata"]["annotations"]["argotui.io/contract"] == note
    assert read["spec"] == document["spec"]
    assert read["metadata"]["uid"] == made["metadata"]["uid"]


async def test_what_is_not_there_is_said(objects: KubeObjects, lab: Lab, kind: Kind) -> None:
    name = lab.name("absent")
    with pytest.raises(NotFoundError) as error:
        await objects.read(kind, place(kind), name)
    assert f"{kind.name} " in error.value.title
    assert name in error.value.title
    with pytest.raises(NotFoundError):
        await objects.merge(kind, place(kind), name, {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(NotFoundError):
        await objects.delete(kind, place(kind), name, Precondition())


async def test_a_field_that_the_kind_does_not_have_is_refused_and_nothing_is_created(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    document = manifest(lab, kind, "unknown")
    document["spec"] = {**document["spec"], "bogus": 1}
    with pytest.raises(InvalidError, match=r'unknown field "spec\.bogus"'):
        await objects.create(kind, place(kind), document)
    with pytest.raises(InvalidError, match=r'unknown field "spec\.bogus"'):
        await objects.create(kind, place(kind), document, dry_run=True)
    with pytest.raises(NotFoundError):
        await objects.read(kind, place(kind), lab.name("unknown"))


async def test_an_unknown_field_deep_in_a_list_is_named_by_its_path(
    objects: KubeObjects, lab: Lab
) -> None:
    document = manifest(lab, WORKFLOW_TEMPLATE, "deep")
    document["spec"] = {"entrypoint": "wait", "templates": [{**WAIT, "backoffLimit": 3}]}
    with pytest.raises(InvalidError, match=r'unknown field "spec\.templates\[0\]\.backoffLimit"'):
        await objects.create(WORKFLOW_TEMPLATE, NAMESPACE, document)


async def test_replacing_refuses_unknown_fields_too(objects: KubeObjects, lab: Lab) -> None:
    made = await created(objects, lab)
    changed = {**made, "spec": {**made["spec"], "bogus": {}}}
    with pytest.raises(InvalidError, match=r'unknown field "spec\.bogus"'):
        await objects.replace(WORKFLOW_TEMPLATE, changed)


async def test_a_dry_run_answers_as_the_write_would_and_writes_nothing(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    tried = await objects.create(kind, place(kind), manifest(lab, kind, "dry"), dry_run=True)
    assert tried["metadata"]["name"] == lab.name("dry")
    assert tried["metadata"]["creationTimestamp"]
    with pytest.raises(NotFoundError):
        await objects.read(kind, place(kind), lab.name("dry"))
    made = await created(objects, lab, kind, "dry")
    labelled = {**made, "metadata": {**made["metadata"], "labels": {LABEL: lab.run, "new": "x"}}}
    answers = [
        await objects.replace(kind, labelled, dry_run=True),
        await objects.merge(
            kind,
            place(kind),
            lab.name("dry"),
            {"metadata": {"labels": {"new": "x"}}},
            dry_run=True,
        ),
        await objects.patch(
            kind,
            place(kind),
            lab.name("dry"),
            [{"op": "add", "path": "/metadata/labels/new", "value": "x"}],
            dry_run=True,
        ),
    ]
    assert [each["metadata"]["labels"]["new"] for each in answers] == ["x"] * 3
    await objects.delete(kind, place(kind), lab.name("dry"), Precondition(), dry_run=True)
    assert await objects.read(kind, place(kind), lab.name("dry")) == made


async def test_a_name_is_made_from_generate_name(objects: KubeObjects, lab: Lab) -> None:
    document = manifest(lab, WORKFLOW, "generated")
    stem = f"{document['metadata'].pop('name')}-"
    document["metadata"]["generateName"] = stem
    made = await objects.create(WORKFLOW, NAMESPACE, document)
    name = made["metadata"]["name"]
    assert name.startswith(stem)
    assert len(name) == len(stem) + 5
    assert (await objects.read(WORKFLOW, NAMESPACE, name))["metadata"]["generateName"] == stem


async def test_a_name_that_is_taken_is_a_conflict(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    await created(objects, lab, kind)
    with pytest.raises(ConflictError, match="already exists"):
        await created(objects, lab, kind)


async def test_a_name_that_no_object_can_have_is_refused(objects: KubeObjects, lab: Lab) -> None:
    document = manifest(lab, WORKFLOW_TEMPLATE, "x")
    document["metadata"]["name"] = "Not_A_Name"
    with pytest.raises(InvalidError, match="RFC 1123"):
        await objects.create(WORKFLOW_TEMPLATE, NAMESPACE, document)


async def test_replacing_what_changed_meanwhile_is_a_conflict(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    made = await created(objects, lab, kind)
    patch = {"metadata": {"labels": {"first": "yes"}}}
    await objects.merge(kind, place(kind), lab.name("one"), patch)
    with pytest.raises(ConflictError, match="has been modified"):
        await objects.replace(kind, made)
    now = await objects.read(kind, place(kind), lab.name("one"))
    now["metadata"]["labels"]["second"] = "yes"
    replaced = await objects.replace(kind, now)
    assert replaced["metadata"]["labels"] | {"first": "yes"} == replaced["metadata"]["labels"]
    assert replaced["metadata"]["resourceVersion"] != now["metadata"]["resourceVersion"]


async def test_a_merge_holds_to_uid_and_resource_version(objects: KubeObjects, lab: Lab) -> None:
    made = await created(objects, lab)
    version, uid = made["metadata"]["resourceVersion"], made["metadata"]["uid"]
    name = lab.name("one")

    async def merge(conditions: Document) -> Document:
        patch = {"metadata": {**conditions, "labels": {"seen": "yes"}}}
        return await objects.merge(WORKFLOW_TEMPLATE, NAMESPACE, name, patch)

    with pytest.raises((ConflictError, InvalidError)):
        await merge({"uid": "00000000-0000-4000-8000-000000000000"})
    changed = await merge({"uid": uid, "resourceVersion": version})
    assert changed["metadata"]["labels"]["seen"] == "yes"
    with pytest.raises(ConflictError):
        await merge({"uid": uid, "resourceVersion": version, "annotations": {"a": "b"}})
    removed = await objects.merge(
        WORKFLOW_TEMPLATE, NAMESPACE, name, {"metadata": {"labels": {"seen": None}}}
    )
    assert "seen" not in removed["metadata"]["labels"]


async def test_a_patch_is_applied_whole_or_not_at_all(objects: KubeObjects, lab: Lab) -> None:
    made = await created(objects, lab)
    add = {"op": "add", "path": "/metadata/labels/patched", "value": "yes"}
    wrong = {"op": "test", "path": "/metadata/uid", "value": "another"}
    with pytest.raises(InvalidError):
        await objects.patch(WORKFLOW_TEMPLATE, NAMESPACE, lab.name("one"), [add, wrong])
    assert await objects.read(WORKFLOW_TEMPLATE, NAMESPACE, lab.name("one")) == made
    right = {"op": "test", "path": "/metadata/uid", "value": made["metadata"]["uid"]}
    patched = await objects.patch(WORKFLOW_TEMPLATE, NAMESPACE, lab.name("one"), [right, add])
    assert patched["metadata"]["labels"]["patched"] == "yes"


async def test_a_delete_holds_to_its_preconditions(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    made = await created(objects, lab, kind)
    name, meta = lab.name("one"), made["metadata"]
    other = Precondition(uid="00000000-0000-4000-8000-000000000000")
    with pytest.raises(ConflictError, match="UID"):
        await objects.delete(kind, place(kind), name, other)
    await objects.merge(kind, place(kind), name, {"metadata": {"labels": {"changed": "yes"}}})
    seen = Precondition(meta["uid"], meta["resourceVersion"])
    with pytest.raises(ConflictError, match="ResourceVersion"):
        await objects.delete(kind, place(kind), name, seen)
    assert await objects.read(kind, place(kind), name)
    await objects.delete(kind, place(kind), name, Precondition(meta["uid"]))
    with pytest.raises(NotFoundError):
        await objects.read(kind, place(kind), name)


async def test_a_list_comes_in_pages_and_by_label_and_field(objects: KubeObjects, lab: Lab) -> None:
    for stem in ("a", "b", "c"):
        await created(objects, lab, stem=stem)
    labels = f"{LABEL}={lab.run}"
    first = await objects.list_objects(WORKFLOW_TEMPLATE, NAMESPACE, labels=labels, limit=2)
    assert [each["metadata"]["name"] for each in first.items] == [lab.name("a"), lab.name("b")]
    assert first.continue_token
    rest = await objects.list_objects(
        WORKFLOW_TEMPLATE,
        NAMESPACE,
        labels=labels,
        limit=2,
        continue_token=first.continue_token,
    )
    assert [each["metadata"]["name"] for each in rest.items] == [lab.name("c")]
    assert (rest.continue_token, rest.resource_version) == ("", first.resource_version)
    everywhere = await objects.list_objects(WORKFLOW_TEMPLATE, None, labels=labels)
    assert len(everywhere.items) == 3
    one = await objects.list_objects(
        WORKFLOW_TEMPLATE, NAMESPACE, fields=f"metadata.name={lab.name('b')}"
    )
    assert [each["metadata"]["name"] for each in one.items] == [lab.name("b")]
    with pytest.raises(InvalidError):
        await objects.list_objects(WORKFLOW_TEMPLATE, NAMESPACE, labels="a=b=c,,")


async def test_a_cluster_wide_list_has_no_namespace(objects: KubeObjects, lab: Lab) -> None:
    await created(objects, lab, CLUSTER_WORKFLOW_TEMPLATE)
    page = await objects.list_objects(
        CLUSTER_WORKFLOW_TEMPLATE, NAMESPACE, labels=f"{LABEL}={lab.run}"
    )
    assert [each["metadata"]["name"] for each in page.items] == [lab.name("one")]
    assert "namespace" not in page.items[0]["metadata"]


async def test_a_watch_yields_each_change_of_its_kind_and_label(
    objects: KubeObjects, lab: Lab, kind: Kind
) -> None:
    page = await objects.list_objects(kind, place(kind), labels=f"{LABEL}={lab.run}")
    changes: AsyncIterator[ObjectChange] = objects.watch_objects(
        kind, place(kind), page.resource_version, labels=f"{LABEL}={lab.run}"
    )
    seen: list[tuple[str, str]] = []
    async with lab.time(), aclosing(changes):  # type: ignore[type-var]  # it is a generator
        async for change in changes:
            if change.type == "BOOKMARK":
                if not seen:
                    assert change.resource_version == page.resource_version
                    seen.append(("BOOKMARK", ""))
                    await created(objects, lab, kind)
                continue
            assert change.object is not None
            meta = change.object["metadata"]
            assert change.resource_version == meta["resourceVersion"]
            seen.append((change.type, meta["name"]))
            if change.type == "ADDED":
                patch = {"metadata": {"labels": {"changed": "yes"}}}
                await objects.merge(kind, place(kind), meta["name"], patch)
            elif change.type == "MODIFIED":
                await objects.delete(kind, place(kind), meta["name"], Precondition(meta["uid"]))
            else:
                break
    name = lab.name("one")
    assert seen == [("BOOKMARK", ""), ("ADDED", name), ("MODIFIED", name), ("DELETED", name)]


@pytest.mark.embedded
async def test_a_watch_from_a_forgotten_version_is_gone(objects: KubeObjects, lab: Lab) -> None:
    if lab.embedded is None:
        pytest.skip("a real cluster forgets when it wants to")
    page = await objects.list_objects(CRON_WORKFLOW, NAMESPACE)
    await created(objects, lab, CRON_WORKFLOW)
    await lab.embedded.server.restart()
    with pytest.raises(GoneError):
        async for _ in objects.watch_objects(CRON_WORKFLOW, NAMESPACE, page.resource_version):
            pass


async def test_a_namespace_that_no_namespace_can_be_called_reaches_no_url(
    objects: KubeObjects,
) -> None:
    with pytest.raises(InvalidError, match="No namespace can have the name"):
        await objects.list_objects(WORKFLOW, "argo/workflows/x")


@pytest.mark.parametrize("name", ["", "a/b", "..", "A", "a,b", "a?watch=1"])
async def test_a_name_that_no_object_can_have_reaches_no_url(
    objects: KubeObjects, name: str
) -> None:
    with pytest.raises(InvalidError, match="No Workflow can have the name"):
        await objects.read(WORKFLOW, NAMESPACE, name)
    with pytest.raises(InvalidError, match="No Workflow can have the name"):
        await objects.delete(WORKFLOW, NAMESPACE, name, Precondition())
