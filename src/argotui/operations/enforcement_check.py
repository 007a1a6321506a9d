"""What `doctor` says of enforcement: per namespace, enforced or advisory, by whom and for whom."""

from __future__ import annotations

from collections.abc import Iterator

from argotui.backend.admission import AdmissionPort, NamespaceFacts
from argotui.backend.errors import BackendError
from argotui.operations.doctor import UNKNOWN, WARN, Check
from argotui.operations.enforcement import InstalledSet, describe_source, installed_sets, probed

TITLE = "Enforcement"
_INSTALL = "Have the cluster enforce it: argotui admission install"


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
        detail=f"enforced in {', '.join(covered)}; approvers are "
        f"{describe_source(parameters.source)}; the controller is "
        f"{', '.join(parameters.controllers)}; revision {one.revision}",
    )


def _homes(sets: list[InstalledSet], namespaces: list[NamespaceFacts]) -> Iterator[Check]:
    """Yield a warning for each enforced namespace in which the controller itself lives."""
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


def _advisory(where: str) -> Check:
    detail = f"advisory {where}: whoever may patch workflows may open any gate"
    return Check("enforcement", TITLE, WARN, detail, f"{_INSTALL}.")


async def _asked(port: AdmissionPort, namespace: str | None, why: BackendError) -> Check:
    """Return what a dry run tells somebody who may not read policies."""
    unknown = Check("enforcement", TITLE, UNKNOWN, why.title)
    if namespace is None:
        return unknown
    try:
        workflows = await port.objects(namespace, "workflows", limit=1)
    except BackendError:
        return unknown
    if not workflows:
        return unknown
    told = await probed(port, namespace, str(workflows[0]["metadata"]["name"]))
    if told is None:
        return unknown
    if told is False:
        return _advisory(f"in {namespace}")
    if told is True:
        detail = f"enforced in {namespace}"
    else:
        detail = f"enforced in {namespace}; approvers are {describe_source(told.source)}"
        detail += f"; the controller is {', '.join(told.controllers)}"
    return Check("enforcement", TITLE, detail=detail)


async def check_enforcement(port: AdmissionPort, namespace: str | None) -> list[Check]:
    """Return how gates are kept in a namespace, or in all of them where it is None."""
    try:
        sets = await installed_sets(port)
        if not sets:
            where = f"in {namespace}" if namespace else "everywhere"
            return [_advisory(where)]
        if namespace:
            namespaces = [await port.namespace(namespace)]
        else:
            namespaces = await port.namespaces()
    except BackendError as error:
        return [await _asked(port, namespace, error)]
    if namespace:
        sets_here = [one for one in sets if one.covers(namespaces[0].labels)]
        if not sets_here:
            known = ", ".join(one.parameters.label for one in sets if one.parameters)
            return [
                Check(
                    "enforcement",
                    TITLE,
                    WARN,
                    f"advisory in {namespace}: it does not have the label {known}",
                )
            ]
        sets = sets_here
    return [*(_of_set(one, namespaces) for one in sets), *_homes(sets, namespaces)]
