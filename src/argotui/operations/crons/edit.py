"""Write an edited CronWorkflow back, unless somebody changed it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argotui.backend.ports import Document, ObjectPort
from argotui.errors import BackendError, ConflictError, InvalidError, ServerError, UnreachableError
from argotui.model.cron.edit import changed_lines, merged, own_part
from argotui.model.kinds import CRON_WORKFLOW

ATTEMPTS = 5


class EditConflict(ConflictError):
    """Somebody changed the object since it was read; `lines` are the difference."""

    def __init__(self, title: str, lines: list[str]) -> None:
        super().__init__(title, "\n".join(lines))
        self.lines = lines


class EditLost(UnreachableError):
    """A change was sent, and no answer says whether it was applied."""


async def write_edited(
    port: ObjectPort,
    original: Mapping[str, Any],
    edited: Document,
    *,
    dry_run: bool = False,
    read_only: bool = False,
) -> Document:
    """Write what was edited over the object as it is now, and return what the server has then.

    What the controller writes into the object meanwhile is kept. If a person changed it since
    `original` was read, nothing is written: raises EditConflict. Raises InvalidError if the server
    refuses it, EditLost if no answer came, and BackendError.
    """
    if read_only and not dry_run:
        raise InvalidError("Read-only: the settings refuse every action that writes")
    meta = original["metadata"]
    title = f"CronWorkflow {meta['namespace']}/{meta['name']}"
    refused: ConflictError | None = None
    for _ in range(ATTEMPTS):
        newest = await port.read(CRON_WORKFLOW, meta["namespace"], meta["name"])
        if newest["metadata"].get("uid") != meta.get("uid"):
            raise EditConflict(f"{title} was deleted and created again", [])
        if own_part(newest) != own_part(original):
            lines = changed_lines(original, newest)
            raise EditConflict(f"{title} was changed by somebody since you began", lines)
        try:
            return await port.replace(CRON_WORKFLOW, merged(newest, edited), dry_run=dry_run)
        except ConflictError as error:  # the controller wrote its status
            refused = error
        except (UnreachableError, ServerError) as error:
            if dry_run:
                raise
            return await _found_out(port, meta, edited, error)
    raise refused or ConflictError(f"{title} changed with each attempt")


async def _found_out(
    port: ObjectPort, meta: Mapping[str, Any], edited: Document, lost: BackendError
) -> Document:
    """Return the object if a change whose answer was lost is in it; raises EditLost otherwise."""
    try:
        now = await port.read(CRON_WORKFLOW, meta["namespace"], meta["name"])
    except BackendError:
        now = {"metadata": {}}
    if own_part(now) == own_part(edited):
        return now
    hint = "Look before you write it again."
    raise EditLost(lost.title, lost.detail, hint) from lost
