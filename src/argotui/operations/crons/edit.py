"""Write an edited CronWorkflow back, unless somebody changed it meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from argotui.backend.argo_fields import argo_fields
from argotui.backend.editor import EditFile
from argotui.backend.ports import Document, ObjectPort
from argotui.errors import BackendError, ConflictError, InvalidError, ServerError, UnreachableError
from argotui.model.argo import Key
from argotui.model.cron.edit import (
    EditError,
    changed_lines,
    merged,
    own_part,
    read_edited,
    text_to_edit,
    with_problems,
    without_comments,
)
from argotui.model.kinds import CRON_WORKFLOW

ATTEMPTS = 5


class EditConflict(ConflictError):
    """Somebody changed the object since it was read; `lines` are the difference."""

    def __init__(self, title: str, lines: list[str]) -> None:
        super().__init__(title, "\n".join(lines))
        self.lines = lines


class EditLost(UnreachableError):
    """A change was sent, and no answer says whether it was applied."""


OpenEditor = Callable[[EditFile], Awaitable[None]]
"""Lets a person edit a file, and returns when that is done; raises a BackendError."""


async def edit_cron(
    port: ObjectPort,
    key: Key,
    open_editor: OpenEditor,
    *,
    dry_run: bool = False,
    read_only: bool = False,
) -> str:
    """Let a person edit a CronWorkflow, write it back, and return what to say.

    A text that Argo or the server would refuse is opened again with the reason. What was typed
    stays in a file if it is not written: the hint of the raised BackendError names it.
    """
    original = await port.read(CRON_WORKFLOW, *key)
    file = EditFile(key.name, text_to_edit(original))
    try:
        edited = await _usable(port, original, file, open_editor)
        if edited is not None and not dry_run:
            await write_edited(port, original, edited, read_only=read_only)
    except BackendError as error:
        kept = f"What you typed is in {file.path}"
        error.hint = f"{error.hint}\n{kept}" if error.hint else kept
        raise
    file.remove()
    if edited is None:
        return "nothing was changed"
    return f"CronWorkflow {key} {'would be changed' if dry_run else 'changed'}"


async def _usable(
    port: ObjectPort, original: Document, file: EditFile, open_editor: OpenEditor
) -> Document | None:
    """Return what was edited, once it can be used; None if nothing was changed.

    Raises InvalidError if a text that cannot be used is left as it is.
    """
    refused, problems = "", ""
    while True:
        await open_editor(file)
        text = file.read()
        if refused and without_comments(text) == without_comments(refused):
            raise InvalidError("The text cannot be used, and was left as it is", problems)
        try:
            edited = read_edited(text, original, argo_fields())
            if edited is not None:
                await write_edited(port, original, edited, dry_run=True)
            return edited
        except EditError as error:
            problems = str(error)
        except InvalidError as error:
            problems = f"{error.title}: {error.detail}"
        refused = with_problems(text, problems.splitlines())
        file.write(refused)


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
