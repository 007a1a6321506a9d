"""The generated policies: whole, readable, and made only for parameters that enforce something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from argotui.errors import ConfigError
from argotui.operations.admission.manifest import (
    KINDS,
    PARAMETERS,
    PROBE_RULE,
    Generated,
    generate,
    read_parameters,
    yaml_text,
)
from argotui.operations.admission.parameters import ApproverSource, Parameters, check_apart
from argotui.operations.admission.policy import read_refusal

ROOT = Path(__file__).parent.parent.parent.parent
SOURCES = list(ApproverSource)


def made(source: ApproverSource = ApproverSource.TEMPLATES, **parts: Any) -> Generated:
    return generate(Parameters(source=source, **parts))


def policy_of(generated: Generated, kind: str) -> dict[str, Any]:
    return next(
        document
        for document in generated.documents
        if document["metadata"]["name"] == f"{generated.parameters.name}-{kind}"
    )


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_printed_is_what_is_installed(source: ApproverSource) -> None:
    generated = made(source)
    assert list(yaml.safe_load_all(yaml_text(generated))) == generated.documents


@pytest.mark.parametrize("source", SOURCES)
def test_every_rule_is_printed_under_the_door_it_shuts(source: ApproverSource) -> None:
    text = " ".join(yaml_text(made(source)).replace("  #", "").split())
    for policy in made(source).policies:
        for rule in policy.rules:
            assert f"{rule.name}: {' '.join(rule.bypass.split())}" in text


def test_a_set_has_a_policy_of_each_kind_and_a_binding_of_each_policy() -> None:
    generated = made(label="example.com/gates=kept", name="kept")
    names = [f"kept-{kind}" for kind in KINDS]
    kinds = [(d["kind"], d["metadata"]["name"]) for d in generated.documents]
    assert kinds == [("ValidatingAdmissionPolicy", name) for name in names] + [
        ("ValidatingAdmissionPolicyBinding", name) for name in names
    ]
    for binding in generated.documents[len(KINDS) :]:
        assert binding["spec"] == {
            "policyName": binding["metadata"]["name"],
            "validationActions": ["Deny", "Audit"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"example.com/gates": "kept"}}},
        }


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_passes_that_cannot_be_judged(source: ApproverSource) -> None:
    for document in made(source).documents[: len(KINDS)]:
        spec = document["spec"]
        assert spec["failurePolicy"] == "Fail"
        assert [rule["operations"] for rule in spec["matchConstraints"]["resourceRules"]] == [
            ["CREATE", "UPDATE"]
        ]
        # Of any other version nothing would be type-checked, nor judged.
        assert spec["matchConstraints"]["resourceRules"][0]["apiVersions"] in (
            ["v1alpha1"],
            ["v1"],
        )
        for validation in spec["validations"]:
            assert validation["reason"] == "Forbidden"
            told = validation.get("message") or validation.get("messageExpression")
            assert "(argotui rule: " in told


@pytest.mark.parametrize("source", SOURCES)
def test_variables_are_declared_before_they_are_used_and_for_a_use(source: ApproverSource) -> None:
    for document in made(source).documents[: len(KINDS)]:
        spec = document["spec"]
        declared: list[str] = []
        for variable in spec.get("variables", ()):
            used = set(re.findall(r"variables\.(\w+)", variable["expression"]))
            assert used <= set(declared), (document["metadata"]["name"], variable["name"])
            declared.append(variable["name"])
        rest = str([spec["validations"], spec.get("auditAnnotations"), spec.get("variables")])
        used = set(re.findall(r"variables\.(\w+)", rest))
        assert used <= set(declared)
        assert set(declared) <= used


def test_only_the_controller_is_exempt_and_nobody_where_pods_are_judged() -> None:
    user = "system:serviceaccount:flows:runner"
    generated = made(controllers=(user,), reporters=("system:reporter",))
    exempt = {
        policy.kind: policy_of(generated, policy.kind)["spec"].get("matchConditions", [])
        for policy in generated.policies
    }
    only = [{"name": "not-exempt", "expression": f"!(request.userInfo.username in ['{user}'])"}]
    assert exempt["workflows"] == exempt["tasksets"] == exempt["cronworkflows"] == only
    assert exempt["actions"] == only
    assert exempt["pods"] == exempt["templates"] == []
    [results] = exempt["taskresults"]
    assert results["expression"] == (
        f"!(request.userInfo.username in ['{user}', 'system:reporter'])"
    )
    pods = str(policy_of(generated, "pods")["spec"]["validations"])
    assert f"request.userInfo.username in ['{user}']" in pods
    assert "in ['flows/runner']" in pods


def test_each_source_asks_where_it_is_written() -> None:
    texts = {source: yaml_text(made(source)) for source in SOURCES}
    assert "namespaceObject" in texts[ApproverSource.NAMESPACE]
    assert "named-approvers" in texts[ApproverSource.NAMESPACE]
    assert "authorizer.group('argotui.io').resource('gates')" in texts[ApproverSource.RBAC]
    for other in (ApproverSource.TEMPLATES, ApproverSource.RBAC):
        assert "namespaceObject" not in texts[other]
        assert "named-approvers" not in texts[other]
    for other in (ApproverSource.TEMPLATES, ApproverSource.NAMESPACE):
        assert "authorizer" not in texts[other]


def test_subresources_are_judged_too() -> None:
    generated = made()
    resources = {
        policy.kind: policy_of(generated, policy.kind)["spec"]["matchConstraints"]["resourceRules"][
            0
        ]["resources"]
        for policy in generated.policies
    }
    assert resources["workflows"] == ["workflows", "workflows/status"]
    assert resources["tasksets"] == ["workflowtasksets", "workflowtasksets/status"]
    assert resources["pods"] == ["pods", "pods/status"]
    assert resources["actions"] == ["workflowactions", "workflowactions/status"]


def test_the_parameters_are_kept_with_the_policies() -> None:
    for source in SOURCES:
        generated = made(source, reporters=("x",))
        for document in generated.documents:
            notes = document["metadata"]["annotations"]
            assert read_parameters(notes[PARAMETERS]) == generated.parameters
    assert read_parameters("{}") == Parameters()
    assert read_parameters('{"source": "whim"}') is None
    assert read_parameters("what") is None


def test_the_revision_is_that_of_the_text() -> None:
    assert made().revision == made().revision
    others = {made(source).revision for source in SOURCES}
    others.add(made(controllers=("system:serviceaccount:flows:runner",)).revision)
    assert len(others) == 4
    for document in made().documents[: len(KINDS)]:
        assert made().revision in document["spec"]["validations"][0]["message"]


@pytest.mark.parametrize(
    "user",
    [
        "",
        "admin",
        "Admin",
        "kubernetes-admin",
        "system:admin",
        "system:anonymous",
        "system:masters",
        "ada@example.com",
        "group:controllers",
        "system:serviceaccounts:argo",
        "system:serviceaccount:argo:default",
        "system:serviceaccount:argo",
        "system:serviceaccount:argo:argo:x",
        "x'] || true || request.userInfo.username in ['",
    ],
)
def test_no_controller_that_people_may_be(user: str) -> None:
    with pytest.raises(ConfigError):
        made(controllers=("system:serviceaccount:argo:argo", user))


@pytest.mark.parametrize(
    "parts",
    [
        {"controllers": ()},
        {"label": "argotui.io/gates"},
        {"label": "a=b=c"},
        {"label": "-x=y"},
        {"name": ""},
        {"name": "Upper"},
        {"name": "x" * 41},
        {"reporters": ("it's",)},
    ],
    ids=str,
)
def test_no_parameters_that_mean_nothing(parts: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        made(**parts)


def test_nobody_installs_what_does_not_bind_them() -> None:
    parameters = Parameters(controllers=("argo-controller",))
    check_apart(parameters, "ada")
    with pytest.raises(ConfigError):
        check_apart(parameters, "argo-controller")


def test_a_refusal_is_read_as_the_server_words_it() -> None:
    message = (
        "workflows.argoproj.io \"w\" is forbidden: ValidatingAdmissionPolicy 'argotui-workflows' "
        "with binding 'argotui-workflows' denied request: "
    )
    told = read_refusal(f"{message}eve may not decide w.gate (argotui rule: approvers)")
    assert told is not None
    assert (told.policy, told.rule) == ("argotui-workflows", "approvers")
    assert told.words == "eve may not decide w.gate"
    other = read_refusal(f"{message}no")
    assert other is not None
    assert (other.rule, other.words) == ("", "no")
    assert read_refusal('User "eve" cannot patch resource "workflows"') is None


def test_every_rule_is_documented() -> None:
    text = (ROOT / "docs" / "enforcement.md").read_text("utf-8")
    names = {PROBE_RULE}
    for source in SOURCES:
        names |= {rule.name for policy in made(source).policies for rule in policy.rules}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
