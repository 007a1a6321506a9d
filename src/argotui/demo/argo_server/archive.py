"""The archive of the Argo server, as its database answers (`persist/sqldb/workflow_archive.go`)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from argotui.demo.api.kinds import BY_RESOURCE
from argotui.demo.api.objects import StoredObject
from argotui.demo.api.selectors import ObjectSelector
from argotui.demo.api.status import ApiError
from argotui.demo.argo_server.refusals import INVALID, NOT_FOUND, Refused
from argotui.model.argo import ARCHIVING_STATUS, PERSISTED

Document = dict[str, Any]
_WORKFLOWS = BY_RESOURCE[("argoproj.io", "v1alpha1", "workflows")]


class ListOptions:
    """The options of a list (`server/utils/list_options.go`)."""

    def __init__(self, namespace: str, query: Mapping[str, str]) -> None:
        self.namespace = namespace
        self.limit = _number(query.get("listOptions.limit", ""), "limit")
        self.offset = _number(query.get("listOptions.continue", ""), "continue")
        self.name = ""
        self.since = self.until = ""
        self.count = False
        self.prefix = query.get("namePrefix", "")
        self.finished_before = query.get("finishedBefore", "")
        for term in query.get("listOptions.fieldSelector", "").split(","):
            self._take(term)
        try:
            self._labels = ObjectSelector(_WORKFLOWS, query.get("listOptions.labelSelector", ""))
        except ApiError as error:
            message = str(error).removeprefix("unable to parse requirement: ")
            raise Refused(INVALID, message) from None

    def _take(self, term: str) -> None:
        for operator in ("==", "="):
            if term.startswith(f"metadata.name{operator}"):
                self.name = term.removeprefix(f"metadata.name{operator}")
                return
        if term.startswith("spec.startedAt>"):
            self.since = term.removeprefix("spec.startedAt>")
        elif term.startswith("spec.startedAt<"):
            self.until = term.removeprefix("spec.startedAt<")
        elif term.startswith("ext.showRemainingItemCount"):
            self.count = term.endswith("=true")
        elif term:
            raise Refused(INVALID, f"unsupported requirement {term}")

    def chosen(self, documents: list[Document]) -> list[Document]:
        """Return the documents that match, the last started first."""
        found = [each for each in documents if self._matches(each)]
        return sorted(found, key=started, reverse=True)

    def cut(self, documents: list[Document], offset: int, limit: int) -> list[Document]:
        """Return a page; without a limit there is no offset either."""
        return documents[offset : offset + limit] if limit else documents

    def _matches(self, document: Document) -> bool:
        meta = document["metadata"]
        start = started(document)
        return (
            (not self.namespace or meta.get("namespace") == self.namespace)
            and (not self.name or meta["name"] == self.name)
            and meta["name"].startswith(self.prefix)
            and (not self.since or start >= self.since)
            and (not self.until or start <= self.until)
            and (not self.finished_before or _ended(document) <= self.finished_before)
            and self._labels.matches(_entry(document))
        )


class ArchiveStore:
    """Archived workflows by uid."""

    def __init__(self) -> None:
        self._workflows: dict[str, Document] = {}

    def __len__(self) -> int:
        return len(self._workflows)

    def add(self, document: Document) -> None:
        """Archive a workflow, marked as the controller does."""
        kept = copy.deepcopy(document)
        kept["metadata"].setdefault("labels", {})[ARCHIVING_STATUS] = PERSISTED
        self._workflows[kept["metadata"]["uid"]] = kept

    def chosen(self, options: ListOptions) -> list[Document]:
        """Return the workflows that match, without their nodes."""
        return [_listed(each) for each in options.chosen(list(self._workflows.values()))]

    def find(self, uid: str, namespace: str = "", name: str = "") -> Document:
        """Return one; of those with one name the last started. Raises `Refused`."""
        if uid:
            found = self._workflows.get(uid)
        else:
            same = [
                each
                for each in self._workflows.values()
                if (each["metadata"].get("namespace"), each["metadata"]["name"])
                == (namespace, name)
            ]
            found = max(same, key=started, default=None)
        if found is None:
            raise Refused(NOT_FOUND, "not found")
        return copy.deepcopy(found)

    def delete(self, uid: str) -> None:
        self._workflows.pop(uid, None)

    def label_keys(self) -> list[str]:
        return sorted({key for each in self._workflows.values() for key in _labels(each)})

    def label_values(self, key: str) -> list[str]:
        return sorted(
            {_labels(each)[key] for each in self._workflows.values() if key in _labels(each)}
        )


def started(document: Document) -> str:
    """Return when a workflow started, as text that sorts; empty if it has not."""
    return str((document.get("status") or {}).get("startedAt") or "")


def _ended(document: Document) -> str:
    """Return when a workflow ended, as text that sorts; Go's zero time if it has not."""
    return str((document.get("status") or {}).get("finishedAt") or "0001-01-01T00:00:00Z")


def finished(document: Document) -> datetime | None:
    """Return when a workflow ended."""
    text = (document.get("status") or {}).get("finishedAt")
    return datetime.fromisoformat(text) if text else None


def _labels(document: Document) -> dict[str, str]:
    return document["metadata"].get("labels") or {}


def _entry(document: Document) -> StoredObject:
    meta = document["metadata"]
    return StoredObject(
        meta.get("namespace", ""), meta["name"], meta.get("uid", ""), 0, _labels(document), {}, b""
    )


def _listed(document: Document) -> Document:
    meta, spec, status = document["metadata"], document["spec"], document.get("status") or {}
    kept = ("name", "namespace", "uid", "creationTimestamp", "labels", "annotations")
    shown = (
        "phase",
        "startedAt",
        "finishedAt",
        "progress",
        "message",
        "estimatedDuration",
        "resourcesDuration",
    )
    return {
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {key: spec[key] for key in ("suspend", "arguments") if key in spec},
        "status": {key: status[key] for key in shown if key in status},
    }


def _number(text: str, name: str) -> int:
    try:
        number = int(text or 0)
    except ValueError:
        raise Refused(INVALID, f"listOptions.{name} must be int") from None
    if number < 0:
        raise Refused(INVALID, f"listOptions.{name} must >= 0")
    return number
