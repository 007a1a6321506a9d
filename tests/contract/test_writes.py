"""Creating, replacing, patching and deleting, with every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.lab import JSON_PATCH, LABEL, MERGE_PATCH, WORKFLOWS, Document, Lab

MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)
REJECTED = (422, "Invalid", "the server rejected our request due to an error in our request")


def _body(lab: Lab, **meta: Any) -> Document:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"labels": {LABEL: lab.run, "workflows.argoproj.io/completed": "true"}} | meta,
        "spec": {},
    }


async def test_an_object_gets_its_identity_when_created(lab: Lab) -> None:
    answer = await lab.request("POST", WORKFLOWS, _body(lab, generateName="contract-"))
    assert answer.status == 201
    meta = answer.json["metadata"]
    assert meta["name"].startswith("contract-")
    assert len(meta["name"]) == len("contract-") + 5
    assert meta["namespace"] == "argo"
    assert meta["generation"] == 1
    assert len(meta["uid"]) == 36
    assert meta["creationTimestamp"].endswith("Z")
    assert int(meta["resourceVersion"]) > 0


async def test_a_dry_run_changes_nothing(lab: Lab) -> None:
    params = {"dryRun": "All"}
    answer = await lab.request("POST", WORKFLOWS, _body(lab, name=lab.name("dry")), params=params)
    assert answer.status == 201
    assert "resourceVersion" not in answer.json["metadata"]
    assert (await lab.get(f"{WORKFLOWS}/{lab.name('dry')}")).status == 404
    made = await lab.create("real")
    path = f"{WORKFLOWS}/{lab.name('real')}"
    patched = await lab.patch("real", {"metadata": {"labels": {"x": "y"}}}, params=params)
    assert patched.json["metadata"]["labels"]["x"] == "y"
    assert (await lab.request("DELETE", path, params=params)).json["status"] == "Success"
    assert (await lab.workflow("real"))["metadata"] == made["metadata"]
    refused = await lab.request("POST", WORKFLOWS, _body(lab, name="x"), params={"dryRun": "Al"})
    assert refused.refusal == (
        422,
        "Invalid",
        'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Al"]: '
        'supported values: "All"',
    )


async def test_refused_creations(lab: Lab) -> None:
    await lab.create("there")
    name = lab.name("there")
    assert (await lab.request("POST", WORKFLOWS, _body(lab, name=name))).refusal == (
        409,
        "AlreadyExists",
        f'workflows.argoproj.io "{name}" already exists',
    )
    assert (
        await lab.request("POST", WORKFLOWS, _body(lab, name="a", namespace="other"))
    ).refusal == (
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
    )
    code, reason, message = (await lab.request("POST", WORKFLOWS, _body(lab, name="BAD_X"))).refusal
    assert (code, reason) == (422, "Invalid")
    assert message.startswith(
        'Workflow.argoproj.io "BAD_X" is invalid: metadata.name: Invalid value: "BAD_X": '
        "a lowercase RFC 1123 subdomain must consist of"
    )
    code, reason, message = (await lab.request("POST", WORKFLOWS, _body(lab))).refusal
    assert (code, reason) == (422, "Invalid")
    assert "metadata.name: Required value: name or generateName is required" in message
    elsewhere = WORKFLOWS.replace("/argo/", "/contract-none/")
    assert (await lab.request("POST", elsewhere, _body(lab, name="a"))).refusal == (
        404,
        "NotFound",
        'namespaces "contract-none" not found',
    )


async def test_what_is_no_object_is_refused(lab: Lab) -> None:
    for body, message in (
        (b"{}", "Object 'Kind' is missing in '{}'"),
        (b"{nope", "couldn't get version/kind; json parse error"),
    ):
        code, reason, found = (await lab.request("POST", WORKFLOWS, body)).refusal
        assert (code, reason) == (400, "BadRequest")
        assert found.startswith("the object provided is unrecognized (must be of type Workflow)")
        assert message in found
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert (await lab.request("POST", WORKFLOWS, pod)).refusal[2] == (
        "the API version in the data (v1) does not match the expected API version "
        "(argoproj.io/v1alpha1)"
    )
    unknown = await lab.request("POST", WORKFLOWS, b"{}", content_type="text/plain")
    assert unknown.refusal[:2] == (415, "UnsupportedMediaType")


async def test_put_replaces_what_was_read(lab: Lab) -> None:
    read = await lab.create("a")
    path = f"{WORKFLOWS}/{lab.name('a')}"
    read["spec"] = {"entrypoint": "main"}
    written = (await lab.request("PUT", path, read)).json
    assert written["spec"] == {"entrypoint": "main"}
    assert written["metadata"]["generation"] == 2
    assert (await lab.request("PUT", path, read)).refusal == (
        409,
        "Conflict",
        f'Operation cannot be fulfilled on workflows.argoproj.io "{lab.name("a")}": {MODIFIED}',
    )


async def test_refused_replacements(lab: Lab) -> None:
    read = await lab.create("a")
    name = lab.name("a")
    path = f"{WORKFLOWS}/{name}"
    meta = read["metadata"]
    blind = {**read, "metadata": {**meta, "resourceVersion": ""}}
    assert (await lab.request("PUT", path, blind)).refusal == (
        422,
        "Invalid",
        f'workflows.argoproj.io "{name}" is invalid: metadata.resourceVersion: '
        "Invalid value: 0: must be specified for an update",
    )
    renamed = {**read, "metadata": {**meta, "name": "other"}}
    assert (await lab.request("PUT", path, renamed)).refusal == (
        400,
        "BadRequest",
        f"the name of the object (other) does not match the name on the URL ({name})",
    )
    replaced = {**read, "metadata": {**meta, "uid": "x"}}
    code, reason, message = (await lab.request("PUT", path, replaced)).refusal
    assert (code, reason) == (409, "Conflict")
    assert f"UID in precondition: x, UID in object meta: {meta['uid']}" in message
    nobody = {**read, "metadata": {**meta, "name": "zz-none", "uid": ""}}
    assert (await lab.request("PUT", f"{WORKFLOWS}/zz-none", nobody)).status == 404


async def test_a_json_patch_is_all_or_nothing(lab: Lab) -> None:
    read = await lab.create("a", {"entrypoint": "main"})
    operations = [
        {"op": "test", "path": "/metadata/uid", "value": read["metadata"]["uid"]},
        {"op": "replace", "path": "/spec/entrypoint", "value": "other"},
        {"op": "add", "path": "/metadata/labels/a~1b", "value": "c"},
    ]
    patched = (await lab.patch("a", operations, JSON_PATCH)).json
    assert patched["spec"]["entrypoint"] == "other"
    assert patched["metadata"]["labels"]["a/b"] == "c"
    wrong = [
        {"op": "replace", "path": "/spec/entrypoint", "value": "third"},
        {"op": "test", "path": "/metadata/uid", "value": "x"},
    ]
    assert (await lab.patch("a", wrong, JSON_PATCH)).refusal == REJECTED
    assert (await lab.workflow("a"))["spec"]["entrypoint"] == "other"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/status/nodes/none/phase", "value": "x"},
        {"op": "test", "path": "/metadata/none", "value": "x"},
        {"op": "replace", "path": "/status/nodes/none/phase", "value": "x"},
        {"op": "add", "path": "/status/nope/none/phase", "value": "x"},
        {"op": "remove", "path": "/metadata/labels/none"},
        {"op": "frob", "path": "/metadata/labels/none"},
    ],
)
async def test_json_patches_that_do_not_apply(lab: Lab, operation: Document) -> None:
    await lab.create("a")
    answer = await lab.patch("a", [operation], JSON_PATCH)
    assert answer.refusal == REJECTED
    assert answer.json["details"] == {}


async def test_replacing_a_member_that_is_not_there_adds_it(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "main"})
    patch = [{"op": "replace", "path": "/spec/serviceAccountName", "value": "x"}]
    assert (await lab.patch("a", patch, JSON_PATCH)).json["spec"]["serviceAccountName"] == "x"


NOTE = "argotui.io/creator"


@pytest.mark.parametrize(
    ("annotations", "member", "holds"),
    [
        ({}, "", True),
        ({}, NOTE, False),
        ({"other": "x"}, "", False),
        ({"other": "x"}, NOTE, True),
        ({NOTE: "x"}, NOTE, False),
        ({NOTE: ""}, NOTE, False),
    ],
)
@pytest.mark.parametrize("params", [{}, {"dryRun": "All"}])
async def test_a_test_for_null_holds_exactly_where_a_member_of_what_is_there_is_not(
    lab: Lab, annotations: dict[str, str], member: str, holds: bool, params: dict[str, str]
) -> None:
    made = await lab.create("a")
    await lab.patch("a", {"metadata": {"annotations": annotations}})
    path = "/metadata/annotations" + (f"/{member.replace('/', '~1')}" if member else "")
    operations = [
        {"op": "test", "path": path, "value": None},
        {"op": "add", "path": "/spec/serviceAccountName", "value": "x"},
    ]
    answer = await lab.patch("a", operations, JSON_PATCH, params=params)
    written = (await lab.workflow("a"))["spec"] != made["spec"]
    assert written is (holds and not params)
    if holds:
        assert answer.status == 200
        assert answer.json["spec"]["serviceAccountName"] == "x"
    else:
        assert answer.refusal == REJECTED


async def test_no_object_has_an_empty_map_of_labels_or_annotations(lab: Lab) -> None:
    made = await lab.request("POST", WORKFLOWS, _body(lab, name=lab.name("a"), annotations={}))
    assert "annotations" not in made.json["metadata"]
    dry = {"dryRun": "All"}
    for kind in ("annotations", "labels"):
        noted = (await lab.patch("a", {"metadata": {kind: {"x": "y"}}})).json
        gone = dict.fromkeys(noted["metadata"][kind])
        emptied = (await lab.patch("a", {"metadata": {kind: gone}}, params=dry)).json
        assert kind not in emptied["metadata"]
        add = {"op": "add", "path": f"/metadata/{kind}", "value": {}}
        replaced = (await lab.patch("a", [add], JSON_PATCH, params=dry)).json
        assert kind not in replaced["metadata"]


async def test_a_patch_may_not_touch_the_identity(lab: Lab) -> None:
    await lab.create("a")
    name = lab.name("a")
    for path, value, code, message in (
        ("name", "other", 400, f"does not match the name on the URL ({name})"),
        ("uid", "other", 422, 'metadata.uid: Invalid value: "other": field is immutable'),
        ("resourceVersion", "5", 409, MODIFIED),
    ):
        patch = [{"op": "replace", "path": f"/metadata/{path}", "value": value}]
        found = (await lab.patch("a", patch, JSON_PATCH)).refusal
        assert found[0] == code
        assert message in found[2]
    stale = {"metadata": {"resourceVersion": "5", "labels": {"x": "y"}}}
    assert (await lab.patch("a", stale)).refusal[:2] == (409, "Conflict")


async def test_a_merge_patch_merges_and_removes(lab: Lab) -> None:
    await lab.create("a", {"entrypoint": "main"}, labels={"x": "y"})
    patched = (
        await lab.patch(
            "a", {"metadata": {"labels": {"x": None, "z": "1"}}, "spec": {"suspend": True}}
        )
    ).json
    assert "x" not in patched["metadata"]["labels"]
    assert patched["metadata"]["labels"]["z"] == "1"
    assert patched["spec"] == {"entrypoint": "main", "suspend": True}
    bad = await lab.patch("a", {"metadata": {"labels": {"x": "not a label!"}}})
    assert bad.refusal[:2] == (422, "Invalid")
    assert "a valid label must be an empty string or consist of" in bad.refusal[2]


async def test_what_is_no_patch_is_refused(lab: Lab) -> None:
    await lab.create("a")
    for body, message in (
        (b"[{", "error decoding patch: unexpected end of JSON input"),
        (
            b'{"op":"test"}',
            "error decoding patch: json: cannot unmarshal object into Go value of type "
            "[]handlers.jsonPatchOp",
        ),
    ):
        answer = await lab.patch("a", body, JSON_PATCH)
        assert answer.refusal == (400, "BadRequest", message)
    for media in ("application/strategic-merge-patch+json", "text/plain"):
        answer = await lab.patch("a", {}, media)
        assert answer.refusal == (
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            f"{JSON_PATCH}, {MERGE_PATCH}, application/apply-patch+yaml",
        )
    path = f"{WORKFLOWS}/zz-none"
    assert (await lab.request("PATCH", path, {}, content_type=JSON_PATCH)).status == 404


async def test_deleting_and_its_preconditions(lab: Lab) -> None:
    made = await lab.create("a")
    name, meta = lab.name("a"), made["metadata"]
    path = f"{WORKFLOWS}/{name}"
    for precondition, message in (
        (
            {"uid": "x"},
            f"the UID in the precondition (x) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated",
        ),
        (
            {"resourceVersion": "5"},
            "the ResourceVersion in the precondition (5) does not match the ResourceVersion in "
            f"record ({meta['resourceVersion']}). The object might have been modified",
        ),
    ):
        answer = await lab.request("DELETE", path, {"preconditions": precondition})
        assert answer.refusal == (
            409,
            "Conflict",
            f'Operation cannot be fulfilled on Workflow.argoproj.io "{name}": {message}',
        )
    right = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
    gone = await lab.request("DELETE", path, {"preconditions": right})
    assert gone.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": name,
            "group": "argoproj.io",
            "kind": "workflows",
            "uid": meta["uid"],
        },
    }
    assert (await lab.request("DELETE", path)).refusal[:2] == (404, "NotFound")


async def test_a_finalizer_holds_a_deletion_up(lab: Lab) -> None:
    await lab.create("a")
    await lab.patch("a", {"metadata": {"finalizers": ["contract.example/hold"]}})
    marked = await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('a')}")
    assert marked.json["kind"] == "Workflow"
    assert "deletionTimestamp" in marked.json["metadata"]
    assert "deletionTimestamp" in (await lab.workflow("a"))["metadata"]
    await lab.patch("a", {"metadata": {"finalizers": None}})
    assert (await lab.get(f"{WORKFLOWS}/{lab.name('a')}")).status == 404
