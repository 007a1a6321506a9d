"""A CronWorkflow as text to edit, and what of an edited text goes back to the cluster."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from argotui.model.cron.summary import LAST_SCHEDULE, summarise_cron
from argotui.model.fields import FieldTypes, UnknownField, path_text
from argotui.model.kinds import API_VERSION, CRON_WORKFLOW
from argotui.model.sanitise import clean
from argotui.model.workflow.actor import ACTOR_LABELS
from argotui.model.yaml_manifest import manifest_documents
from argotui.model.yaml_text import dump_yaml

Document = dict[str, Any]

_SERVER_FIELDS = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
)
"""The metadata that the server keeps."""
_IDENTITY = ("name", "namespace")

HEAD = (
    "# Edit the CronWorkflow, save and leave the editor. An unchanged or empty text changes\n"
    "# nothing. The status and the fields of the server are left out.\n"
)
COMMENT = "#"


class EditError(ValueError):
    """An edited text that cannot be used; `problems` are sentences, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def own_part(document: Mapping[str, Any]) -> Document:
    """Return what people write of a CronWorkflow: no status, nothing that a server or the
    controller keeps, and not who changed it last."""
    meta = {k: v for k, v in document["metadata"].items() if k not in _SERVER_FIELDS}
    notes = {k: v for k, v in (meta.pop("annotations", None) or {}).items() if k != LAST_SCHEDULE}
    if notes:
        meta["annotations"] = notes
    labels = {k: v for k, v in (meta.pop("labels", None) or {}).items() if k not in ACTOR_LABELS}
    if labels:
        meta["labels"] = labels
    return {
        "apiVersion": document.get("apiVersion", API_VERSION),
        "kind": document.get("kind", CRON_WORKFLOW.name),
        "metadata": meta,
        "spec": document.get("spec") or {},
    }


def text_to_edit(document: Mapping[str, Any], problems: list[str] | None = None) -> str:
    """Return the YAML to edit; `problems` of an earlier attempt come first, as comments."""
    return _comments(problems) + HEAD + dump_yaml(own_part(document))


def with_problems(text: str, problems: list[str]) -> str:
    """Return an edited text with what is wrong with it as comments before it."""
    return _comments(problems) + HEAD + without_comments(text)


def without_comments(text: str) -> str:
    """Return an edited text without the comments before it."""
    kept = text.splitlines(keepends=True)
    while kept and kept[0].startswith(COMMENT):
        kept.pop(0)
    return "".join(kept)


def _comments(problems: list[str] | None) -> str:
    lines = [line for problem in problems or [] for line in clean(problem).splitlines()]
    return "".join(f"# ! {line}\n" for line in lines)


def read_edited(text: str, original: Mapping[str, Any], types: FieldTypes) -> Document | None:
    """Return the own part of an edited CronWorkflow, None if nothing was changed.

    Raises EditError with all that is wrong.
    """
    if not any(line.strip() and not line.startswith(COMMENT) for line in text.splitlines()):
        return None
    try:
        documents = [each.value for each in manifest_documents(text)]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EditError([f"this is not YAML: {clean(str(error))}"]) from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise EditError(["this is not one object"])
    edited = documents[0]
    if problems := list(_problems(edited, original, types)):
        raise EditError(problems)
    before = own_part(original)
    after = own_part({**edited, "metadata": edited["metadata"]})
    return None if after == before else after


def _problems(edited: Document, original: Mapping[str, Any], types: FieldTypes) -> Iterator[str]:
    before = own_part(original)
    for name in ("apiVersion", "kind"):
        if edited.get(name) != before[name]:
            yield f"{name} must stay {before[name]}"
    meta = edited.get("metadata")
    if not isinstance(meta, dict) or not isinstance(edited.get("spec"), dict):
        yield "it needs metadata and spec"
        return
    for name in _IDENTITY:
        if meta.get(name) != before["metadata"].get(name):
            yield f"metadata.{name} must stay {before['metadata'].get(name)}"
    for problem in types.problems(CRON_WORKFLOW.name, edited):
        place = path_text(problem.path)
        if isinstance(problem, UnknownField):
            yield f"{place}: {problem.owner} has no such field"
        else:
            yield f"{place} must be {problem.wanted}"
    row = summarise_cron(edited)
    if row.refusal:
        yield f"Argo refuses it: {row.refusal}" + (f" ({row.hint})" if row.hint else "")


def changed_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the difference between the own parts of two documents, as lines of a unified diff."""
    old, new = (clean(dump_yaml(own_part(each))).splitlines() for each in (before, after))
    return list(difflib.unified_diff(old, new, "when you began", "now", lineterm="", n=2))


def merged(newest: Mapping[str, Any], edited: Mapping[str, Any]) -> Document:
    """Return the newest document with the edited part in it: its status and what a server keeps
    stay as they are. Who changed it last is removed, as Argo does without a name."""
    meta = {k: v for k, v in newest["metadata"].items() if k in _SERVER_FIELDS}
    meta |= own_part(edited)["metadata"]
    used = (newest["metadata"].get("annotations") or {}).get(LAST_SCHEDULE)
    if used is not None:
        meta["annotations"] = {**(meta.get("annotations") or {}), LAST_SCHEDULE: used}
    return {**newest, **edited, "metadata": meta}
