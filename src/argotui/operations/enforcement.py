"""Whether a gate's approvers are enforced by the cluster, or advised by argotui alone."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from argotui.backend.admission import AdmissionPort, Document, NamespaceFacts
from argotui.backend.errors import BackendError, ForbiddenError, NotFoundError
from argotui.model.approvers import APPROVERS, named_approvers, names_in, right_name
from argotui.model.sanitise import clean_line
from argotui.model.workflow import Workflow
from argotui.operations.admission.manifest import (
    KINDS,
    PARAMETERS,
    PROBE,
    PROBE_RULE,
    REVISION,
    SET_LABEL,
    read_parameters,
)
from argotui.operations.admission.parameters import DEFAULT_LABEL, Parameters, Source
from argotui.operations.admission.policy import read_refusal


class State(enum.Enum):
    ENFORCED = "enforced"
    """The API server refuses the decisions of others, whatever client they come from."""
    ADVISORY = "advisory"
    """Whoever may patch workflows may open any gate, with kubectl for instance."""
    UNKNOWN = "unknown"
    """It cannot be seen from here which of the two it is."""


class Enforcement(msgspec.Struct, frozen=True):
    """How a namespace's gates are kept: `detail` is one line to show.

    `approvers` are the names that may decide the gate that was asked about (`user:NAME`,
    `group:NAME`, or `right:NAME` for the right to approve `gates.argotui.io` of that name); empty
    where nobody may, or where no gate was asked about.
    """

    state: State
    source: Source | None = None
    approvers: tuple[str, ...] = ()
    detail: str = ""
    controllers: tuple[str, ...] = ()


class InstalledSet(msgspec.Struct, frozen=True):
    """A set of policies as it is in the cluster; `problems` say why it does not enforce."""

    name: str
    parameters: Parameters | None
    revision: str
    problems: tuple[str, ...] = ()

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether the set is made for namespaces with these labels."""
        wanted = self.parameters
        return wanted is not None and labels.get(wanted.label_key) == wanted.label_value


def _notes(document: Document) -> Mapping[str, Any]:
    found = (document.get("metadata") or {}).get("annotations")
    return found if isinstance(found, Mapping) else {}


def _name(document: Document) -> str:
    return str((document.get("metadata") or {}).get("name") or "")


def _set_of(document: Document) -> str:
    return str(((document.get("metadata") or {}).get("labels") or {}).get(SET_LABEL) or "")


def _problems(
    name: str, policies: Mapping[str, Document], bindings: Mapping[str, Document], label: str
) -> Iterable[str]:
    key, _, value = label.partition("=")
    for kind in KINDS:
        full = f"{name}-{kind}"
        policy = policies.get(full)
        if policy is None:
            yield f"the policy {full} is missing"
            continue
        if (policy.get("spec") or {}).get("failurePolicy", "Fail") != "Fail":
            yield f"the policy {full} lets through what it cannot judge"
        bound = [
            spec
            for binding in bindings.values()
            if (spec := binding.get("spec") or {}).get("policyName") == full
            and "Deny" in (spec.get("validationActions") or [])
            and ((spec.get("matchResources") or {}).get("namespaceSelector") or {})
            == {"matchLabels": {key: value}}
        ]
        if not bound:
            yield f"the policy {full} is bound to no namespace with {label}"


def _read_set(
    name: str, policies: Mapping[str, Document], bindings: Mapping[str, Document]
) -> InstalledSet:
    notes = [_notes(policy) for policy in policies.values()]
    revisions = sorted({str(one.get(REVISION) or "") for one in notes})
    texts = {str(one.get(PARAMETERS) or "") for one in notes}
    parameters = read_parameters(texts.pop()) if len(texts) == 1 else None
    if parameters is None:
        return InstalledSet(name, None, "", ("its policies are not of one making",))
    problems = list(_problems(name, policies, bindings, parameters.label))
    if len(revisions) != 1:
        problems.append("its policies are of several revisions")
    return InstalledSet(name, parameters, ", ".join(revisions), tuple(problems))


async def installed_sets(port: AdmissionPort) -> list[InstalledSet]:
    """Return the sets of policies that are in the cluster; raises `BackendError`.

    A cluster that serves no ValidatingAdmissionPolicies has none.
    """
    try:
        policies = await port.policies(SET_LABEL)
        bindings = await port.bindings(SET_LABEL)
    except NotFoundError:
        return []
    found = []
    for name in sorted({_set_of(one) for one in policies}):
        own = {_name(one): one for one in policies if _set_of(one) == name}
        bound = {_name(one): one for one in bindings if _set_of(one) == name}
        found.append(_read_set(clean_line(name), own, bound))
    return found


async def probed(port: AdmissionPort, namespace: str, workflow: str) -> Parameters | bool | None:
    """Return what the API server itself says, asked by a dry run that changes an annotation.

    The parameters of the set in effect; True where it is in effect and does not say them; False
    where none is; None where the person may not even try, or the workflow is gone.
    """
    patch = {"metadata": {"annotations": {PROBE: "?"}}}
    try:
        await port.try_patch(namespace, "workflows", workflow, patch)
    except ForbiddenError as refused:
        told = read_refusal(refused.detail)
        if told is None or told.rule != PROBE_RULE:
            return None
        _, _, text = told.words.partition("{")
        return read_parameters("{" + text) or True
    except BackendError:
        return None
    return False


async def _namespace(port: AdmissionPort, name: str) -> NamespaceFacts | None:
    try:
        return await port.namespace(name)
    except BackendError:
        return None


def _approvers(
    parameters: Parameters,
    workflow: Workflow | None,
    node_id: str,
    namespace: NamespaceFacts | None,
) -> tuple[str, ...]:
    if workflow is None:
        return ()
    node = workflow.nodes.get(node_id) if node_id else None
    match parameters.source:
        case Source.RBAC:
            name = right_name(node) if node else "*"
            return (f"right:{name}",) if name else ()
        case Source.NAMESPACE if namespace is not None:
            allowed = names_in(namespace.annotations.get(APPROVERS, ""))
            return named_approvers(workflow, node, allowed)
        case _:
            return named_approvers(workflow, node)


def describe_source(source: Source) -> str:
    """Return in a few words where it is written who may decide."""
    return {
        Source.TEMPLATES: "named by the template or the workflow",
        Source.NAMESPACE: "named by the template or the workflow, of those the namespace lists",
        Source.RBAC: "by the right to approve gates.argotui.io",
    }[source]


def _enforced(
    parameters: Parameters,
    workflow: Workflow | None,
    node_id: str,
    namespace: NamespaceFacts | None,
) -> Enforcement:
    return Enforcement(
        State.ENFORCED,
        parameters.source,
        _approvers(parameters, workflow, node_id, namespace),
        f"enforced by the cluster; approvers are {describe_source(parameters.source)}",
        parameters.controllers,
    )


def _advisory(namespace: str, why: str = "") -> Enforcement:
    detail = f"advisory: whoever may patch workflows in {namespace} may open any gate"
    return Enforcement(State.ADVISORY, detail=detail + (f" ({why})" if why else ""))


async def enforcement_of(
    port: AdmissionPort, namespace: str, *, workflow: Workflow | None = None, node_id: str = ""
) -> Enforcement:
    """Return how the gates of a namespace are kept, and who may decide one of them.

    Reads the policies where that is allowed. Where it is not, a dry run on the workflow tells: the
    policies in effect answer it by name. Never raises for what one may not see: that is UNKNOWN.
    """
    facts = await _namespace(port, namespace)
    try:
        sets: Sequence[InstalledSet] | None = await installed_sets(port)
    except BackendError:
        sets = None
    if sets is not None and (facts is not None or not sets):
        covering = [one for one in sets if facts is not None and one.covers(facts.labels)]
        for one in covering:
            if one.parameters is not None and not one.problems:
                return _enforced(one.parameters, workflow, node_id, facts)
        return _advisory(namespace, "; ".join(p for one in covering for p in one.problems))
    if workflow is not None:
        told = await probed(port, namespace, workflow.metadata.name)
        if isinstance(told, Parameters):
            return _enforced(told, workflow, node_id, facts)
        if told is not None:
            known = "enforced by the cluster; it does not say who the approvers are"
            return Enforcement(State.ENFORCED, detail=known) if told else _advisory(namespace)
    key, _, value = DEFAULT_LABEL.partition("=")
    if facts is not None and facts.labels.get(key) == value:
        detail = f"{namespace} is labelled {DEFAULT_LABEL}; whether policies are there is hidden"
    else:
        detail = "admission policies are not yours to read"
    return Enforcement(State.UNKNOWN, detail=f"not known whether it is enforced: {detail}")
