"""Create and update CronWorkflows from manifests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from argotui.backend import names
from argotui.backend.ports import Document, ObjectPort
from argotui.errors import InvalidError
from argotui.model.cron.edit import merged
from argotui.model.cron.summary import LONGEST_NAME, summarise_cron
from argotui.model.kinds import API_VERSION, CRON_WORKFLOW
from argotui.model.submission.build import title_of
from argotui.operations.submit.checks import require


class CronWriter:
    """Creates and updates CronWorkflows in the name of the user of the port.

    With `read_only` it refuses every write that is no dry run. Every method raises a
    `BackendError`; InvalidError says all that is wrong before anything is sent.
    """

    def __init__(self, objects: ObjectPort, *, read_only: bool = False) -> None:
        self._objects = objects
        self._read_only = read_only

    def check(self, documents: Sequence[Document]) -> None:
        """Raise InvalidError for the first manifest that Argo would refuse."""
        for document in documents:
            require(_problems(document), f"{title_of(document)} cannot be used")

    async def create(
        self, document: Document, namespace: str, *, dry_run: bool = False
    ) -> Document:
        """Create a CronWorkflow; one without a namespace goes to `namespace`."""
        document = self._checked(document, namespace, dry_run=dry_run)
        place = str(document["metadata"]["namespace"])
        return await self._objects.create(CRON_WORKFLOW, place, document, dry_run=dry_run)

    async def update(
        self, document: Document, namespace: str, *, dry_run: bool = False
    ) -> Document:
        """Replace a CronWorkflow by a manifest, if it is still as it is read now.

        The status stays: the controller keeps its last run there, and what runs. A manifest with a
        resourceVersion replaces only that version. Raises ConflictError.
        """
        document = self._checked(document, namespace, dry_run=dry_run)
        meta = document["metadata"]
        names.check_name(CRON_WORKFLOW.name, str(meta.get("name") or ""))
        newest = await self._objects.read(CRON_WORKFLOW, str(meta["namespace"]), str(meta["name"]))
        made = merged(newest, {key: value for key, value in document.items() if key != "status"})
        return await self._objects.replace(CRON_WORKFLOW, made, dry_run=dry_run)

    def _checked(self, document: Document, namespace: str, *, dry_run: bool) -> Document:
        if self._read_only and not dry_run:
            raise InvalidError("Read-only: the settings refuse every action that writes")
        self.check([document])
        meta = dict(document["metadata"])
        meta["namespace"] = meta.get("namespace") or namespace
        names.check_namespace(str(meta["namespace"]))
        return {**document, "metadata": meta}


def _problems(document: Document) -> Iterator[str]:
    if document.get("kind") != CRON_WORKFLOW.name:
        yield f"it is no {CRON_WORKFLOW.name}"
        return
    if document.get("apiVersion") != API_VERSION:
        yield f"its apiVersion is {document.get('apiVersion')!r}, not {API_VERSION!r}"
    meta = document.get("metadata")
    if not isinstance(meta, dict) or not (meta.get("name") or meta.get("generateName")):
        yield "it has no metadata.name"
        return
    if not meta.get("name") and len(str(meta["generateName"])) > LONGEST_NAME - 5:
        yield f"metadata.generateName makes a name of more than {LONGEST_NAME} characters"
    if not isinstance(document.get("spec"), dict):
        yield "it has no spec"
        return
    row = summarise_cron(document)
    if row.refusal:
        yield row.refusal + (f" ({row.hint})" if row.hint else "")
