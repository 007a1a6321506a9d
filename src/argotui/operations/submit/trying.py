"""Let the server judge a manifest, in a dry run that creates nothing."""

from __future__ import annotations

from argotui.backend.ports import Document, ObjectPort
from argotui.errors import ConflictError, ForbiddenError, InvalidError
from argotui.model.kinds import KINDS

_DENIED = ("denied request", "denied the request")
"""What admission policies and webhooks say; a missing right is worded otherwise."""


async def refusal_of(objects: ObjectPort, document: Document, namespace: str) -> str:
    """Return why the server would refuse to create an object, empty if it would not.

    The object is tried under a new name, so that one that exists is no obstacle.
    Raises a BackendError if the server cannot be asked.
    """
    kind = KINDS[str(document["kind"])]
    meta = dict(document.get("metadata") or {})
    meta["generateName"] = f"{meta.pop('name', '') or meta.get('generateName') or 'lint-'}"
    for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"):
        meta.pop(field, None)
    place = str(meta.get("namespace") or namespace) if kind.namespaced else None
    tried = {**document, "metadata": meta}
    tried.pop("status", None)
    try:
        await objects.create(kind, place, tried, dry_run=True)
    except InvalidError as error:
        return error.detail or error.title
    except ConflictError:
        return ""
    except ForbiddenError as error:
        if any(words in error.detail for words in _DENIED):
            return error.detail
        raise
    return ""
