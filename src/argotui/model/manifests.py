"""Finding workflows in documents: in lists, triggers, schedules, and texts with YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

Document = Mapping[str, object]
Path = tuple[str | int, ...]

SPECS: dict[str, Path] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
"""Where each of Argo's kinds has the spec of a workflow."""

BINDING = "WorkflowEventBinding"
"""A kind without its own spec: it names a template."""

_TEXTS = frozenset({"inline", "manifest"})
"""Keys whose texts are objects: of a Sensor's `source.inline`, and of a `resource` template."""


class FoundManifest(NamedTuple):
    """An object with the spec of a workflow: `path` is its path in the document, `place` names it
    and the objects around it. `text` is its YAML if the object is a text in the document."""

    path: Path
    place: str
    object: Document
    text: str = ""


class UnreadManifest(NamedTuple):
    """A part of a document that could hold gates and was not read, and why."""

    path: Path
    place: str
    why: str
    refers: str = ""
    """The object that is named instead: `template/release`, without the template in it."""


def place_of(document: Document) -> str:
    """Return what people call an object: `workflow/release`."""
    metadata = document.get("metadata")
    names = metadata if isinstance(metadata, Mapping) else {}
    kind = str(document.get("kind") or "object").lower()
    return f"{kind}/{names.get('name') or names.get('generateName') or '?'}"


def objects_in(document: object) -> tuple[list[FoundManifest], list[UnreadManifest]]:
    """Return the objects in a document (decoded YAML) with a workflow's spec, and what was not
    read: an object of another kind without one, a text that is not YAML, a reference to another
    object."""
    found: list[FoundManifest] = []
    unread: list[UnreadManifest] = []
    if document is None:
        return found, unread
    if not isinstance(document, Mapping):
        return found, [UnreadManifest((), "document", "it is not an object")]
    _search(cast("Document", document), (), (), found, unread)
    return found, unread


def _search(
    node: Document,
    path: Path,
    within: tuple[str, ...],
    found: list[FoundManifest],
    unread: list[UnreadManifest],
) -> None:
    """Look through a mapping and all it holds."""
    kind = node.get("kind")
    before = len(found) + len(unread)
    is_list = isinstance(kind, str) and kind.endswith("List") and "items" in node
    is_object = isinstance(kind, str) and not is_list and ("metadata" in node or "spec" in node)
    if is_object:
        within = (*within, place_of(node))
    if isinstance(kind, str) and kind in SPECS and isinstance(spec_of(node), Mapping):
        found.append(FoundManifest(path, ": ".join(within) or place_of(node), node))
        _refer(SPECS[kind], spec_of(node), path, within, unread)
    elif kind == BINDING:
        _refer(("spec",), node.get("spec"), path, within, unread)
    for key, value in node.items():
        _look(value, (*path, str(key)), within, found, unread)
    if is_list and not node.get("items"):
        unread.append(UnreadManifest(path, "list", "it is empty"))
    elif not path and not is_list and len(found) + len(unread) == before:
        unread.append(UnreadManifest(path, place_of(node), "there is no workflow in it"))


def _look(
    value: object,
    path: Path,
    within: tuple[str, ...],
    found: list[FoundManifest],
    unread: list[UnreadManifest],
) -> None:
    if isinstance(value, Mapping):
        _search(cast("Document", value), path, within, found, unread)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if path == ("items",) and not isinstance(item, Mapping):
                unread.append(UnreadManifest((*path, index), "list", "it is not an object"))
            elif path == ("items",):
                _item(cast("Document", item), (*path, index), within, found, unread)
            else:
                _look(item, (*path, index), within, found, unread)
    elif isinstance(value, str) and path[-1] in _TEXTS:
        _read_text(value, path, within, found, unread)


def _item(
    item: Document,
    path: Path,
    within: tuple[str, ...],
    found: list[FoundManifest],
    unread: list[UnreadManifest],
) -> None:
    """Search an item of a list as a separate document."""
    before = len(found) + len(unread)
    _search(item, path, within, found, unread)
    if len(found) + len(unread) == before:
        unread.append(UnreadManifest(path, place_of(item), "there is no workflow in it"))


def _read_text(
    text: str,
    path: Path,
    within: tuple[str, ...],
    found: list[FoundManifest],
    unread: list[UnreadManifest],
) -> None:
    """Read the objects in a YAML text, if it names one of Argo's kinds."""
    if not any(f"kind: {kind}" in text or f'"kind": "{kind}"' in text for kind in SPECS):
        return
    import yaml

    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        unread.append(UnreadManifest(path, ": ".join(within), "its text is no YAML as it stands"))
        return
    for document in documents:
        if isinstance(document, Mapping):
            inner: list[FoundManifest] = []
            _search(cast("Document", document), (), within, inner, unread)
            found += [each._replace(path=path, text=text) for each in inner]


def spec_of(document: Document) -> object:
    """Return the spec of a workflow in an object of one of Argo's kinds, None if it has none."""
    value: object = document
    for name in SPECS.get(str(document.get("kind")), ()):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if value is not document else None


def _refer(
    where: Path, spec: object, path: Path, within: tuple[str, ...], unread: list[UnreadManifest]
) -> None:
    """Record the references of a spec to other objects, each once."""
    seen: set[str] = set()
    pending: list[tuple[Path, object]] = [(where, spec)]
    while pending:
        at, value = pending.pop(0)
        if isinstance(value, list):
            pending += [((*at, index), inner) for index, inner in enumerate(value)]
        if not isinstance(value, Mapping):
            continue
        for key, inner in value.items():
            if key not in ("workflowTemplateRef", "templateRef") or not isinstance(inner, Mapping):
                pending.append(((*at, str(key)), inner))
                continue
            kind = "clusterworkflowtemplate" if inner.get("clusterScope") else "workflowtemplate"
            refers = f"{kind}/{inner.get('name')}"
            if refers not in seen:
                seen.add(refers)
                why = f"its gates may be in {refers}"
                unread.append(
                    UnreadManifest((*path, *at, str(key)), ": ".join(within), why, refers)
                )
