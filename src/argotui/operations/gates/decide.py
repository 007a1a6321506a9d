"""Decide gates: the only code that can write a decision.

Fresh read, same request, still open, not expired, allowed; intent on disk; one conditional write;
re-read; outcome on disk. A write that may have been applied is never sent again: if its answer is
lost, another read finds the outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argotui.backend.audit.chain import Head
from argotui.backend.audit.entry import intent, outcome
from argotui.backend.audit.log import AuditError
from argotui.backend.ports import Written
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
)
from argotui.model.gates.decision import (
    Choice,
    Decision,
    Outcome,
    Record,
)
from argotui.model.gates.difference import shown_differences
from argotui.model.gates.expiry import expiry_of
from argotui.model.gates.gate import Gate, GateKind
from argotui.model.gates.node_update import node_update
from argotui.model.gates.patch import decided_nodes, decision_patch, resume_patch
from argotui.model.gates.permission import all_values, value_problems
from argotui.model.gates.verdict import is_fresh
from argotui.model.sanitise import clean_line
from argotui.operations.gates.review import (
    DecisionContext,
    GateGone,
    GateSnapshot,
    Review,
    became_of,
    read_gate,
    review_gate,
    review_snapshot,
)

ANCHOR = "audit.argotui.io/head"
"""The annotation with the head of the audit log at a workflow's last decision."""

ATTEMPTS = 3
"""How often a write that was certainly not applied is repeated for an unchanged request."""

REREADS = 5
"""How many reads look for the outcome of a lost write, with growing pauses."""

LONGEST_WAIT = 5.0
"""Seconds to wait at most if the server asks to retry later."""

DELETED = "the workflow was deleted"
RECREATED = "the workflow was deleted and created again under the same name"

_under_way: set[asyncio.Task[Result]] = set()


@dataclass(frozen=True)
class Result:
    """The outcome of a decision: `detail` is one line to show; `record` is the decision on the
    node, whoever wrote it; `changes` are (path, shown, now) of a changed request."""

    outcome: Outcome
    detail: str
    record: Record | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    audit_id: str = ""
    decision: Decision | None = None


class _Refused(Exception):
    """A check before the write failed."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(result.detail)


def _uid(document: Mapping[str, Any]) -> str:
    return str((document.get("metadata") or {}).get("uid"))


def _result_of(gone: GateGone, uid: str, node_id: str) -> Result:
    """Return the result for a gate that was gone when it was read."""
    reading = gone.reading
    if reading is None:
        return Result(Outcome.CHANGED, gone.title)
    if _uid(reading.document) != uid:
        return Result(Outcome.CHANGED, RECREATED)
    if reading.offloaded:
        return Result(Outcome.NOT_PERMITTED, str(gone))
    waits, told, record = became_of(reading.document, node_id)
    if waits:
        return Result(Outcome.CHANGED, str(gone))
    return Result(Outcome.ALREADY_DECIDED, told, record)


async def review_found(decision_context: DecisionContext, gate: Gate) -> Review | Result:
    """Review a gate that was just found open in a list or by its name.

    If it is gone, or another gate has its name, return a `Result`: nothing was sent. Raises the
    `BackendError` of a failed read.
    """
    try:
        review = await review_gate(decision_context, gate.key, gate.node_id)
    except GateGone as gone:
        return _result_of(gone, gate.uid, gate.node_id)
    except NotFoundError:
        return Result(Outcome.CHANGED, DELETED)
    if review.request.uid != gate.uid:
        return Result(Outcome.CHANGED, RECREATED)
    if gate.kind is GateKind.NODE and review.gate.since != gate.since:
        return Result(Outcome.CHANGED, "the gate was closed and opened again")
    return review


def _still_same(review: Review, snapshot: GateSnapshot) -> None:
    """Raise `_Refused` unless the fresh read has the same request as the review."""
    request = snapshot.request
    if request.uid != review.request.uid:
        raise _Refused(Result(Outcome.CHANGED, RECREATED))
    if request != review.request:
        old, new = review.reading.document, snapshot.reading.document
        found = shown_differences(old, new, request.node_id)
        raise _Refused(Result(Outcome.CHANGED, "it is not what you looked at", changes=found))


def _same_effect(review: Review, snapshot: GateSnapshot) -> None:
    """Raise `_Refused` if an approval has another effect than at the review.

    The suspension of the whole workflow is not part of the request: it does not change the
    question. But the person approved the effect that was shown.
    """
    before, now = bool(review.workflow.spec.suspend), bool(snapshot.workflow.spec.suspend)
    if snapshot.gate.kind is GateKind.NODE and before is not now:
        said = "suspended as a whole" if now else "resumed"
        detail = f"the workflow was {said} since you looked"
        changes = (("spec.suspend", str(before).lower(), str(now).lower()),)
        raise _Refused(Result(Outcome.CHANGED, detail, changes=changes))


def _not_expired(snapshot: GateSnapshot, decision_context: DecisionContext) -> None:
    workflow, reading = snapshot.workflow, snapshot.reading
    node = workflow.nodes.get(snapshot.gate.node_id)
    expiry = expiry_of(workflow, node) if node else None
    now = reading.date or decision_context.clock.now()
    if expiry and expiry.at is not None and not expiry.held and now >= expiry.at:
        moment = expiry.at.isoformat()
        raise _Refused(
            Result(Outcome.CHANGED, f"it expired at {moment}; the controller decides it now")
        )


async def _checked(
    decision_context: DecisionContext,
    review: Review,
    choice: Choice,
    values: Mapping[str, str],
    reason: str,
) -> Review:
    """Return a fresh review on which the decision may be written."""
    request = review.request
    try:
        snapshot = await read_gate(decision_context, request.key, request.node_id)
    except GateGone as gone:
        raise _Refused(_result_of(gone, request.uid, request.node_id)) from gone
    _still_same(review, snapshot)
    if choice is Choice.APPROVE:
        _same_effect(review, snapshot)
    _not_expired(snapshot, decision_context)
    # The policy evaluates what is written, including unchanged defaults.
    sent = all_values(snapshot.gate, values) if choice is Choice.APPROVE else values
    fresh = await review_snapshot(decision_context, snapshot, sent)
    if not is_fresh(fresh.verdict, request.digest, fresh.read_at, decision_context.rules.ttl):
        raise _Refused(Result(Outcome.NOT_PERMITTED, "the verdict is not about this request"))
    permission = fresh.permission(choice)
    if permission.blocked:
        raise _Refused(Result(Outcome.NOT_PERMITTED, "; ".join(permission.blocked)))
    if permission.reason_for and not reason.strip():
        raise _Refused(
            Result(Outcome.NOT_PERMITTED, "a reason is needed: " + "; ".join(permission.reason_for))
        )
    if choice is Choice.APPROVE and (problems := value_problems(snapshot.gate, values)):
        raise _Refused(Result(Outcome.NOT_PERMITTED, "; ".join(problems)))
    return fresh


async def try_out(decision_context: DecisionContext, decision: Decision, review: Review) -> None:
    """Send the write of a decision as a dry run; raises its `BackendError`, or `NotAGate`.

    It omits strict mode's resourceVersion: other changes say nothing about the decision. Raises
    UnavailableError if the way to the cluster has no dry run.
    """
    if why := decision_context.gates.unavailable.get("dry_run"):
        raise UnavailableError(why)
    await _write(decision_context, decision, review, dry_run=True)


async def _write(
    decision_context: DecisionContext, decision: Decision, fresh: Review, *, dry_run: bool = False
) -> Written:
    gates = decision_context.gates
    strict = decision_context.strict and not dry_run
    key, document = decision.request.key, fresh.reading.document
    now = fresh.reading.date or decision_context.clock.now()
    if gates.race:
        update = node_update(decision, document)
        return await gates.set_node(key.namespace, key.name, update)
    if fresh.gate.kind is GateKind.WORKFLOW:
        operations = resume_patch(decision, document, strict=strict)
    elif fresh.reading.packing:
        nodes = decided_nodes(decision, document, now)
        return await gates.put_nodes(fresh.reading, nodes, dry_run=dry_run)
    else:
        operations = decision_patch(decision, document, now, strict=strict)
    return await gates.patch_workflow(key.namespace, key.name, operations, dry_run=dry_run)


async def _read_back(decision_context: DecisionContext, decision: Decision) -> Result | None:
    """Return the present state of the gate, or None if it is still open.

    Repeats failed reads, because it looks for a lost answer; raises the last failure.
    """
    key, node_id = decision.request.key, decision.request.node_id
    for attempt in range(REREADS):
        try:
            reading = await decision_context.gates.read_gate(key.namespace, key.name)
            break
        except NotFoundError:
            return Result(Outcome.CHANGED, DELETED, decision=decision)
        except BackendError:
            if attempt == REREADS - 1:
                raise
            await decision_context.clock.sleep(0.25 * 2**attempt)
    if _uid(reading.document) != decision.request.uid:
        return Result(Outcome.CHANGED, RECREATED, decision=decision)
    waits, told, record = became_of(reading.document, node_id)
    if record and record.decision == decision.id:
        return Result(Outcome.DECIDED, decision.choice.done, record, decision=decision)
    if waits:
        return None
    return Result(Outcome.ALREADY_DECIDED, told, record, decision=decision)


async def _send(decision_context: DecisionContext, decision: Decision, fresh: Review) -> Result:
    """Write once, and find out the outcome."""
    try:
        written = await _write(decision_context, decision, fresh)
    except (ForbiddenError, UnauthorizedError) as refused:
        return Result(Outcome.NOT_PERMITTED, refused.detail or refused.title, decision=decision)
    except (InvalidError, ConflictError, ThrottledError) as refused:
        # The error does not say which condition failed; only a read of the object does.
        if isinstance(refused, ThrottledError):
            await decision_context.clock.sleep(min(refused.retry_after or 1.0, LONGEST_WAIT))
        return await _read_back(decision_context, decision) or Result(
            Outcome.CHANGED, refused.detail or refused.title, decision=decision
        )
    except NotFoundError:
        return Result(Outcome.CHANGED, DELETED, decision=decision)
    except BackendError as lost:
        found = await _read_back(decision_context, decision)
        if found is None:
            return Result(Outcome.UNKNOWN, lost.title, decision=decision)
        erased = not decision.request.node_id and found.record is None
        if found.outcome is Outcome.CHANGED or erased:
            # A decision from before that is gone with the workflow, or with the
            # annotation that alone would tell.
            detail = f"{lost.title}; {found.detail}"
            return Result(Outcome.UNKNOWN, detail, decision=decision)
        return found
    return await _confirmed(decision_context, decision, written, packed=bool(fresh.reading.packing))


async def _confirmed(
    decision_context: DecisionContext, decision: Decision, written: Written, *, packed: bool
) -> Result:
    """Return the outcome of a write that the server accepted.

    The answer is the workflow as the server stored it; a later read may return a later version.
    """
    record = became_of(written.document, decision.request.node_id)[2]
    stored = packed or (record is not None and record.decision == decision.id)
    try:
        found = await _read_back(decision_context, decision)
    except BackendError as error:
        known = Outcome.DECIDED if stored else Outcome.UNKNOWN
        found = Result(known, f"{decision.choice.done} ({error.title})", record)
    if found is None:
        detail = "the server took it, and the gate is open still; look again before deciding"
        found = Result(Outcome.UNKNOWN, detail)
    elif found.outcome is Outcome.CHANGED or (stored and found.outcome is not Outcome.DECIDED):
        detail = f"{decision.choice.done}; since then: {found.detail}"
        found = Result(Outcome.DECIDED, detail, record)
    return dataclasses.replace(found, decision=decision, audit_id=written.audit_id)


async def _anchor(decision_context: DecisionContext, decision: Decision, head: Head) -> None:
    # The decision is valid without its anchor: a verification finds a gap.
    with contextlib.suppress(BackendError):  # AuditError is one
        key = decision.request.key
        anchor = await asyncio.to_thread(decision_context.audit.anchor, head)
        await decision_context.gates.annotate(
            key.namespace, key.name, decision.request.uid, {ANCHOR: anchor}
        )


async def _conclude(
    decision_context: DecisionContext, decision: Decision, result: Result
) -> Result:
    """Record the outcome; if that fails, add the failure to the result."""
    entry = outcome(
        decision,
        decision_context.clock.now(),
        outcome=result.outcome.value,
        detail=result.detail,
        audit_id=result.audit_id,
    )
    try:
        head = await decision_context.audit.append(entry)
    except AuditError as error:
        return dataclasses.replace(result, detail=f"{result.detail} ({error.title})")
    if result.outcome is Outcome.DECIDED:
        await _anchor(decision_context, decision, head)
    return result


async def _carry_out(
    decision_context: DecisionContext, decision: Decision, fresh: Review, *, override: bool
) -> Result:
    """Record the intent, send, and record the outcome, whatever happens in between."""
    entry = intent(
        decision,
        fresh.gate,
        fresh.verdict,
        decision_context.clock.now(),
        override=override,
        context=decision_context.gates.context,
        server_time=fresh.reading.date,
    )
    await decision_context.audit.append(entry)
    try:
        result = await _send(decision_context, decision, fresh)
    except BackendError as error:
        result = Result(Outcome.UNKNOWN, error.title, decision=decision)
    except BaseException:
        # The program ends, or argotui has a bug: only the record is still written.
        entry = outcome(
            decision,
            decision_context.clock.now(),
            outcome=Outcome.UNKNOWN.value,
            detail="interrupted",
        )
        with contextlib.suppress(AuditError):
            decision_context.audit.append_now(entry)
        raise
    return await _conclude(decision_context, decision, result)


async def decide(
    decision_context: DecisionContext,
    review: Review,
    choice: Choice,
    *,
    values: Mapping[str, str] | None = None,
    reason: str = "",
) -> Result:
    """Approve or deny the reviewed request, and return the outcome.

    Cancellation does not interrupt a write. Raises `AuditError` if the log cannot be written before
    the decision is sent, and the `BackendError` of a failed first read; in both cases nothing was
    sent.
    """
    given = dict(values or {}) if choice is Choice.APPROVE else {}
    tried: list[Result] = []
    while len(tried) < ATTEMPTS:
        try:
            fresh = await _checked(decision_context, review, choice, given, reason)
        except _Refused as refused:
            return refused.result
        except NotFoundError:
            return Result(Outcome.CHANGED, DELETED)
        except BackendError as error:
            if not tried:
                raise
            last = tried[-1]
            return dataclasses.replace(last, detail=f"{last.detail}; {error.title}")
        decision = Decision(
            id=secrets.token_hex(8),
            request=review.request,
            choice=choice,
            actor=fresh.person.user,
            values=all_values(fresh.gate, given) if choice is Choice.APPROVE else {},
            # Cleaned before the search for secrets: a control character could hide one.
            reason=clean_line(reason).strip(),
        )
        override = fresh.permission(choice).override
        task = asyncio.ensure_future(
            _carry_out(decision_context, decision, fresh, override=override)
        )
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)
        result = await asyncio.shield(task)
        if result.outcome is not Outcome.CHANGED:
            return result
        tried.append(result)
        # Refused without being applied, perhaps for a change that is none of this request: the
        # checks at the top of the loop tell, and end it where it is.
    detail = f"the server refuses it although the request is unchanged: {tried[-1].detail}"
    return dataclasses.replace(tried[-1], outcome=Outcome.NOT_PERMITTED, detail=detail)
