"""The columns of the inbox, and what each says of a gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from argotui.model.durations import format_age
from argotui.model.expiry import Outcome, describe
from argotui.model.inbox import OpenGate
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.standing import Rules, denial_level, same_person
from argotui.model.verdict import Answer, Level, is_fresh
from argotui.operations.enforcement import Enforcement, State
from argotui.operations.review import Review
from argotui.operations.verdicts import Judged
from argotui.widgets.columns import Cell, Column
from argotui.widgets.kept_words import kept_word

SUSPENDED = "(suspended)"
WIDE = 140
"""Cells of a terminal that has room for a column in which all gates say the same."""


class VerdictWords(NamedTuple):
    """A verdict in a few words, with its glyph and colour role."""

    glyph: str
    words: str
    role: str

    @property
    def text(self) -> str:
        return f"{self.glyph} {self.words}"


def verdict_words(seen: Review, rules: Rules) -> VerdictWords:
    """Return what the policy says of a gate, and that it is not for this person where it is not."""
    verdict = seen.verdict
    if rules.separation_of_duties and is_own(seen):
        return VerdictWords("✖", "you asked for it yourself", "failed")
    if verdict.answer is Answer.NO_VERDICT and not seen.person.may_patch:
        return VerdictWords("○", f"not yours: {_of_you(seen.person.refusal, seen)}", "pending")
    if verdict.answer is Answer.NO_VERDICT:
        return VerdictWords("○", verdict.why.value, "pending")
    if verdict.answer is Answer.ALLOW:
        if seen.approve.blocked:
            why = _of_you(seen.approve.blocked[0], seen)
            return VerdictWords("●", f"not yours: {why}", "pending")
        return VerdictWords("●", "allow", "succeeded")
    first = verdict.deny[0].msg if verdict.deny else "no rule allows it"
    more = f" (+{len(verdict.deny) - 1})" if len(verdict.deny) > 1 else ""
    if denial_level(rules, verdict) is Level.HARD:
        return VerdictWords("✖", f"deny: {first}{more}", "failed")
    return VerdictWords("▲", f"{first}{more}", "waiting")


def _of_you(why: str, seen: Review) -> str:
    """Return a reason that names the person who looks with `you` in place of the name."""
    name = f"{seen.person.user} "
    return f"you {why.removeprefix(name)}" if why.startswith(name) else why


def is_own(seen: Review) -> bool:
    """Say whether the person who looks asked for the workflow."""
    return bool(seen.gate.asked_by) and same_person(seen.person.user, seen.gate.asked_by)


class GateRow(NamedTuple):
    """A gate at a moment, with what came of asking about it, who looks ("" until known), and how
    the gate is kept."""

    item: OpenGate
    now: datetime
    rules: Rules
    judged: Judged | None = None
    you: str = ""
    kept: Enforcement | None = None

    @property
    def verdict(self) -> VerdictWords:
        if self.judged is None:
            return VerdictWords("…", "", "dim")
        if self.judged.seen is None:
            return VerdictWords("✖", f"not read: {self.judged.problem}", "failed")
        seen = self.judged.seen
        found = verdict_words(seen, self.rules)
        if found.role != "succeeded":
            return found
        if self.kept and self.kept.names(seen.person.user, seen.person.groups) is False:
            return VerdictWords("●", "allow, but you are no approver", "pending")
        return self._with_age(found)

    def _with_age(self, found: VerdictWords) -> VerdictWords:
        """Return an answer with a remark where it may not be acted on any more."""
        seen = self.judged.seen if self.judged else None
        if seen is None or is_fresh(seen.verdict, seen.request.digest, self.now, self.rules.ttl):
            return found
        return found._replace(words=f"{found.words} (old)", role="pending")


def expiry_text(item: OpenGate, now: datetime) -> str:
    """Return when a gate ends by itself and what happens then, marked where that approves."""
    text = redact_text(clean_line(describe(item.expiry, now)))
    return f"{text} !" if item.risky else text


def expiry_short(item: OpenGate, now: datetime) -> str:
    """Return the same without the words that all have: what happens is read first, and not cut."""
    return expiry_text(item, now).replace("takes defaults ", "").replace(" left →", " →")


def _expires(row: GateRow, width: int) -> Cell:
    text = expiry_short(row.item, row.now)
    match row.item.expiry.outcome:
        case Outcome.APPROVES:
            return ((text, "waiting"),)
        case Outcome.ERRORS | Outcome.FAILS:
            return ((text, "failed"),)
        case Outcome.NEVER:
            return ((text, "dim"),)
        case _:
            return ((text, ""),)


def _gate(row: GateRow, width: int) -> Cell:
    gate = row.item.gate
    return ((clean_line(gate.name), ""),) if gate.node_id else ((SUSPENDED, "dim"),)


def _namespace(row: GateRow, width: int) -> Cell:
    return ((row.item.gate.key.namespace, "dim"),)


def _workflow(row: GateRow, width: int) -> Cell:
    return ((row.item.gate.key.name, ""),)


def _asked_by(row: GateRow, width: int) -> Cell:
    asked = row.item.gate.asked_by
    if asked and row.you and same_person(row.you, asked):
        return (("you", "waiting"),)
    return ((clean_line(asked), "") if asked else ("unknown", "dim"),)


def _verdict(row: GateRow, width: int) -> Cell:
    found = row.verdict
    return ((found.text, found.role),)


def _fill_in(row: GateRow, width: int) -> Cell:
    names = [clean_line(each.name) for each in row.item.gate.supplied]
    return ((", ".join(names), ""),) if names else (("—", "dim"),)


def _kept(row: GateRow, width: int) -> Cell:
    return (kept_word(row.kept),)


def _approvers(row: GateRow, width: int) -> Cell:
    kept = row.kept
    if kept is None or not kept.who:
        return (("…", "dim"),)
    if kept.state is not State.ENFORCED:
        return (("—", "dim"),)
    return ((kept.who, "" if kept.approvers else "waiting"),)


def _waited(row: GateRow, width: int) -> Cell:
    waited = row.item.waited(row.now)
    return ((format_age(waited), ""),) if waited is not None else ()


COLUMNS: tuple[Column[GateRow], ...] = (
    Column("expires", "EXPIRES", _expires, 18, 24),
    Column("gate", "GATE", _gate, 10, 26, cut="middle"),
    Column("namespace", "NAMESPACE", _namespace, 9, 16, cut="middle"),
    Column("workflow", "WORKFLOW", _workflow, 14, 34, cut="middle"),
    Column("asked", "ASKED BY", _asked_by, 8, 22, priority=4, cut="middle"),
    Column("verdict", "VERDICT", _verdict, 14, 30, priority=2, grows=True),
    Column("fill", "FILL IN", _fill_in, 7, 16, priority=6),
    Column("kept", "ENFORCEMENT", _kept, 11, 11, priority=7),
    Column("approvers", "APPROVERS", _approvers, 28, 28, priority=8),
    Column("waited", "WAITED", _waited, 6, 6, priority=3, align="right"),
)
"""What tells a gate from others (gate, namespace, workflow) never goes."""


def columns_for(rows: Sequence[GateRow], width: int) -> list[Column[GateRow]]:
    """Return the columns that tell rows apart, for a terminal of so many cells.

    What is the same of all gates is said once (`shared_words`); how they are kept stands in a
    column all the same where there is room.
    """
    hidden = set()
    if len({row.item.gate.key.namespace for row in rows}) < 2:
        hidden.add("namespace")
    states = {row.kept.state for row in rows if row.kept}
    if len(states) < 2 and width < WIDE:
        hidden.add("kept")
    if State.ENFORCED not in states:
        hidden.add("approvers")
    if shared_verdict(rows):
        hidden.add("verdict")
    return [column for column in COLUMNS if column.id not in hidden]


def shared_verdict(rows: Sequence[GateRow]) -> VerdictWords | None:
    """Return what the policy says of all gates that it was asked of, where that is the same."""
    found = {row.verdict for row in rows if row.judged is not None}
    return found.pop() if len(rows) > 1 and len(found) == 1 else None


def natural_widths(rows: Iterable[GateRow]) -> dict[str, int]:
    """Return the cells that the longest of each column takes, of those that differ in length."""
    widths = dict.fromkeys(
        ("expires", "gate", "namespace", "workflow", "asked", "verdict", "fill"), 0
    )
    for row in rows:
        gate = row.item.gate
        widths["verdict"] = max(widths["verdict"], len(row.verdict.text))
        widths["expires"] = max(widths["expires"], len(expiry_short(row.item, row.now)))
        widths["gate"] = max(widths["gate"], len(gate.name if gate.node_id else SUSPENDED))
        widths["namespace"] = max(widths["namespace"], len(gate.key.namespace))
        widths["workflow"] = max(widths["workflow"], len(gate.key.name))
        widths["asked"] = max(widths["asked"], len(gate.asked_by))
        names = ", ".join(each.name for each in gate.supplied)
        widths["fill"] = max(widths["fill"], len(names))
    return widths
