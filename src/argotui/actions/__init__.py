"""All actions: keys, footer, help, palette and documents come from these tables."""

from __future__ import annotations

from argotui.actions.action import Action
from argotui.actions.audit import AUDIT
from argotui.actions.crons import CRONS
from argotui.actions.doctor import DOCTOR
from argotui.actions.everywhere import CONSOLE, EVERYWHERE
from argotui.actions.gates import GATES
from argotui.actions.lists import LISTS
from argotui.actions.logs import LOGS
from argotui.actions.operations import OPERATIONS
from argotui.actions.templates import TEMPLATES
from argotui.actions.workflow import WORKFLOW
from argotui.actions.workflows import WORKFLOWS

__all__ = ["ACTIONS", "CONSOLE", "RENAMED", "STANDALONE", "Action", "actions_for"]

RENAMED = {
    f"gates.{verb}": f"list.{verb}"
    for verb in ("open", "mark", "mark-range", "unmark", "logs", "yaml", "copy", "refresh")
}
"""Former ids of actions, which a user's `[keys]` may still have, with the present ones."""

ACTIONS: dict[str, Action] = {
    action.id: action
    for actions in (
        GATES,
        LISTS,
        WORKFLOWS,
        WORKFLOW,
        OPERATIONS,
        LOGS,
        TEMPLATES,
        CRONS,
        AUDIT,
        DOCTOR,
        EVERYWHERE,
    )
    for action in actions
}
"""All actions by id, in the order in which they are shown."""


def actions_for(scope: str) -> list[Action]:
    """Return what can be done on the screens of `scope`: its own actions, then those of all."""
    own = [action for action in ACTIONS.values() if scope in action.scopes]
    if scope in STANDALONE:
        return own
    return own + [action for action in ACTIONS.values() if CONSOLE in action.scopes]


STANDALONE = frozenset(
    {"backfill", "confirmation", "dialog", "picker", "question", "resubmit", "retry"}
)
"""Scopes that lie over a screen and share no key with it."""
