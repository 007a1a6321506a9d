"""Find out whether the cluster enforces the approvers of gates, or argotui only advises."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from argotui.backend.ports import AdmissionPort, Document, NamespaceFacts
from argotui.errors import BackendError, ForbiddenError, NotFoundError
from argotui.model.argo import Node, Workflow
from argotui.model.gates.approvers import (
    APPROVERS,
    named_approvers,
    names_in,
    right_name,
)
from argotui.model.kinds import API_VERSION
from argotui.model.sanitise import clean_line
from argotui.model.spelling import spelled
from argotui.operations.admission.manifest import (
    KINDS,
    PARAMETERS,
    PROBE,
    PROBE_RULE,
    REVISION,
    SET_LABEL,
    read_parameters,
)
from argotui.operations.admission.parameters import DEFAULT_LABEL, ApproverSource, Parameters
from argotui.operations.admission.policy import Refusal, read_refusal


class EnforcementState(enum.Enum):
    ENFORCED = "enforced"
    """The API server refuses the decisions of everybody else, from any client."""
    ADVISORY = "advisory"
    """Who may patch workflows may open any gate, for example with kubectl."""
    UNKNOWN = "unknown"
    """The user cannot find out which of the two applies."""


class Enforcement(msgspec.Struct, frozen=True):
    """The enforcement of one gate, or of a namespace without a gate.

    `detail` is one sentence that begins with the word of `state`. `approvers` may decide the gate:
    `user:NAME`, `group:NAME`, or `right:NAME` for the right to approve `gates.argotui.io` of that
    name; empty if nobody or anybody may, or without a gate. `who` says the same in words; it is
    empty without a gate. `problems` say why installed policies do not enforce.
    """

    state: EnforcementState
    source: ApproverSource | None = None
    approvers: tuple[str, ...] = ()
    detail: str = ""
    controllers: tuple[str, ...] = ()
    who: str = ""
    problems: tuple[str, ...] = ()

    def names(self, user: str, groups: Iterable[str]) -> bool | None:
        """Return whether a user is among the approvers; None if the approvers have no names."""
        if self.source in (None, ApproverSource.RBAC) or not self.approvers:
            return None
        own = {f"user:{user}", *(f"group:{group}" for group in groups)}
        return not own.isdisjoint(self.approvers)


class InstalledSet(msgspec.Struct, frozen=True):
    """A set of policies in the cluster; `problems` say why it does not enforce."""

    name: str
    parameters: Parameters | None
    revision: str
    problems: tuple[str, ...] = ()

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether the set applies to namespaces with these labels."""
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
            yield f"the policy {full} allows requests that it cannot evaluate"
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
        return InstalledSet(
            name, None, "", ("its policies have different or unreadable parameters",)
        )
    problems = list(_problems(name, policies, bindings, parameters.label))
    if len(revisions) != 1:
        problems.append("its policies are of several revisions")
    return InstalledSet(name, parameters, ", ".join(revisions), tuple(problems))


async def installed_sets(port: AdmissionPort) -> list[InstalledSet]:
    """Return the sets of policies in the cluster; raises `BackendError`.

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


async def _refused(attempt: Awaitable[None]) -> Refusal | bool | None:
    """Return the refusal of a dry run by our probe rule; False if it was allowed, None if something
    else refused it."""
    try:
        await attempt
    except ForbiddenError as refused:
        told = read_refusal(refused.detail)
        return told if told is not None and told.rule == PROBE_RULE else None
    return False


async def _told(port: AdmissionPort, namespace: str, workflow: str) -> Parameters | bool | None:
    """Probe as `probed`, but raise the `BackendError` of a patch other than a refusal."""
    notes = {"annotations": {PROBE: "?"}}
    told: Refusal | bool | None = None
    if workflow:
        patch = {"metadata": notes}
        with contextlib.suppress(NotFoundError):  # the workflow is gone
            told = await _refused(port.try_patch(namespace, "workflows", workflow, patch))
    if told is None:
        document = {
            "apiVersion": API_VERSION,
            "kind": "Workflow",
            "metadata": {"name": "argotui-probe", **notes},
            "spec": {"entrypoint": "gate", "templates": [{"name": "gate", "suspend": {}}]},
        }
        try:
            told = await _refused(port.try_create(namespace, "workflows", document))
        except BackendError:
            return None
    if not isinstance(told, Refusal):
        return told
    _, _, text = told.words.partition("{")
    return read_parameters("{" + text) or True


async def probed(port: AdmissionPort, namespace: str, workflow: str) -> Parameters | bool | None:
    """Probe the policies in effect with a dry run that adds an annotation.

    The dry run patches the workflow. If the user may not patch it, or it is gone, it creates one.
    Return the parameters of the set in effect, True if it does not report them, False if no set is
    in effect, None if the user may not send the dry run.
    """
    try:
        return await _told(port, namespace, workflow)
    except BackendError:
        return None


async def _namespace(port: AdmissionPort, name: str) -> NamespaceFacts | BackendError:
    try:
        return await port.namespace(name)
    except BackendError as error:
        return error


def describe_source(source: ApproverSource) -> str:
    """Return in a few words where the approvers are listed."""
    return {
        ApproverSource.TEMPLATES: "named by the template or the workflow",
        ApproverSource.NAMESPACE: "named by the template or the workflow, "
        "of those the namespace lists",
        ApproverSource.RBAC: "those with the right to approve gates.argotui.io",
    }[source]


class NamespaceEnforcement(msgspec.Struct, frozen=True):
    """The enforcement of all gates of one namespace.

    `parameters` are those of the set in effect, if known; `problems` as in `Enforcement`. `failed`
    means that a request failed for another reason than missing rights, so a retry may succeed.
    """

    namespace: str
    state: EnforcementState
    detail: str
    parameters: Parameters | None = None
    facts: NamespaceFacts | None = None
    problems: tuple[str, ...] = ()
    failed: bool = False

    def for_gate(self, workflow: Workflow | None = None, node_id: str = "") -> Enforcement:
        """Return the enforcement of one gate; empty `node_id` means the workflow's suspension."""
        wanted = self.parameters
        if wanted is None:
            who = ""
            if workflow is not None:
                who = {
                    EnforcementState.ENFORCED: "those whom the policies name, "
                    "and they do not say whom",
                    EnforcementState.ADVISORY: f"whoever may patch workflows in {self.namespace}",
                    EnforcementState.UNKNOWN: "unknown",
                }[self.state]
            return Enforcement(self.state, detail=self.detail, who=who, problems=self.problems)
        approvers: tuple[str, ...] = ()
        who = ""
        if workflow is not None:
            node = workflow.nodes.get(node_id) if node_id else None
            approvers, who = self._approvers(wanted.source, workflow, node)
        return Enforcement(
            self.state, wanted.source, approvers, self.detail, wanted.controllers, who
        )

    def _approvers(
        self, source: ApproverSource, workflow: Workflow, node: Node | None
    ) -> tuple[tuple[str, ...], str]:
        if source is ApproverSource.RBAC:
            name = right_name(node) if node else "*"
            if not name:
                return (), "nobody: an inline template has no name to grant a right on"
            which = "all gates.argotui.io" if name == "*" else f"gates.argotui.io {spelled(name)}"
            return (f"right:{name}",), f"whoever has the right to approve {which}"
        allowed: Sequence[str] | None = None
        limit = ""
        if source is ApproverSource.NAMESPACE:
            if self.facts is not None:
                allowed = names_in(self.facts.annotations.get(APPROVERS, ""))
            else:
                limit = "the namespace's list is not yours to read"
        names = named_approvers(workflow, node, allowed)
        if not names:
            nobody = f"nobody: none is {describe_source(source)}"
            return (), f"unknown: {limit}" if limit else nobody
        return names, ", ".join(spelled(name) for name in names) + (
            f", where the namespace lists them; {limit}" if limit else ""
        )


async def sets_or_why(port: AdmissionPort) -> Sequence[InstalledSet] | BackendError:
    """Return the sets of policies in the cluster, or the error of reading them."""
    try:
        return await installed_sets(port)
    except BackendError as error:
        return error


def _advisory(
    namespace: str, facts: NamespaceFacts | None, problems: tuple[str, ...] = ()
) -> NamespaceEnforcement:
    detail = f"advisory: whoever may patch workflows in {namespace} may open any gate"
    detail += f" ({'; '.join(problems)})" if problems else ""
    return NamespaceEnforcement(
        namespace, EnforcementState.ADVISORY, detail, facts=facts, problems=problems
    )


def unknown(
    namespace: str, why: str = "", *, facts: NamespaceFacts | None = None, failed: bool = False
) -> NamespaceEnforcement:
    """Return the enforcement of a namespace whose policies the user cannot see."""
    detail = "unknown whether the cluster enforces it" + (f": {why}" if why else "")
    return NamespaceEnforcement(
        namespace, EnforcementState.UNKNOWN, detail, facts=facts, failed=failed
    )


def _enforced(
    namespace: str, facts: NamespaceFacts | None, parameters: Parameters | None
) -> NamespaceEnforcement:
    known = "it does not say who the approvers are"
    if parameters is not None:
        known = f"approvers are {describe_source(parameters.source)}"
    detail = f"enforced by the cluster; {known}"
    return NamespaceEnforcement(namespace, EnforcementState.ENFORCED, detail, parameters, facts)


async def namespace_enforcement(
    port: AdmissionPort,
    namespace: str,
    *,
    workflow: str = "",
    trying: bool = True,
    sets: Sequence[InstalledSet] | BackendError | None = None,
) -> NamespaceEnforcement:
    """Return the enforcement of the gates of a namespace; never raises, but returns UNKNOWN.

    Reads the policies if the user may (or takes `sets`, which were read before). Otherwise it sends
    a dry run on the workflow of that name, which the policies in effect answer. `trying` False
    omits the dry run, as in read-only mode: in the logs of the server it looks like a write.
    """
    if sets is None:
        sets = await sets_or_why(port)
    place = await _namespace(port, namespace)
    facts = place if isinstance(place, NamespaceFacts) else None
    if not isinstance(sets, BackendError) and (facts is not None or not sets):
        covering = [one for one in sets if facts is not None and one.covers(facts.labels)]
        for one in covering:
            if one.parameters is not None and not one.problems:
                return _enforced(namespace, facts, one.parameters)
        problems = tuple(problem for one in covering for problem in one.problems)
        return _advisory(namespace, facts, problems)
    refusals = [one for one in (sets, place) if isinstance(one, BackendError)]
    failure = next((one for one in refusals if not isinstance(one, ForbiddenError)), None)
    if trying and failure is None:
        try:
            told = await _told(port, namespace, workflow)
        except BackendError as error:
            failure = error
        else:
            if told is False:
                return _advisory(namespace, facts)
            if told is not None:
                return _enforced(namespace, facts, told if told is not True else None)
    key, _, value = DEFAULT_LABEL.partition("=")
    if failure is not None:
        detail = failure.title
    elif facts is not None and facts.labels.get(key) == value:
        detail = f"{namespace} is labelled {DEFAULT_LABEL}; whether policies are there is hidden"
    else:
        hidden = "admission policies are" if isinstance(sets, BackendError) else "the namespace is"
        detail = f"{hidden} not yours to read"
    if not trying and failure is None:
        detail += ", and no dry run may be sent to find out"
    return unknown(namespace, detail, facts=facts, failed=failure is not None)
