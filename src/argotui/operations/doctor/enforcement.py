"""What `doctor` says of enforcement: per namespace, enforced or advisory, by whom and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from argotui.backend.ports import AdmissionPort, NamespaceFacts
from argotui.errors import BackendError
from argotui.operations.admission.enforcement import (
    EnforcementState,
    InstalledSet,
    describe_source,
    namespace_enforcement,
    sets_or_why,
)
from argotui.operations.doctor.checks import UNKNOWN, WARN, Check

TITLE = "Enforcement"
_INSTALL = "Have the cluster enforce it: argotui admission install."


def _of_set(one: InstalledSet, namespaces: list[NamespaceFacts]) -> Check:
    name = f"enforcement-{one.name}"
    parameters = one.parameters
    if parameters is None or one.problems:
        return Check(
            name,
            TITLE,
            WARN,
            f"the set {one.name} does not enforce: {'; '.join(one.problems)}",
            "Install it again: argotui admission install",
        )
    covered = [facts.name for facts in namespaces if one.covers(facts.labels)]
    if not covered:
        return Check(
            name,
            TITLE,
            WARN,
            f"the set {one.name} is installed, and no namespace has its label {parameters.label}",
            f"Label one: kubectl label namespace NAME {parameters.label}",
        )
    return Check(
        name,
        TITLE,
        detail=f"enforced by the cluster in {', '.join(covered)}; approvers are "
        f"{describe_source(parameters.source)}; the controller is "
        f"{', '.join(parameters.controllers)}; revision {one.revision}",
    )


def _homes(sets: Sequence[InstalledSet], namespaces: Sequence[NamespaceFacts]) -> Iterator[Check]:
    """Yield a warning for each enforced namespace with the controller itself."""
    for one in sets:
        accounts = one.parameters.accounts if one.parameters else ()
        homes = {account.partition("/")[0] for account in accounts}
        for facts in namespaces:
            if facts.name in homes and one.covers(facts.labels):
                yield Check(
                    f"enforcement-home-{facts.name}",
                    TITLE,
                    WARN,
                    f"the controller runs in {facts.name}: whoever may make pods or tokens there "
                    "can act as the controller",
                    "Keep the controller in a namespace where nobody submits.",
                )


async def check_enforcement(
    port: AdmissionPort, namespace: str | None, *, trying: bool = True
) -> list[Check]:
    """Return the findings about enforcement in a namespace (None: in all of them).

    `trying` as in `namespace_enforcement`.
    """
    sets = await sets_or_why(port)
    if namespace:
        return await _within(port, namespace, sets, trying=trying)
    if not sets:
        detail = "advisory everywhere: whoever may patch workflows may open any gate"
        return [Check("enforcement", TITLE, WARN, detail, _INSTALL)]
    try:
        namespaces = await port.namespaces() if not isinstance(sets, BackendError) else []
    except BackendError as error:
        sets = error
    if isinstance(sets, BackendError):
        said = "unknown whether the cluster enforces gates"
        remedy = "With -n NAMESPACE it is asked about one."
        return [Check("enforcement", TITLE, UNKNOWN, f"{said}: {sets.title}", remedy)]
    return [*(_of_set(one, namespaces) for one in sets), *_homes(sets, namespaces)]


async def _within(
    port: AdmissionPort,
    namespace: str,
    sets: Sequence[InstalledSet] | BackendError,
    *,
    trying: bool,
) -> list[Check]:
    """Return the same about a namespace as the screens of gates, with a remedy."""
    name = await _a_workflow(port, namespace) if sets and trying else ""
    guard = await namespace_enforcement(port, namespace, workflow=name, trying=trying, sets=sets)
    if guard.state is EnforcementState.UNKNOWN:
        return [Check("enforcement", TITLE, UNKNOWN, guard.detail)]
    known = [] if isinstance(sets, BackendError) else [*sets]
    covering = [one for one in known if guard.facts and one.covers(guard.facts.labels)]
    if guard.state is EnforcementState.ADVISORY:
        remedy, labels = _INSTALL, [one.parameters.label for one in known if one.parameters]
        if guard.problems:
            remedy = "Install it again: argotui admission install"
        elif labels:
            remedy = f"Label the namespace: kubectl label namespace {namespace} {labels[0]}"
        return [Check("enforcement", TITLE, WARN, guard.detail, remedy)]
    detail, identity = guard.detail, "enforcement"
    if guard.parameters is not None:
        detail += f"; the controller is {', '.join(guard.parameters.controllers)}"
    for one in covering:
        if one.parameters == guard.parameters and not one.problems:
            detail += f"; revision {one.revision}"
            identity = f"enforcement-{one.name}"
            break
    places = [guard.facts] if guard.facts else []
    return [Check(identity, TITLE, detail=detail), *_homes(covering, places)]


async def _a_workflow(port: AdmissionPort, namespace: str) -> str:
    """Return the name of a workflow for a dry run, empty if there is none."""
    try:
        found = await port.objects(namespace, "workflows", limit=1)
    except BackendError:
        return ""
    return str(found[0]["metadata"]["name"]) if found else ""
