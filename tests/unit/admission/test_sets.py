"""What is installed, and what is said of it: sets that enforce, and those that seem to."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnreachableError,
)
from argotui.model.argo import (
    Metadata,
    Node,
    Workflow,
    WorkflowStatus,
)
from argotui.operations.admission.bypasses import BYPASSES, BypassRequest, BypassTargets
from argotui.operations.admission.checking import BypassState as Door
from argotui.operations.admission.checking import try_bypass
from argotui.operations.admission.enforcement import (
    EnforcementState,
    installed_sets,
    namespace_enforcement,
)
from argotui.operations.admission.installing import (
    InstallChange,
    in_effect,
    install,
    plan,
    uninstall,
)
from argotui.operations.admission.manifest import KINDS, PROBE_RULE, SET_LABEL
from argotui.operations.admission.parameters import ApproverSource, Parameters
from argotui.operations.admission.policy import plain_refusal
from argotui.operations.doctor.checks import OK, WARN
from argotui.operations.doctor.enforcement import check_enforcement
from tests.admission.enforcement import enforcement_of
from tests.unit.admission.fake_admission import (
    FakeAdmissionPort,
    fake_admission,
    generated_set,
    refused,
)


def workflow(approvers: str = "group:a, user:eve") -> Workflow:
    gate = Node(id="w-1", name="w.gate", type="Suspend", phase="Running")
    notes = {"argotui.io/approvers": approvers}
    return Workflow(
        metadata=Metadata(name="w", namespace="team", annotations=notes),
        status=WorkflowStatus(nodes={"w-1": gate}),
    )


async def test_a_whole_set_enforces_where_its_label_is() -> None:
    port = fake_admission(generated_set())
    [found] = await installed_sets(port)
    assert (found.name, found.problems) == ("argotui", ())
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.source) == (EnforcementState.ENFORCED, ApproverSource.TEMPLATES)
    assert here.approvers == ("group:a", "user:eve")
    assert here.controllers == Parameters().controllers
    assert (await enforcement_of(port, "free")).state is EnforcementState.ADVISORY
    assert port.tried == 0


async def test_the_namespaces_list_narrows_the_workflows() -> None:
    port = fake_admission(generated_set(ApproverSource.NAMESPACE))
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert here.approvers == ("group:a",)


async def test_no_policies_at_all_advise() -> None:
    port = FakeAdmissionPort()
    found = await enforcement_of(port, "team")
    assert found.state is EnforcementState.ADVISORY


def _drop_pods(port: FakeAdmissionPort) -> None:
    del port.installed["ValidatingAdmissionPolicy", "argotui-pods"]


def _unbind(port: FakeAdmissionPort) -> None:
    del port.installed["ValidatingAdmissionPolicyBinding", "argotui-pods"]


def _audit_only(port: FakeAdmissionPort) -> None:
    binding = port.installed["ValidatingAdmissionPolicyBinding", "argotui-tasksets"]
    binding["spec"]["validationActions"] = ["Audit"]


def _narrow(port: FakeAdmissionPort) -> None:
    binding = port.installed["ValidatingAdmissionPolicyBinding", "argotui-workflows"]
    binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]["x"] = "y"


def _ignore(port: FakeAdmissionPort) -> None:
    policy = port.installed["ValidatingAdmissionPolicy", "argotui-workflows"]
    policy["spec"]["failurePolicy"] = "Ignore"


def _mix(port: FakeAdmissionPort) -> None:
    policy = port.installed["ValidatingAdmissionPolicy", "argotui-workflows"]
    policy["metadata"]["annotations"]["argotui.io/revision"] = "other"


@pytest.mark.parametrize("spoil", [_drop_pods, _unbind, _audit_only, _narrow, _ignore, _mix])
async def test_a_spoilt_set_is_not_taken_for_enforcement(spoil: Any) -> None:
    port = fake_admission(generated_set())
    spoil(port)
    [found] = await installed_sets(port)
    assert found.problems
    here = await enforcement_of(port, "team")
    assert here.state is EnforcementState.ADVISORY
    assert found.problems[0] in here.detail
    [check] = await check_enforcement(port, "team")
    assert (check.status, check.detail) == (WARN, here.detail)
    assert check.remedy == "Install it again: argotui admission install"


async def test_who_may_not_read_policies_is_told_by_a_dry_run() -> None:
    port = fake_admission(generated_set(ApproverSource.RBAC))
    message = generated_set(ApproverSource.RBAC).documents[0]["spec"]["validations"][0]["message"]
    port.hidden, port.told = True, refused(message)
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.source) == (EnforcementState.ENFORCED, ApproverSource.RBAC)
    assert here.approvers == ()  # an inline gate has no name to have a right for
    [check] = await check_enforcement(port, "team")
    assert check.detail.startswith(here.detail + "; the controller is ")
    port.told = None
    assert (
        await enforcement_of(port, "team", workflow=workflow())
    ).state is EnforcementState.ADVISORY


async def test_who_may_only_create_workflows_is_told_by_a_dry_run_of_that() -> None:
    port = fake_admission(generated_set())
    message = generated_set().documents[0]["spec"]["validations"][0]["message"]
    port.hidden, port.told = True, ForbiddenError("Not allowed", 'User "ada" cannot patch')
    port.made = refused(message)
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.approvers) == (EnforcementState.ENFORCED, ("group:a", "user:eve"))
    port.made = None
    assert (
        await enforcement_of(port, "team", workflow=workflow())
    ).state is EnforcementState.ADVISORY
    guard = await namespace_enforcement(port, "team", trying=False)
    assert guard.state is EnforcementState.UNKNOWN


@pytest.mark.parametrize(
    ("source", "approvers", "who"),
    [
        (ApproverSource.TEMPLATES, "group:a, user:eve", "group:a, user:eve"),
        (ApproverSource.TEMPLATES, "", "nobody: none is named by the template or the workflow"),
        (
            ApproverSource.NAMESPACE,
            "user:eve",
            "nobody: none is named by the template or the workflow, of those the namespace lists",
        ),
        (
            ApproverSource.RBAC,
            "",
            "nobody: an inline template has no name to grant a right on",
        ),
    ],
)
async def test_who_may_decide_is_said_in_words(
    source: ApproverSource, approvers: str, who: str
) -> None:
    guard = await namespace_enforcement(fake_admission(generated_set(source)), "team")
    assert guard.for_gate(workflow(approvers), "w-1").who == who
    assert guard.for_gate().who == ""
    whole = guard.for_gate(workflow(approvers))
    if source is ApproverSource.RBAC:
        assert whole.who == "whoever has the right to approve all gates.argotui.io"
        assert whole.names("eve", ["a"]) is None
    elif whole.approvers:
        assert whole.names("eve", []) is (
            source is ApproverSource.TEMPLATES or "user:eve" in whole.who
        )
        assert whole.names("somebody", ["system:authenticated"]) is False


async def test_a_namespaces_list_that_is_hidden_is_not_guessed() -> None:
    port = fake_admission(generated_set(ApproverSource.NAMESPACE))
    message = generated_set(ApproverSource.NAMESPACE).documents[0]["spec"]["validations"][0][
        "message"
    ]
    del port.places["team"]
    port.told = refused(message)
    guard = await namespace_enforcement(port, "team", workflow="w")
    assert guard.state is EnforcementState.ENFORCED
    hidden = "the namespace's list is not yours to read"
    assert guard.for_gate(workflow(), "w-1").who == (
        f"group:a, user:eve, where the namespace lists them; {hidden}"
    )
    port.told = ForbiddenError("Not allowed")
    assert (
        "the namespace is not yours to read" in (await namespace_enforcement(port, "team")).detail
    )


async def test_advisory_and_unknown_name_whoever_it_is() -> None:
    port = fake_admission()
    found = (await namespace_enforcement(port, "free")).for_gate(workflow(), "w-1")
    assert found.who == "whoever may patch workflows in free"
    port.hidden = True
    assert (await namespace_enforcement(port, "free", trying=False)).for_gate(
        workflow(), "w-1"
    ).who == "unknown"
    port.told = refused(f"a set of some other making (argotui rule: {PROBE_RULE})")
    said = (await namespace_enforcement(port, "free", workflow="w")).for_gate(workflow(), "w-1")
    assert (said.state, said.source) == (EnforcementState.ENFORCED, None)
    assert said.who == "those whom the policies name, and they do not say whom"


async def test_a_server_that_cannot_be_asked_is_told_apart_from_missing_rights() -> None:
    port = fake_admission(generated_set())
    port.broken = UnreachableError("Nobody answers")
    guard = await namespace_enforcement(port, "team", workflow="w")
    assert (guard.state, guard.failed) == (EnforcementState.UNKNOWN, True)
    assert guard.detail == "unknown whether the cluster enforces it: Nobody answers"
    assert port.tried == 0
    port.broken, port.hidden, port.told = None, True, UnreachableError("It went away")
    assert (await namespace_enforcement(port, "team", workflow="w")).failed


@pytest.mark.parametrize(
    "told",
    [
        ForbiddenError("Not allowed", 'User "ada" cannot patch resource "workflows"'),
        refused("by some other policy"),
        NotFoundError("gone"),
    ],
    ids=["no-right", "another-policy", "gone"],
)
async def test_what_cannot_be_seen_is_unknown(told: BackendError) -> None:
    port = fake_admission(generated_set())
    port.hidden, port.told = True, told
    here = await enforcement_of(port, "team", workflow=workflow(), node_id="w-1")
    assert (here.state, here.approvers) == (EnforcementState.UNKNOWN, ())
    assert "labelled" in here.detail
    [check] = await check_enforcement(port, "team")
    assert (check.status, check.detail) == ("unknown", here.detail)


async def test_doctor_says_the_sentence_of_the_screens() -> None:
    port = fake_admission()
    [check] = await check_enforcement(port, "free")
    assert (check.status, check.detail) == (
        WARN,
        (await namespace_enforcement(port, "free")).detail,
    )
    port = fake_admission(generated_set())
    [check] = await check_enforcement(port, "free")
    assert (check.status, check.detail) == (
        WARN,
        (await namespace_enforcement(port, "free")).detail,
    )
    assert check.remedy.endswith("kubectl label namespace free argotui.io/gates=enforced")
    [check] = await check_enforcement(port, "team")
    assert check.detail.startswith((await namespace_enforcement(port, "team")).detail)
    assert (check.status, check.id) == (OK, "enforcement-argotui")
    port.hidden = True
    [check] = await check_enforcement(port, None)
    assert (check.status, check.detail.split(":")[0]) == (
        "unknown",
        "unknown whether the cluster enforces gates",
    )


async def test_read_only_sends_no_dry_run_and_says_that_this_would_tell() -> None:
    port = fake_admission(generated_set())
    port.hidden = True
    guard = await namespace_enforcement(port, "team", workflow="w", trying=False)
    assert guard.state is EnforcementState.UNKNOWN
    assert guard.detail.endswith("and no dry run may be sent to find out")
    [check] = await check_enforcement(port, "team", trying=False)
    assert (check.status, check.detail) == ("unknown", guard.detail)
    assert port.tried == 0


async def test_doctor_warns_of_a_controller_among_people_and_of_a_set_without_namespace() -> None:
    port = fake_admission(generated_set(controllers=("system:serviceaccount:team:argo",)))
    kinds = [(check.status, check.id) for check in await check_enforcement(port, None)]
    assert kinds == [(OK, "enforcement-argotui"), (WARN, "enforcement-home-team")]
    port = fake_admission(generated_set(label="argotui.io/gates=elsewhere"))
    [check] = await check_enforcement(port, None)
    assert check.status == WARN
    assert "kubectl label namespace" in check.remedy


async def test_installing_says_first_what_it_does_and_leaves_the_rest_alone() -> None:
    port, generated = fake_admission(), generated_set()
    steps = await plan(port, generated)
    assert {step.change for step in steps} == {InstallChange.CREATE}
    assert port.installed == {}
    await install(port, steps)
    again = await plan(port, generated)
    assert {step.change for step in again} == {InstallChange.KEEP}
    other = await plan(port, generated_set(ApproverSource.RBAC))
    assert {step.change for step in other} == {InstallChange.UPDATE}
    foreign = copy.deepcopy(generated.documents[0])
    foreign["metadata"]["labels"][SET_LABEL] = "theirs"
    port.put(foreign)
    with pytest.raises(ConflictError):
        await plan(port, generated)


async def test_uninstalling_takes_what_carries_the_labels_bindings_first() -> None:
    port = fake_admission(generated_set())
    port.put(*generated_set(name="other").documents)
    foreign = copy.deepcopy(generated_set().documents[0])
    foreign["metadata"] = {"name": "argotui-mine"}
    port.put(foreign)
    named = await uninstall(port, "argotui", dry_run=True)
    assert len(port.installed) == 4 * len(KINDS) + 1
    gone = await uninstall(port, "argotui")
    assert gone == named
    assert [one.partition(" ")[0] for one in gone] == (
        ["ValidatingAdmissionPolicyBinding"] * len(KINDS)
        + ["ValidatingAdmissionPolicy"] * len(KINDS)
    )
    left = {name for _, name in port.installed}
    assert "argotui-mine" in left
    assert {name.rpartition("-")[0] for name in left} == {"other", "argotui"}
    assert len(port.installed) == 2 * len(KINDS) + 1


async def test_what_the_cluster_does_not_serve_needs_no_policy_in_effect() -> None:
    port, generated = fake_admission(generated_set()), generated_set()
    port.made = NotFoundError("the server could not find the requested resource")
    told = {
        policy.kind: await in_effect(port, "team", policy, generated)
        for policy in generated.policies
    }
    assert told.pop("actions") == ""
    assert all(told.values())  # whatever else is not found is
    port.made = None
    assert await in_effect(port, "team", generated.policies[KINDS.index("actions")], generated)


@pytest.mark.parametrize("name", ["resume-action", "stop-action"])
async def test_an_action_is_tried_like_every_door(name: str) -> None:
    port, scene = fake_admission(generated_set()), BypassTargets("team", "ada", Parameters())
    door = next(one for one in BYPASSES if one.id == name)
    port.made = NotFoundError("the server could not find the requested resource")
    found = await try_bypass(port, scene, door)
    assert (found.state, found.words.partition(":")[0]) == (
        Door.UNPROBED,
        "the cluster has no workflowactions",
    )
    port.made = refused("no (argotui rule: gate-action)")
    assert (await try_bypass(port, scene, door)).state is Door.SHUT
    port.made = None
    assert (await try_bypass(port, scene, door)).state is Door.OPEN


@pytest.mark.parametrize("name", ["memoized-gate", "memoized-template"])
def test_a_cache_is_tried_with_the_key_that_an_argo_before_4_demands(name: str) -> None:
    door = next(one for one in BYPASSES if one.id == name)
    attempt = door.request(BypassTargets("team", "ada", Parameters()))
    assert isinstance(attempt, BypassRequest)
    assert isinstance(attempt.body, dict)
    (template,) = attempt.body["spec"]["templates"]
    assert template["memoize"]["cache"]["configMap"]["key"]


def test_a_refusal_begins_with_its_reason() -> None:
    said = refused("you may not (argotui rule: approvers)").detail
    assert plain_refusal(said) == "you may not (rule approvers)"
    assert plain_refusal(refused("no").detail) == "no (argotui-workflows)"
    assert plain_refusal("x is forbidden: not now") == "x is forbidden: not now"
