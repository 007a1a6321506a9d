"""A set of admission policies as Kubernetes objects, and as YAML for review."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from argotui.model.yaml_text import dump_yaml
from argotui.operations.admission.cel import listing, literal
from argotui.operations.admission.controller_inputs import (
    action_policy,
    cron_policy,
    pod_policy,
    task_result_policy,
    task_set_policy,
)
from argotui.operations.admission.parameters import ApproverSource, Parameters, checked
from argotui.operations.admission.policy import Policy, Validation
from argotui.operations.admission.templates import template_policy
from argotui.operations.admission.workflows import workflow_policy

GROUP = "admissionregistration.k8s.io"
API_VERSION = f"{GROUP}/v1"
POLICY = "ValidatingAdmissionPolicy"
BINDING = "ValidatingAdmissionPolicyBinding"

SET_LABEL = "argotui.io/admission"
"""The label of all objects of a set; its value is the name of the set."""
MANAGED_BY = {"app.kubernetes.io/managed-by": "argotui"}
PARAMETERS = "argotui.io/parameters"
"""The annotation with the parameters of a generated policy, as JSON."""
REVISION = "argotui.io/revision"
PROBE = "argotui.io/probe"
"""An annotation that nobody writes: each policy in effect refuses a dry run that adds it, and
answers with its revision and parameters."""
PROBE_RULE = "probe"

KINDS = ("workflows", "tasksets", "taskresults", "pods", "actions", "cronworkflows", "templates")
"""The last parts of the names of a set's policies."""

Document = dict[str, Any]


class Generated(msgspec.Struct, frozen=True):
    """A generated set: its policies, and the objects to apply, policies first."""

    parameters: Parameters
    policies: tuple[Policy, ...]
    revision: str

    def name_of(self, policy: Policy) -> str:
        return f"{self.parameters.name}-{policy.kind}"

    @property
    def documents(self) -> list[Document]:
        found = [self.policy_document(policy) for policy in self.policies]
        return found + [self.binding_document(policy) for policy in self.policies]

    def _metadata(self, policy: Policy) -> Document:
        return {
            "name": self.name_of(policy),
            "labels": {**MANAGED_BY, SET_LABEL: self.parameters.name},
            "annotations": {
                REVISION: self.revision,
                PARAMETERS: parameters_text(self.parameters),
            },
        }

    def policy_document(self, policy: Policy) -> Document:
        """Return a policy as an object of the API server."""
        match: Document = {
            "resourceRules": [
                {
                    "apiGroups": [policy.group],
                    "apiVersions": [policy.version],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": list(policy.resources),
                }
            ]
        }
        # Fail: with Ignore a request that is too expensive to evaluate would pass.
        spec: Document = {"failurePolicy": "Fail", "matchConstraints": match}
        if policy.exempt:
            spec["matchConditions"] = [
                {
                    "name": "not-exempt",
                    "expression": f"!(request.userInfo.username in {listing(policy.exempt)})",
                }
            ]
        if policy.variables:
            spec["variables"] = [
                {"name": one.name, "expression": one.value} for one in policy.variables
            ]
        rules = (_probe(self), *policy.rules)
        spec["validations"] = [_validation(rule) for rule in rules]
        if policy.decision:
            spec["auditAnnotations"] = [{"key": "decision", "valueExpression": policy.decision}]
        return {
            "apiVersion": API_VERSION,
            "kind": POLICY,
            "metadata": self._metadata(policy),
            "spec": spec,
        }

    def binding_document(self, policy: Policy) -> Document:
        """Return the binding that puts a policy into effect in namespaces with the label."""
        label = {self.parameters.label_key: self.parameters.label_value}
        return {
            "apiVersion": API_VERSION,
            "kind": BINDING,
            "metadata": self._metadata(policy),
            "spec": {
                "policyName": self.name_of(policy),
                "validationActions": ["Deny", "Audit"],
                "matchResources": {"namespaceSelector": {"matchLabels": label}},
            },
        }


def parameters_text(parameters: Parameters) -> str:
    """Return parameters as compact JSON."""
    return msgspec.json.encode(parameters, order="sorted").decode()


def read_parameters(text: str) -> Parameters | None:
    """Return the parameters in such a text, or None if it is invalid."""
    try:
        return msgspec.json.decode(text, type=Parameters)
    except (msgspec.MsgspecError, ValueError):
        return None


def _probe(generated: Generated) -> Validation:
    told = f"in effect: revision {generated.revision}, {parameters_text(generated.parameters)}"
    return Validation(
        PROBE_RULE,
        f"It blocks nothing: it answers a dry run that adds the annotation {PROBE}.",
        "!request.dryRun\n"
        f"  || !('{PROBE}' in object.metadata.?annotations.orValue({{}}))\n"
        "  || (oldObject != null\n"
        f"    && '{PROBE}' in oldObject.metadata.?annotations.orValue({{}}))",
        message=told,
    )


def _validation(rule: Validation) -> Document:
    found: Document = {"expression": rule.holds, "reason": "Forbidden"}
    if rule.tells:
        found["messageExpression"] = f"({rule.tells})\n  + {literal(rule.suffix)}"
    else:
        found["message"] = rule.message + rule.suffix
    return found


def generate(parameters: Parameters) -> Generated:
    """Return the policies for the parameters; raises `ConfigError` for invalid ones."""
    checked(parameters)
    policies = (
        workflow_policy(parameters),
        task_set_policy(parameters),
        task_result_policy(parameters),
        pod_policy(parameters),
        action_policy(parameters),
        cron_policy(parameters),
        template_policy(),
    )
    plain = Generated(parameters, policies, "")
    text = json.dumps(plain.documents, sort_keys=True)
    revision = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Generated(parameters, policies, revision)


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in textwrap.wrap(text, 96 - len(indent)):
        yield f"{indent}# {line}"


def _field(name: str, text: str) -> Iterator[str]:
    """Yield a field that may have CEL: as a block, in which nothing needs an escape."""
    if "\n" not in text and "'" not in text:
        yield dump_yaml({name: text}).rstrip("\n")
        return
    yield f"{name}: |-"
    for line in text.splitlines():
        yield f"  {line}"


def _items(key: str, items: list[Document], comments: list[str]) -> Iterator[str]:
    yield f"  {key}:"
    for item, comment in zip(items, comments, strict=True):
        yield from _comment(comment, "  ")
        lines = [line for name, text in item.items() for line in _field(name, text)]
        for index, line in enumerate(lines):
            yield ("  - " if index == 0 else "    ") + line


_SOURCES = {
    ApproverSource.TEMPLATES: "named in the annotation argotui.io/approvers of the gate's "
    "template, else in that of the workflow",
    ApproverSource.NAMESPACE: "named there too, but only if the annotation "
    "argotui.io/approvers of the namespace lists them",
    ApproverSource.RBAC: "those with the right to approve gates.argotui.io named like "
    "the gate's template",
}


def _head(generated: Generated) -> Iterator[str]:
    parameters = generated.parameters
    yield from _comment(
        "Gates of Argo Workflows, enforced by the API server. Generated by argotui admission "
        f"print, revision {generated.revision}."
    )
    yield "#"
    yield from _comment(f"Where: namespaces with the label {parameters.label}.")
    yield from _comment(f"Controller: {', '.join(parameters.controllers)}.")
    yield from _comment(f"Who approves: {_SOURCES[parameters.source]}.")


def yaml_text(generated: Generated) -> str:
    """Return a set as YAML, each rule under one sentence that names its bypass."""
    lines = list(_head(generated))
    for policy in generated.policies:
        lines += ["---", *_comment(policy.about)]
        document = generated.policy_document(policy)
        spec = document["spec"]
        listed = {
            key: spec.pop(key)
            for key in ("variables", "validations", "auditAnnotations")
            if key in spec
        }
        lines += dump_yaml(document).splitlines()
        if "variables" in listed:
            comments = [variable.about for variable in policy.variables]
            lines += _items("variables", listed["variables"], comments)
        rules = (_probe(generated), *policy.rules)
        comments = [f"{rule.name}: {rule.bypass}" for rule in rules]
        lines += _items("validations", listed["validations"], comments)
        if "auditAnnotations" in listed:
            comments = ["The record of a decision in the audit log of the API server."]
            lines += _items("auditAnnotations", listed["auditAnnotations"], comments)
    for policy in generated.policies:
        lines += ["---", *dump_yaml(generated.binding_document(policy)).splitlines()]
    return "\n".join(lines) + "\n"
