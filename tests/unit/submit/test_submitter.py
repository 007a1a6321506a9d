"""The submission of workflows to the embedded cluster."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.clock import Clock
from argotui.backend.kube.cluster import open_cluster
from argotui.backend.kube.objects import KubeObjects
from argotui.demo.api.kinds import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
)
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import ForbiddenError, InvalidError, NotFoundError
from argotui.model.submission.build import SubmitOptions
from argotui.operations.submit.submitter import LOST, SubmissionLost, Submitter
from tests.support import ManualClock

L = "workflows.argoproj.io/"
SPEC: dict[str, Any] = {
    "entrypoint": "main",
    "arguments": {
        "parameters": [
            {"name": "version", "description": "What to release."},
            {"name": "region", "value": "eu", "enum": ["eu", "us"]},
        ]
    },
    "templates": [
        {"name": "main", "suspend": {}},
        {"name": "again", "suspend": {}, "inputs": {"parameters": [{"name": "why"}]}},
    ],
}


@pytest.fixture
async def cluster_with(embedded: EmbeddedCluster) -> EmbeddedCluster:
    """A cluster with a template of each kind and a CronWorkflow."""
    store = embedded.objects
    template = {"metadata": {"name": "release", "namespace": "argo"}, "spec": SPEC}
    template["metadata"]["annotations"] = {"argotui.io/schema.version": '{"pattern":"^v[0-9]+$"}'}
    store.create(WORKFLOW_TEMPLATES, copy.deepcopy(template))
    store.create(CLUSTER_WORKFLOW_TEMPLATES, {"metadata": {"name": "base"}, "spec": SPEC})
    store.create(
        CRON_WORKFLOWS,
        {
            "metadata": {
                "name": "nightly",
                "namespace": "argo",
                "labels": {f"{L}controller-instanceid": "two", "other": "x"},
            },
            "spec": {
                "schedules": ["0 3 * * *"],
                "workflowMetadata": {
                    "labels": {"team": "data"},
                    "annotations": {"argotui.io/creator": "somebody", "note": "x"},
                    "finalizers": ["example.com/hold"],
                },
                "workflowSpec": {"workflowTemplateRef": {"name": "release"}},
            },
        },
    )
    return embedded


async def submitter_of(
    embedded: EmbeddedCluster, folder: Path, clock: Clock, user: str = "admin", **options: bool
) -> AsyncIterator[Submitter]:
    kubeconfig = embedded.write_kubeconfig(folder / f"{user}.kubeconfig", user)
    cluster = await open_cluster(kubeconfig=str(kubeconfig))
    yield Submitter(KubeObjects(cluster), clock, **options)
    await cluster.close()


@pytest.fixture
async def submitter(
    cluster_with: EmbeddedCluster, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Submitter]:
    async for made in submitter_of(cluster_with, tmp_path, clock):
        yield made


def stored(embedded: EmbeddedCluster, name: str, namespace: str = "argo") -> dict[str, Any]:
    return embedded.objects.need(WORKFLOWS, namespace, name).decode()


def count(embedded: EmbeddedCluster) -> int:
    return len(embedded.objects.items(WORKFLOWS))


async def test_a_template_is_referred_to_as_argo_does(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    options = SubmitOptions(parameters={"version": "v2"}, labels={"team": "web"}, priority=3)
    made = await submitter.submit_from("wftmpl", "release", "argo", options)
    assert made["metadata"]["name"].startswith("release-")
    assert made["spec"] == {
        "workflowTemplateRef": {"name": "release"},
        "priority": 3,
        "arguments": {"parameters": [{"name": "version", "value": "v2"}]},
    }
    assert made["metadata"]["labels"] == {
        f"{L}workflow-template": "release",
        f"{L}creator": "admin",
        "team": "web",
    }
    assert made["metadata"]["annotations"] == {"argotui.io/creator": "admin"}
    assert stored(cluster_with, made["metadata"]["name"])["spec"] == made["spec"]


async def test_a_cluster_template_is_referred_to_in_its_scope(submitter: Submitter) -> None:
    options = SubmitOptions(parameters={"version": "1", "region": "us"}, name="mine")
    made = await submitter.submit_from("ClusterWorkflowTemplate", "base", "data", options)
    assert made["metadata"]["namespace"] == "data"
    assert made["metadata"]["name"] == "mine"
    assert made["spec"]["workflowTemplateRef"] == {"name": "base", "clusterScope": True}
    assert made["metadata"]["labels"][f"{L}cluster-workflow-template"] == "base"


async def test_a_cron_workflow_is_run_with_its_owner_from_a_live_read(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    options = SubmitOptions(
        parameters={"version": "v3"}, scheduled_time="2026-01-31T06:00:00+01:00"
    )
    made = await submitter.submit_from("cronwf", "nightly", "argo", options)
    meta = made["metadata"]
    cron = cluster_with.objects.need(CRON_WORKFLOWS, "argo", "nightly")
    assert meta["ownerReferences"] == [
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "CronWorkflow",
            "name": "nightly",
            "uid": cron.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    assert meta["labels"] == {
        f"{L}controller-instanceid": "two",
        f"{L}cron-workflow": "nightly",
        f"{L}creator": "admin",
        "team": "data",
    }
    assert meta["annotations"] == {
        f"{L}scheduled-time": "2026-01-31T06:00:00+01:00",
        "argotui.io/creator": "admin",
        "note": "x",
    }
    assert meta["finalizers"] == ["example.com/hold"]
    assert made["spec"]["workflowTemplateRef"] == {"name": "release"}


async def test_the_scheduled_time_of_a_run_is_now(submitter: Submitter) -> None:
    options = SubmitOptions(parameters={"version": "v3"})
    made = await submitter.prepare_from("cronwf", "nightly", "argo", options)
    notes = made.document["metadata"]["annotations"]
    assert notes[f"{L}scheduled-time"] == "2026-01-05T12:00:00Z"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (SubmitOptions(), "version needs a value: What to release."),
        (SubmitOptions(parameters={"version": "2"}), "version must match ^v[0-9]+$"),
        (
            SubmitOptions(parameters={"version": "v2", "region": "mars"}),
            "region must be one of eu, us",
        ),
        (
            SubmitOptions(parameters={"version": "v2", "regoin": "eu"}),
            "there is no parameter regoin; did you mean region?",
        ),
        (
            SubmitOptions(parameters={"version": "v2"}, entrypoint="mian"),
            "there is no template mian to begin with; there are: main, again",
        ),
        (SubmitOptions(parameters={"version": "v2"}, entrypoint="again"), "why needs a value"),
        (SubmitOptions(parameters={"a b": "1"}), "'a b' is no name of a parameter"),
        (SubmitOptions(name="Not_A_Name"), "No workflow can have the name"),
        (SubmitOptions(name="a" * 64), "has 64 characters; a workflow's has at most 63"),
        (SubmitOptions(generate_name="-x"), "cannot begin a name"),
        (SubmitOptions(labels={"team": "a b"}), "is no value for the label team"),
        (SubmitOptions(labels={"a/b/c": "x"}), "'a/b/c' is no key"),
        (SubmitOptions(annotations={"": "x"}), "'' is no key"),
        (SubmitOptions(service_account="a/b"), "No ServiceAccount can have the name 'a/b'"),
        (SubmitOptions(priority=1 << 40), "is no priority"),
        (SubmitOptions(scheduled_time="yesterday"), "is no time in RFC 3339"),
    ],
)
async def test_what_cannot_be_submitted_is_said_and_nothing_is_created(
    submitter: Submitter, cluster_with: EmbeddedCluster, options: SubmitOptions, said: str
) -> None:
    with pytest.raises(InvalidError) as error:
        await submitter.submit_from("workflowtemplate", "release", "argo", options)
    assert said in f"{error.value.title}\n{error.value.detail}"
    assert count(cluster_with) == 0


async def test_all_problems_are_said_at_once(submitter: Submitter) -> None:
    options = SubmitOptions(parameters={"region": "mars", "x": "1"})
    with pytest.raises(InvalidError) as error:
        await submitter.submit_from("workflowtemplate", "release", "argo", options)
    assert len(error.value.detail.splitlines()) == 3


async def test_without_strict_argo_decides_about_values(submitter: Submitter) -> None:
    options = SubmitOptions(parameters={"version": "2", "other": "x"}, strict=False)
    made = await submitter.prepare_from("workflowtemplate", "release", "argo", options)
    names = [each["name"] for each in made.document["spec"]["arguments"]["parameters"]]
    assert names == ["version", "other"]


async def test_a_name_or_kind_that_leads_nowhere_is_said(submitter: Submitter) -> None:
    with pytest.raises(NotFoundError):
        await submitter.submit_from("workflowtemplate", "absent", "argo", SubmitOptions())
    with pytest.raises(InvalidError, match="No WorkflowTemplate can have the name"):
        await submitter.submit_from("workflowtemplate", "../pods", "argo", SubmitOptions())
    with pytest.raises(InvalidError, match="Nothing can be submitted from a 'pod'"):
        await submitter.submit_from("pod", "a", "argo", SubmitOptions())


def manifest(name: str = "one", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name},
        "spec": {"entrypoint": "a", "templates": [{"name": "a", "suspend": {}}], **spec},
    }


async def test_manifests_reach_the_cluster_to_the_letter(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    spec: dict[str, Any] = {
        "podPriorityClassName": "low",
        "templates": [{"name": "a", "pendingTimeout": "5m"}],
    }
    other = manifest("two")
    other["metadata"]["namespace"] = "data"
    options = SubmitOptions(labels={"team": "x"})
    one, two = await submitter.submit_documents([manifest(**spec), other], "argo", options)
    assert one["spec"] == {"entrypoint": "a", **spec}
    assert two["metadata"]["namespace"] == "data"
    assert stored(cluster_with, "two", "data")["metadata"]["labels"]["team"] == "x"


async def test_a_given_parameter_replaces_that_of_a_manifest(submitter: Submitter) -> None:
    parameters = [{"name": "x", "value": "1", "enum": ["1", "2"]}, {"name": "y", "value": "1"}]
    document = manifest(arguments={"parameters": parameters})
    options = SubmitOptions(parameters={"x": "2"})
    (made,) = await submitter.prepare_documents([document], "argo", options)
    assert made.document["spec"]["arguments"]["parameters"] == [
        {"name": "x", "value": "2"},
        {"name": "y", "value": "1"},
    ]
    assert document["spec"]["arguments"]["parameters"] == parameters


async def test_a_parameter_that_a_manifest_only_refers_to_can_be_given(
    submitter: Submitter,
) -> None:
    template = {"name": "a", "suspend": {"duration": "{{workflow.parameters.wait-for}}"}}
    document = manifest(templates=[template])
    options = SubmitOptions(parameters={"wait-for": "5m"})
    (made,) = await submitter.prepare_documents([document], "argo", options)
    given = made.document["spec"]["arguments"]["parameters"]
    assert given == [{"name": "wait-for", "value": "5m"}]
    options = SubmitOptions(parameters={"waitfor": "5m"})
    with pytest.raises(InvalidError, match="there is no parameter waitfor"):
        await submitter.prepare_documents([document], "argo", options)


async def test_another_creator_in_a_manifest_is_replaced(submitter: Submitter) -> None:
    document = manifest()
    document["metadata"]["annotations"] = {"argotui.io/creator": "root", "keep": "x"}
    document["metadata"]["labels"] = {f"{L}creator-email": "root.at.example.com"}
    (made,) = await submitter.prepare_documents([document], "argo", SubmitOptions())
    assert made.document["metadata"]["annotations"] == {"argotui.io/creator": "admin", "keep": "x"}
    assert made.document["metadata"]["labels"] == {f"{L}creator": "admin"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "WorkflowTemplate"}, "only a Workflow is submitted"),
        ({"apiVersion": "v1"}, "its apiVersion is 'v1'"),
        ({"spec": None}, "it has no spec"),
        ({"metadata": None}, "it has no metadata"),
        ({"spec": {"arguments": []}}, "spec.arguments must be an object"),
        ({"spec": {"templates": {"a": 1}}}, "spec.templates must be a list"),
        ({"spec": {"templates": [None], "entrypoint": "x"}}, "there is no template x"),
        ({"metadata": {"name": "a", "labels": []}}, "metadata.labels must be an object"),
        ({"metadata": {}}, "neither metadata.name nor metadata.generateName"),
        ({"metadata": {"name": "a", "labels": {"x": 1}}}, "the value of x must be a text"),
        ({"metadata": {"name": "a", "namespace": "a/b"}}, "No namespace can have the name"),
        ({"spec": {}}, "it has no entrypoint"),
        ({"spec": {"entrypoint": "b", "templates": []}}, "there is no template b"),
        ({"spec": {"workflowTemplateRef": {"name": "absent"}}}, "its template cannot be read"),
        ({"spec": {"workflowTemplateRef": {"name": "release"}}}, "version needs a value"),
    ],
)
async def test_one_manifest_that_cannot_be_submitted_keeps_all_back(
    submitter: Submitter, cluster_with: EmbeddedCluster, change: dict[str, Any], said: str
) -> None:
    documents = [manifest(), {**manifest(), **change}]
    with pytest.raises(InvalidError) as error:
        await submitter.submit_documents(documents, "argo", SubmitOptions())
    assert said in f"{error.value.title}\n{error.value.detail}"
    assert count(cluster_with) == 0


async def test_the_server_tries_a_workflow_and_creates_nothing(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    (made,) = await submitter.prepare_documents([manifest()], "argo", SubmitOptions())
    tried = await submitter.send(made, dry_run=True)
    assert tried["metadata"]["uid"]
    assert count(cluster_with) == 0
    (wrong,) = await submitter.prepare_documents([manifest(bogus=1)], "argo", SubmitOptions())
    with pytest.raises(InvalidError, match=r'unknown field "spec\.bogus"'):
        await submitter.send(wrong, dry_run=True)


async def test_a_lost_answer_is_said_and_nothing_is_sent_again(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    (made,) = await submitter.prepare_documents([manifest()], "argo", SubmitOptions())
    cluster_with.faults.drop(match="/workflows?")
    before = len(cluster_with.server.requests)
    with pytest.raises(SubmissionLost) as error:
        await submitter.send(made)
    assert error.value.hint == LOST
    sent = [each for each in cluster_with.server.requests[before:] if each.startswith("POST")]
    assert len(sent) == 1


async def test_who_may_not_submit_gets_the_servers_words(
    cluster_with: EmbeddedCluster, tmp_path: Path, clock: ManualClock
) -> None:
    async for viewer in submitter_of(cluster_with, tmp_path, clock, "viewer"):
        with pytest.raises(ForbiddenError):
            await viewer.submit_documents([manifest()], "argo", SubmitOptions())
    async for developer in submitter_of(cluster_with, tmp_path, clock, "developer"):
        (made,) = await developer.submit_documents([manifest()], "argo", SubmitOptions())
        assert made["metadata"]["labels"][f"{L}creator"] == "developer-example.com"
        notes = made["metadata"]["annotations"]
        assert notes["argotui.io/creator"] == "developer@example.com"


async def test_read_only_refuses_to_create_and_lets_the_server_try(
    cluster_with: EmbeddedCluster, tmp_path: Path, clock: ManualClock
) -> None:
    async for looking in submitter_of(cluster_with, tmp_path, clock, read_only=True):
        (made,) = await looking.prepare_documents([manifest()], "argo", SubmitOptions())
        assert await looking.send(made, dry_run=True)
        with pytest.raises(InvalidError, match="Read-only"):
            await looking.send(made)
    assert count(cluster_with) == 0


async def test_a_run_lends_its_values(submitter: Submitter) -> None:
    options = SubmitOptions(parameters={"version": "v9"}, name="earlier")
    await submitter.submit_from("workflowtemplate", "release", "argo", options)
    assert (await submitter.values_of("earlier", "argo"))["version"] == "v9"


@pytest.mark.parametrize(
    "spec",
    [
        {"arguments": [1]},
        {"templates": "x"},
        {"entrypoint": {"a": 1}},
        {"workflowTemplateRef": ["x"]},
    ],
)
async def test_a_template_of_the_cluster_that_argo_cannot_read_is_said(
    submitter: Submitter, cluster_with: EmbeddedCluster, spec: dict[str, Any]
) -> None:
    meta = {"name": "odd", "namespace": "argo"}
    cluster_with.objects.create(WORKFLOW_TEMPLATES, {"metadata": meta, "spec": spec})
    with pytest.raises(InvalidError, match="WorkflowTemplate odd is not as Argo reads it"):
        await submitter.submit_from("workflowtemplate", "odd", "argo", SubmitOptions())


async def test_a_template_that_names_itself_is_not_followed(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    meta = {"name": "loop", "namespace": "argo"}
    spec = {"workflowTemplateRef": {"name": "loop"}}
    cluster_with.objects.create(WORKFLOW_TEMPLATES, {"metadata": meta, "spec": spec})
    with pytest.raises(InvalidError, match="cannot be submitted like this"):
        await submitter.submit_from("workflowtemplate", "loop", "argo", SubmitOptions())


async def test_parameters_without_a_name_are_left_to_argo(
    submitter: Submitter, cluster_with: EmbeddedCluster
) -> None:
    meta = {"name": "odd", "namespace": "argo"}
    odd = {**SPEC, "arguments": {"parameters": [None, {}, {"name": None}, {"value": "x"}]}}
    cluster_with.objects.create(WORKFLOW_TEMPLATES, {"metadata": meta, "spec": odd})
    document = manifest(workflowTemplateRef={"name": "odd"}, arguments={"parameters": [None]})
    assert await submitter.submit_from("workflowtemplate", "odd", "argo", SubmitOptions())
    assert await submitter.submit_documents([document], "argo", SubmitOptions())
