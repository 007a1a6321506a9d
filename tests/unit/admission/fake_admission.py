"""The policies of an API server in memory, for what only reads and writes sets of them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from argotui.backend.ports import Access, Document, Identity, NamespaceFacts
from argotui.errors import BackendError, ForbiddenError, NotFoundError
from argotui.operations.admission.manifest import Generated, generate
from argotui.operations.admission.parameters import ApproverSource, Parameters

LABEL = "argotui.io/gates"


class FakeAdmissionPort:
    """The policies of an API server in memory, as far as sets are read and written there.

    `hidden` policies are not the person's to read; `told` is what a dry run on a workflow answers,
    `made` what one that creates a workflow does; `broken` is what comes of reading policies.
    """

    def __init__(self, **namespaces: NamespaceFacts) -> None:
        self.installed: dict[tuple[str, str], Document] = {}
        self.places = namespaces
        self.hidden = False
        self.told: BackendError | None = None
        self.made: BackendError | None = NotFoundError("nothing is served here")
        self.broken: Exception | None = None
        self.tried = self.read = 0

    def put(self, *documents: Document) -> None:
        for document in documents:
            self.installed[document["kind"], document["metadata"]["name"]] = copy.deepcopy(document)

    def _found(self, kind: str, labels: str) -> list[Document]:
        self.read += 1
        if self.broken is not None:
            raise self.broken
        if self.hidden:
            raise ForbiddenError("Not allowed to list admission policies")
        wanted = [part.partition("=") for part in labels.split(",")]
        return [
            document
            for (own, _), document in self.installed.items()
            if own == kind
            and all(
                key in (document["metadata"].get("labels") or {})
                and (not equals or document["metadata"]["labels"][key] == value)
                for key, equals, value in wanted
            )
        ]

    async def policies(self, labels: str) -> list[Document]:
        return self._found("ValidatingAdmissionPolicy", labels)

    async def bindings(self, labels: str) -> list[Document]:
        return self._found("ValidatingAdmissionPolicyBinding", labels)

    async def find(self, kind: str, name: str) -> Document | None:
        return self.installed.get((kind, name))

    async def apply(self, document: Document, *, dry_run: bool = False) -> Document:
        if not dry_run:
            self.put(document)
        return document

    async def delete(self, kind: str, name: str) -> bool:
        return self.installed.pop((kind, name), None) is not None

    async def namespace(self, name: str) -> NamespaceFacts:
        if name not in self.places:
            raise ForbiddenError(f"Not allowed to read namespace {name}")
        return self.places[name]

    async def namespaces(self, labels: str = "") -> list[NamespaceFacts]:
        return list(self.places.values())

    async def objects(
        self, namespace: str, plural: str, *, labels: str = "", limit: int = 50
    ) -> list[Document]:
        return [{"metadata": {"name": "w"}}]

    async def try_create(self, namespace: str, plural: str, document: Document) -> None:
        self.tried += 1
        if self.made is not None:
            raise self.made

    async def try_patch(
        self,
        namespace: str,
        plural: str,
        name: str,
        patch: Document | Sequence[Document],
        *,
        subresource: str = "",
    ) -> None:
        self.tried += 1
        if self.told is not None:
            raise self.told

    async def whoami(self) -> Identity:
        return Identity("ada")

    async def can(self, verb: str, resource: str, **_: Any) -> Access:
        return Access(verb, "argoproj.io", resource, "", allowed=True)


def generated_set(source: ApproverSource = ApproverSource.TEMPLATES, **parts: Any) -> Generated:
    return generate(Parameters(source=source, **parts))


def fake_admission(generated: Generated | None = None) -> FakeAdmissionPort:
    found = FakeAdmissionPort(
        team=NamespaceFacts("team", {LABEL: "enforced"}, {"argotui.io/approvers": "group:a"}),
        free=NamespaceFacts("free", {}),
    )
    if generated:
        found.put(*generated.documents)
    return found


def refused(words: str) -> ForbiddenError:
    return ForbiddenError(
        "Not allowed",
        "x is forbidden: ValidatingAdmissionPolicy 'argotui-workflows' with binding "
        f"'argotui-workflows' denied request: {words}",
    )
