"""A decision: its content, its actor, its message on a node, and its outcome."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping

import msgspec

from argotui.model.gates.request import SHORT_DIGEST, Request
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.model.spelling import shown_value, spelled


class Choice(enum.Enum):
    APPROVE = "approve"
    DENY = "deny"

    @property
    def phase(self) -> str:
        return "Succeeded" if self is Choice.APPROVE else "Failed"

    @property
    def done(self) -> str:
        return "approved" if self is Choice.APPROVE else "denied"


class Decision(msgspec.Struct, frozen=True):
    """The decision of a person, captured at the key press. `id` is random and unique."""

    id: str
    request: Request
    choice: Choice
    actor: str
    values: dict[str, str] = {}
    reason: str = ""


class Outcome(enum.Enum):
    """The five outcomes of a decision, which look different on the screen."""

    DECIDED = "decided"
    ALREADY_DECIDED = "already decided"
    CHANGED = "changed since you looked"
    NOT_PERMITTED = "not permitted"
    UNKNOWN = "outcome unknown"


class Record(msgspec.Struct, frozen=True):
    """A decision in a node's message: a claim by somebody who may patch the workflow."""

    actor: str
    choice: Choice
    reason: str
    request: str
    """The first digits of the request's digest."""
    decision: str
    values: dict[str, str] = {}
    """The values, secrets covered, long ones cut; empty in messages of an older argotui."""

    @property
    def sentence(self) -> str:
        """The decision in words: `ANN approved it with stage=canary: looks good`."""
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.actor} {self.choice.done} it{with_values(self.values)}{reason}"


def with_values(values: Mapping[str, str]) -> str:
    """Return values as the end of a sentence, ` with a=1, b=2`; empty without values."""
    said = ", ".join(f"{name}={value}" for name, value in values.items())
    return f" with {said}" if said else ""


_JOINT = "; "
_TRAILER = ' {"argotui":1,'
_VERB = re.compile(r": (approved|denied)(?:: (.*))?\Z", re.DOTALL)
_DIGITS = 2 * SHORT_DIGEST
_LONGEST_VALUE = 120
"""Characters of a value in a message; the node's output parameters have all of it."""
_MOST_VALUES = 20


def message_of(decision: Decision, before: str = "") -> str:
    """Return the node message of a decision: `ACTOR: approved: REASON {"argotui":1,...}`.

    It begins with the actor's name and a colon, which the admission policies require. Everybody who
    may read the workflow can read it, so it covers apparent secrets in the reason. `before` is the
    earlier message of the node. It follows after "; ", which Argo also uses (`ResumeWorkflow` in
    workflow/util/util.go); Argo puts it in front, but the actor's name has to come first.
    """
    reason = clean_line(redact_text(decision.reason))
    trailer: dict[str, object] = {
        "argotui": 1,
        "request": decision.request.digest[:_DIGITS],
        "decision": decision.id,
    }
    if values := _told_values(decision.values):
        trailer["values"] = values
    if _VERB.search(f"{decision.actor}: "):
        trailer["actor"] = len(decision.actor)
    text = f"{decision.actor}: {decision.choice.done}" + (f": {reason}" if reason else "")
    if kept := clean_line(before).strip():
        text += f"{_JOINT}{kept}"
        trailer["kept"] = len(kept)
    return f"{text} {json.dumps(trailer, separators=(',', ':'), ensure_ascii=False)}"


def _told_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return values for a message: spelled, secrets covered, long ones cut."""
    told = {}
    for name, value in list(values.items())[:_MOST_VALUES]:
        text = shown_value(name, value)
        long = len(text) > _LONGEST_VALUE
        told[spelled(name)] = text[: _LONGEST_VALUE - 1] + "…" if long else text
    return told


def read_message(message: str) -> Record | None:
    """Return the decision that a node's message records, or None."""
    head, found, _ = message.rpartition(_TRAILER)
    if not found:
        return None
    try:
        trailer = json.loads(message[len(head) + 1 :])
    except ValueError:
        return None
    if not isinstance(trailer, Mapping):
        return None
    request, decision = trailer.get("request"), trailer.get("decision")
    # The actor's name may have colons (system:serviceaccount:...): the first verb ends it. If the
    # name itself has a verb, the trailer has the length of the name.
    length = trailer.get("actor", 0)
    if isinstance(length, bool) or not isinstance(length, int) or not 0 <= length <= len(head):
        return None
    kept = trailer.get("kept", 0)
    if kept:
        if isinstance(kept, bool) or not isinstance(kept, int) or not 0 < kept < len(head):
            return None
        head, joint = head[: -kept - len(_JOINT)], head[-kept - len(_JOINT) : -kept]
        if joint != _JOINT or length > len(head):
            return None
    verb = _VERB.match(head, length) if length else _VERB.search(head)
    if verb is None or not isinstance(request, str) or not isinstance(decision, str):
        return None
    choice = Choice.APPROVE if verb[1] == Choice.APPROVE.done else Choice.DENY
    values = trailer.get("values")
    told = {str(k): str(v) for k, v in values.items()} if isinstance(values, Mapping) else {}
    return Record(head[: verb.start()], choice, verb[2] or "", request, decision, told)


def closing_text(phase: str, message: str) -> str:
    """Return how a gate ended: the decision that its message records, else phase and message."""
    if record := read_message(message):
        return record.sentence
    return f"it is {phase}: {message}" if message else f"it is {phase}"
