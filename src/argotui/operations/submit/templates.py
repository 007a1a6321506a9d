"""Create, update and delete WorkflowTemplates and ClusterWorkflowTemplates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from argotui.backend import names
from argotui.backend.ports import Document, ObjectPort, Precondition
from argotui.errors import InvalidError
from argotui.model.kinds import API_VERSION, Kind
from argotui.model.submission.build import title_of
from argotui.operations.submit.checks import require

PAGE = 500


class Templates:
    """The objects of one kind, in the name of the user of the port; raises a `BackendError`.

    With `read_only` it refuses every write that is not a dry run.
    """

    def __init__(self, objects: ObjectPort, kind: Kind, *, read_only: bool = False) -> None:
        self._objects = objects
        self.kind = kind
        self._read_only = read_only

    async def all(self, namespace: str | None, labels: str = "") -> AsyncIterator[Document]:
        """Yield every object, page by page; `namespace` None means all namespaces."""
        token = ""
        while True:
            page = await self._objects.list_objects(
                self.kind,
                namespace if self.kind.namespaced else None,
                labels=labels,
                limit=PAGE,
                continue_token=token,
            )
            for item in page.items:
                yield item
            token = page.continue_token
            if not token:
                return

    async def read(self, namespace: str, name: str) -> Document:
        """Return an object as the server has it."""
        return await self._objects.read(self.kind, self._place(namespace), name)

    def check(self, documents: Sequence[Document]) -> None:
        """Raise InvalidError with all that keeps manifests from being created or updated."""
        for document in documents:
            require(iter(self._problems(document)), f"{title_of(document)} cannot be used")

    async def create(
        self, document: Document, namespace: str, *, dry_run: bool = False
    ) -> Document:
        """Create an object; one without a namespace goes to `namespace`."""
        self._writes(dry_run)
        self.check([document])
        document = self._placed(document, namespace)
        place = self._place(str(document["metadata"].get("namespace") or namespace))
        return await self._objects.create(self.kind, place, document, dry_run=dry_run)

    async def update(
        self, document: Document, namespace: str, *, dry_run: bool = False
    ) -> Document:
        """Replace an object by a manifest, if it is still as it is read now.

        A manifest with a resourceVersion replaces only that version. Raises ConflictError.
        """
        self._writes(dry_run)
        self.check([document])
        document = self._placed(document, namespace)
        meta = document["metadata"]
        now = await self.read(str(meta.get("namespace") or namespace), str(meta.get("name") or ""))
        kept = {
            "resourceVersion": now["metadata"]["resourceVersion"],
            "uid": now["metadata"]["uid"],
        }
        return await self._objects.replace(
            self.kind, {**document, "metadata": {**kept, **meta}}, dry_run=dry_run
        )

    async def delete(self, namespace: str, name: str, *, dry_run: bool = False) -> Document:
        """Delete an object, if it is still the one that is read now; return that."""
        self._writes(dry_run)
        now = await self.read(namespace, name)
        precondition = Precondition(uid=now["metadata"]["uid"])
        place = self._place(namespace)
        await self._objects.delete(self.kind, place, name, precondition, dry_run=dry_run)
        return now

    def _writes(self, dry_run: bool) -> None:
        if self._read_only and not dry_run:
            raise InvalidError("Read-only: the settings refuse every action that writes")

    def _place(self, namespace: str) -> str | None:
        return namespace if self.kind.namespaced else None

    def _placed(self, document: Document, namespace: str) -> Document:
        meta = dict(document["metadata"])
        if self.kind.namespaced:
            meta["namespace"] = meta.get("namespace") or namespace
            names.check_namespace(str(meta["namespace"]))
        return {**document, "metadata": meta}

    def _problems(self, document: Document) -> list[str]:
        if document.get("kind") != self.kind.name:
            return [f"it is no {self.kind.name}"]
        if document.get("apiVersion") != API_VERSION:
            return [f"its apiVersion is {document.get('apiVersion')!r}, not {API_VERSION!r}"]
        meta = document.get("metadata")
        if not isinstance(meta, dict) or not (meta.get("name") or meta.get("generateName")):
            return ["it has no metadata.name"]
        if not isinstance(document.get("spec"), dict):
            return ["it has no spec"]
        return []
