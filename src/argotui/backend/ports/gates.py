"""The reads and writes of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from argotui.backend.ports.person import PersonPort
from argotui.model.gates.node_update import NodeUpdate


class Reading(msgspec.Struct, frozen=True):
    """A workflow as read for a decision, with its nodes unpacked.

    `document` is NOT sanitised, because digests and patches need exactly what the cluster has. It
    never reaches a screen. `date` is the server's own clock.
    """

    document: dict[str, Any]
    date: datetime | None = None
    packing: str = ""
    """How `status.compressedNodes` was packed (gzip, zstd, brotli); empty if it was not."""
    offloaded: bool = False
    """The nodes are in the controller's database and not here."""


class Written(msgspec.Struct, frozen=True):
    """What a write left (not sanitised), and the API server's audit id of the request."""

    document: dict[str, Any]
    audit_id: str = ""


class GatePort(PersonPort, Protocol):
    """The reads and writes of a decision. No method tries again: a write may have been applied."""

    @property
    def context(self) -> str: ...

    @property
    def server(self) -> str: ...

    @property
    def race(self) -> str:
        """What can change unnoticed between the last check and the write of a decision, in a
        sentence; empty if the write is refused as soon as the request differs in anything.

        Not empty means that decisions are written by `set_node`, else by a patch or `put_nodes`.
        """
        ...

    @property
    def unavailable(self) -> Mapping[str, str]:
        """What this way to the cluster does not offer, with the reason: `resume` of a suspended
        workflow, `strict` decisions, `dry_run` and `annotate`."""
        ...

    async def read_gate(self, namespace: str, name: str) -> Reading: ...

    async def set_node(self, namespace: str, name: str, update: NodeUpdate) -> Written:
        """Change the one open gate that a selector finds.

        Raises `ConflictError` if it finds none; nothing is written then.
        """
        ...

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[dict[str, Any]], *, dry_run: bool = False
    ) -> Written:
        """Apply a JSON Patch. Raises `InvalidError` if a `test` fails; nothing is written then."""
        ...

    async def put_nodes(
        self, reading: Reading, nodes: dict[str, Any], *, dry_run: bool = False
    ) -> Written:
        """Write a packed workflow's nodes back, packed in the same way.

        Raises `ConflictError` if the workflow changed since the read.
        """
        ...

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        """Set annotations of a workflow; refused if its uid differs."""
        ...
