"""One thing that is known of a node or a workflow, as the inspector shows it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from argotui.model.argo import Key
from argotui.model.redact import redact_text, redact_value


class Fact(NamedTuple):
    """One fact. `label` is its group. `text` may be shown, `full` may hold a secret; they are equal
    if nothing is hidden. `role` is a phase role, "dim" or empty. `node` is the id of another
    node it is about, `workflow` another workflow, of which it is then a node."""

    label: str
    name: str
    text: str
    full: str = ""
    role: str = ""
    node: str = ""
    workflow: Key | None = None

    @property
    def covered(self) -> bool:
        """Whether something of it is hidden as a secret."""
        return self.text != self.full


def fact_of(
    label: str, text: str, *, name: str = "", role: str = "", called: str = "", node: str = ""
) -> Fact:
    """Return a fact with its secrets hidden; `called` is the name that may suggest a secret."""
    shown = redact_value(called, text) if called else redact_text(text)
    return Fact(label, name, shown, text, role, node)


def took(started: datetime | None, finished: datetime | None, now: datetime) -> float | None:
    """Return how many seconds passed from start to end, or to now; None before the start."""
    if started is None:
        return None
    return max(0.0, ((finished or now) - started).total_seconds())
