"""The checks of `doctor`, step by step, each failure with a remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from argotui.backend.clock import Clock
from argotui.backend.namespaces import readable_namespaces
from argotui.backend.ports import ARGO_SERVER, Access, Backend, ClusterPort, DoctorPort, Query
from argotui.errors import BackendError, ForbiddenError, NotFoundError

OK = "ok"
WARN = "warn"
FAIL = "fail"
UNKNOWN = "unknown"
"""What a check could not see: neither right nor wrong."""

SKEW = 5.0
"""Seconds two clocks may differ before ages and expiries on screen mislead."""
AT_ONCE = 8


class Check(msgspec.Struct, frozen=True):
    """One finding: `status` is ok, warn, fail or unknown; `remedy` says what to do if it is not ok
    and the detail does not say so.

    `error` is the cause of a failure, for the exit code; it is not part of the output.
    """

    id: str
    title: str
    status: str = OK
    detail: str = ""
    remedy: str = ""
    error: BackendError | None = None


class Right(msgspec.Struct, frozen=True):
    """A right with its purpose, and whether the console requires it."""

    verb: str
    resource: str
    purpose: str
    required: bool = False
    group: str = "argoproj.io"
    subresource: str = ""

    @property
    def name(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


RIGHTS = (
    Right("list", "workflows", "the list of workflows", required=True),
    Right("watch", "workflows", "live updates", required=True),
    Right("get", "workflows", "opening a workflow", required=True),
    Right("list", "pods", "pods of a workflow, which logs need", group=""),
    Right("get", "pods", "logs", group="", subresource="log"),
    Right("list", "events", "events of workflows and pods", group=""),
    Right("list", "namespaces", "choosing a namespace from a list", group=""),
    Right("list", "workflowtemplates", "reading WorkflowTemplates"),
    Right("list", "clusterworkflowtemplates", "reading ClusterWorkflowTemplates"),
    Right("list", "cronworkflows", "reading CronWorkflows"),
    Right("patch", "workflows", "deciding gates: approve, deny"),
    Right("update", "workflows", "changing workflows with other tools"),
    Right("create", "workflows", "submitting with other tools"),
    Right("delete", "workflows", "deleting with other tools"),
)
CLUSTER_SCOPED = frozenset({"namespaces", "clusterworkflowtemplates"})


class RightAnswer(msgspec.Struct, frozen=True):
    """A right with the API server's answer; `allowed` is None if it did not answer."""

    right: Right
    namespace: str
    allowed: bool | None
    reason: str = ""


class TerminalFacts(msgspec.Struct, frozen=True):
    """What the environment says of the terminal; `columns` and `lines` are cells."""

    attached: bool
    term: str = ""
    colorterm: str = ""
    no_color: bool = False
    columns: int = 0
    lines: int = 0
    encoding: str = ""


async def check_cluster(backend: Backend, clock: Clock) -> AsyncIterator[Check]:
    """Yield the findings about the connection, the server, Argo and the user.

    Ends after a failure that makes the other checks meaningless.
    """
    cluster, doctor = backend.cluster, backend.doctor
    through_server = cluster.api == ARGO_SERVER
    for warning in cluster.warnings:
        title = "Connection" if through_server else "Kubeconfig"
        yield Check("kubeconfig", title, WARN, warning)
    title = "Argo server" if through_server else "API server"
    try:
        info = await cluster.server_info()
    except NotFoundError as error:
        yield _argo_missing(error)
        return
    except BackendError as error:
        yield failed("reach", f"{title} {cluster.server}", error)
        return
    yield Check("reach", title, detail=f"{cluster.server} (context {cluster.context})")
    if through_server:
        yield await _through_server(doctor, info.version)
    else:
        yield Check("kubernetes", "Kubernetes", detail=info.version)
    if "workflows" not in info.kinds:
        yield _argo_missing(None)
        return
    yield Check("argo", "Argo", detail=f"argoproj.io/v1alpha1: {', '.join(sorted(info.kinds))}")
    if not through_server:
        yield await _controller(doctor)
    yield await _skew(doctor, clock)
    try:
        who = await cluster.whoami()
    except BackendError as error:
        yield Check(
            "whoami", "You", WARN, str(error), "Kubernetes 1.28 and later answer this to everyone."
        )
        return
    if not who.user and through_server:
        detail = "the Argo server does not say who you are: the token names nobody"
        yield Check("whoami", "You", WARN, detail, "Decisions then record no name.")
        return
    groups = ", ".join(who.groups) or "none"
    yield Check("whoami", "You", detail=f"{who.user} (groups: {groups})")


async def _through_server(doctor: DoctorPort, version: str) -> Check:
    """Return the finding about the Argo server in between: its version and auth mode."""
    title = "Transport"
    try:
        access = await doctor.access()
    except BackendError as error:
        return Check("transport", title, WARN, f"{version}: {error}")
    return Check("transport", title, detail=f"the REST API of Argo {version}; {access}")


def failed(identity: str, title: str, error: BackendError) -> Check:
    """Return a failure as a finding: what happened, in its words, and its own remedy."""
    detail = ": ".join(part for part in (error.title, error.detail) if part)
    return Check(identity, title, FAIL, detail, error.hint or "Try again.", error)


def _argo_missing(error: BackendError | None) -> Check:
    return Check(
        "argo",
        "Argo",
        FAIL,
        "The cluster does not serve workflows.argoproj.io/v1alpha1.",
        "Install Argo Workflows there, or choose another context with --context.",
        error or NotFoundError("The cluster does not serve workflows"),
    )


async def _controller(doctor: DoctorPort) -> Check:
    found = await doctor.controller()
    if found:
        return Check("controller", "Controller", detail=found)
    return Check(
        "controller",
        "Controller",
        UNKNOWN,
        "argotui did not find its Deployment, or may not read it",
    )


async def _skew(doctor: DoctorPort, clock: Clock) -> Check:
    title = "Clocks"
    before = clock.now()
    there = await doctor.server_time()
    if there is None:
        return Check("clock", title, UNKNOWN, "the server did not send its time")
    after = clock.now()
    # The Date header is in whole seconds, and was written somewhere between the two readings.
    ahead = (before - there).total_seconds() - 1.0
    behind = (there - after).total_seconds()
    skew = max(ahead, behind, 0.0)
    if skew <= SKEW:
        return Check("clock", title, detail=f"equal to within {SKEW:.0f} s")
    side = "ahead of" if ahead > behind else "behind"
    return Check(
        "clock",
        title,
        WARN,
        f"this machine is {skew:.0f} s {side} the API server; ages on screen are off by as much",
        "Synchronise the clocks (NTP).",
    )


async def check_rights(
    cluster: ClusterPort, namespace: str | None
) -> tuple[list[RightAnswer], list[Check]]:
    """Return the table of rights in a namespace (None: in all of them) and what follows from it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(right: Right) -> RightAnswer:
        where = "" if right.resource in CLUSTER_SCOPED else namespace or ""
        async with gate:
            try:
                access: Access = await cluster.can(
                    right.verb,
                    right.resource,
                    namespace=where,
                    group=right.group,
                    subresource=right.subresource,
                )
            except BackendError as error:
                return RightAnswer(right, where, None, error.title)
        return RightAnswer(right, where, access.allowed, access.reason)

    answers = list(await asyncio.gather(*map(ask, RIGHTS)))
    place = f"in namespace {namespace}" if namespace else "in all namespaces"
    return answers, [await _evaluate(cluster, namespace, place, answers)]


async def _evaluate(
    cluster: ClusterPort, namespace: str | None, place: str, answers: Sequence[RightAnswer]
) -> Check:
    title = "Rights"
    missing = [answer for answer in answers if answer.right.required and answer.allowed is False]
    if missing:
        named = ", ".join(f"{answer.right.verb} {answer.right.name}" for answer in missing)
        elsewhere = await _elsewhere(cluster)
        if namespace is None and elsewhere:
            return Check(
                "rights",
                title,
                WARN,
                f"not allowed {place}: {named}; the console shows: {', '.join(elsewhere)}",
                f"Open one of them with -n, for instance -n {elsewhere[0]}.",
            )
        remedy = "Ask for a Role with these verbs on workflows.argoproj.io"
        if elsewhere:
            remedy = f"Open a namespace you can read, for instance -n {elsewhere[0]}. {remedy}"
        error = ForbiddenError(f"Not allowed {place}: {named}")
        return Check("rights", title, FAIL, f"not allowed {place}: {named}", f"{remedy}.", error)
    try:
        await cluster.list_metadata(Query(namespace), limit=1)
    except BackendError as error:
        return failed("rights", f"Reading workflows {place}", error)
    unseen = [answer.right for answer in answers if answer.allowed is None]
    if unseen:
        named = ", ".join(f"{right.verb} {right.name}" for right in unseen)
        return Check("rights", title, UNKNOWN, f"workflows can be read {place}; not known: {named}")
    without = [answer for answer in answers if answer.allowed is False]
    if not without:
        return Check("rights", title, detail=f"everything, {place}")
    denied = ", ".join(f"{answer.right.verb} {answer.right.name}" for answer in without)
    return Check("rights", title, detail=f"enough to watch workflows {place}; not: {denied}")


async def _elsewhere(cluster: ClusterPort) -> list[str]:
    try:
        return (await readable_namespaces(cluster)).names
    except BackendError:
        return []


def check_terminal(facts: TerminalFacts) -> list[Check]:
    """Return the findings about the terminal of the console."""
    if not facts.attached:
        return [
            Check(
                "terminal",
                "Terminal",
                UNKNOWN,
                "this is not a terminal; the console needs one, the verbs do not",
            )
        ]
    checks = []
    if facts.term in ("", "dumb"):
        checks.append(
            Check(
                "terminal",
                "Terminal",
                FAIL,
                f"TERM is {facts.term or 'not set'}: it cannot place a cursor",
                "Use a terminal emulator, or set TERM to what yours is (often xterm-256color).",
            )
        )
    else:
        checks.append(Check("terminal", "Terminal", detail=f"{facts.term}, {_colours(facts)}"))
    size = f"{facts.columns} x {facts.lines}"
    if facts.columns < 80 or facts.lines < 24:
        checks.append(
            Check("size", "Size", WARN, f"{size} cells", "Make the window 80 x 24 or larger.")
        )
    else:
        checks.append(Check("size", "Size", detail=f"{size} cells"))
    if facts.encoding.lower().replace("-", "") == "utf8":
        checks.append(Check("encoding", "Encoding", detail="UTF-8"))
    else:
        checks.append(
            Check(
                "encoding",
                "Encoding",
                FAIL,
                f"{facts.encoding or 'unknown'}: glyphs and lines cannot be shown",
                "Set a UTF-8 locale, for instance LANG=C.UTF-8.",
            )
        )
    return checks


def _colours(facts: TerminalFacts) -> str:
    if facts.no_color:
        return "no colour (NO_COLOR)"
    if facts.colorterm in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256color" in facts.term else "16 colours"
