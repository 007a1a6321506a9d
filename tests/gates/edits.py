"""What somebody with kubectl does to a workflow while its gates are decided."""

from __future__ import annotations

from collections.abc import Callable

from tests.gates.decisions_applied import Document

Edit = Callable[[Document], None]
CREATORS = {"annotations": "argotui.io/creator", "labels": "workflows.argoproj.io/creator"}
"""Where a workflow says who asked for it."""


def open_nodes(document: Document) -> list[Document]:
    nodes = (document.get("status") or {}).get("nodes") or {}
    return [n for n in nodes.values() if n["type"] == "Suspend" and n["phase"] == "Running"]


def _writes(part: str, name: str, value: str) -> Edit:
    def change(document: Document) -> None:
        document["metadata"].setdefault(part, {})[name] = value

    return change


def _comes_or_goes(part: str, name: str, value: str) -> Edit:
    def change(document: Document) -> None:
        found = document["metadata"].setdefault(part, {})
        if found.pop(name, None) is None:
            found[name] = value

    return change


def _all_come_or_go(part: str, value: str) -> Edit:
    def change(document: Document) -> None:
        if document["metadata"].pop(part, None) is None:
            document["metadata"][part] = {CREATORS[part]: value}

    return change


def _toggle(document: Document) -> None:
    if not document["spec"].pop("suspend", False):
        document["spec"]["suspend"] = True


def _by_kubectl(most: int) -> Edit:
    def change(document: Document) -> None:
        for node in open_nodes(document)[:most]:
            node["phase"] = "Succeeded"
            node["message"] = "by hand"

    return change


def edits_of(number: int) -> dict[str, Edit]:
    """Return the edits by name; what they write is told apart by `number`."""
    who = f"user-{number}"
    note, label = CREATORS["annotations"], CREATORS["labels"]

    def argument(document: Document) -> None:
        document["spec"]["arguments"]["parameters"][0]["value"] = f"edited {number}"

    def inputs(document: Document) -> None:
        for node in open_nodes(document):
            node["inputs"]["parameters"][1]["value"] = f"edited {number}"

    return {
        "argument edited": argument,
        "inputs edited": inputs,
        "creator edited": _writes("annotations", note, who),
        "creator label edited": _writes("labels", label, who),
        "annotations come or go": _all_come_or_go("annotations", who),
        "labels come or go": _all_come_or_go("labels", who),
        "creator comes or goes": _comes_or_goes("annotations", note, who),
        "approvers come or go": _comes_or_goes("annotations", "argotui.io/approvers", who),
        "creator label comes or goes": _comes_or_goes("labels", label, who),
        "creator email comes or goes": _comes_or_goes("labels", f"{label}-email", who),
        "quarantine comes or goes": _comes_or_goes("labels", "argotui.io/quarantine", "true"),
        "suspension toggled": _toggle,
        "opened with kubectl": _by_kubectl(1),
        "all opened with kubectl": _by_kubectl(99),
    }


EDITS = tuple(edits_of(0))
