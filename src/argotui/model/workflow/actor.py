"""The labels by which Argo records who did what to a workflow last.

The rules are those of workflow/creator/creator.go: the values are labels, so they lose characters,
and anybody who may patch a workflow can write them.
"""

from __future__ import annotations

import re
from enum import StrEnum

from argotui.model.argo import LABEL

ACTOR = LABEL + "actor"
ACTOR_EMAIL = LABEL + "actor-email"
ACTOR_NAME = LABEL + "actor-preferred-username"
ACTION = LABEL + "action"
ACTOR_LABELS = frozenset({ACTOR, ACTOR_EMAIL, ACTOR_NAME, ACTION})

_NOT_IN_LABELS = re.compile(r"[^-_.a-z0-9A-Z]")
_ENDS = re.compile(r"^[^a-z0-9A-Z]+|[^a-z0-9A-Z]+$")
_LONGEST = 63


class ActionName(StrEnum):
    """What a person did, as Argo's label has it."""

    SUSPEND = "Suspend"
    RESUME = "Resume"
    STOP = "Stop"
    TERMINATE = "Terminate"
    RETRY = "Retry"
    UPDATE = "Update"


def label_value(text: str) -> str:
    """Return a text as the value of a label: its last 63 characters, others replaced by "-"."""
    return _ENDS.sub("", _NOT_IN_LABELS.sub("-", text)[-_LONGEST:])


def actor_labels(user: str, action: ActionName) -> dict[str, str | None]:
    """Return the labels of an action by a user; None removes a label of somebody before.

    Without a user, as Argo without claims, they are all removed. The e-mail address and the
    preferred name come from an identity provider's claims, which Kubernetes does not pass on.
    """
    return {
        ACTOR: label_value(user) or None,
        ACTOR_EMAIL: None,
        ACTOR_NAME: None,
        ACTION: action.value if user else None,
    }
