"""The reads and writes of a decision through the Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from argotui.backend.kube.decode import as_object
from argotui.backend.kube.transport import JSON, path_of
from argotui.backend.kube.unpack import pack, reading_of
from argotui.backend.kube.user import KubeUser
from argotui.backend.ports import Reading, Written
from argotui.errors import UnavailableError
from argotui.model.gates.node_update import NodeUpdate

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FIELD_MANAGER = "argotui"


def _path(namespace: str, name: str) -> str:
    return path_of("apis", "argoproj.io", "v1alpha1", "namespaces", namespace, "workflows", name)


_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def go_json(value: object) -> bytes:
    """Return JSON with the escapes of Go's encoder and no others.

    The API server compares the JSON text of a string in a `test` of a JSON Patch byte by byte
    (lazyNode.equal of evanphx/json-patch v4), so another spelling of the same string fails.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # These occur in strings only, so replacing them in the finished JSON is safe.
    return text.translate(_ESCAPED).encode("utf-8", "surrogatepass")


class KubeGates(KubeUser):
    """A `GatePort` over a cluster; every request is sent once."""

    @property
    def context(self) -> str:
        return self._cluster.context

    @property
    def server(self) -> str:
        return self._cluster.server

    @property
    def race(self) -> str:
        return ""

    @property
    def unavailable(self) -> Mapping[str, str]:
        return {}

    async def read_gate(self, namespace: str, name: str) -> Reading:
        """Return a workflow to the letter, nodes unpacked, with the server's time."""
        doing = f"read workflow {namespace}/{name}"
        response = await self._transport.request("GET", _path(namespace, name), doing=doing)
        document = as_object(response.body, doing)
        return reading_of(document, response.date, doing)

    async def set_node(self, namespace: str, name: str, update: NodeUpdate) -> Written:
        """Raise UnavailableError: a patch compares more than a selector can."""
        raise UnavailableError("The Kubernetes API has no set of a node; patch the workflow")

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[dict[str, Any]], *, dry_run: bool = False
    ) -> Written:
        """Apply a JSON Patch."""
        return await self._write("PATCH", namespace, name, operations, JSON_PATCH, dry_run=dry_run)

    async def put_nodes(
        self, reading: Reading, nodes: dict[str, Any], *, dry_run: bool = False
    ) -> Written:
        """Write packed nodes back under the uid and resource version that were read."""
        document = reading.document
        status = {k: v for k, v in document["status"].items() if k != "nodes"}
        status["compressedNodes"] = pack(nodes, reading.packing)
        meta = document["metadata"]
        return await self._write(
            "PUT",
            meta["namespace"],
            meta["name"],
            {**document, "status": status},
            JSON,
            dry_run=dry_run,
        )

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        """Set annotations, even if the workflow changed meanwhile."""
        body = {"metadata": {"uid": uid, "annotations": annotations}}
        await self._write("PATCH", namespace, name, body, MERGE_PATCH)

    async def _write(
        self,
        method: str,
        namespace: str,
        name: str,
        body: object,
        content_type: str,
        *,
        dry_run: bool = False,
    ) -> Written:
        doing = f"{'try' if dry_run else 'change'} workflow {namespace}/{name}"
        params = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry_run else {})}
        response = await self._transport.request(
            method,
            _path(namespace, name),
            doing=doing,
            params=params,
            body=go_json(body),
            content_type=content_type,
        )
        return Written(as_object(response.body, doing), response.audit_id)
