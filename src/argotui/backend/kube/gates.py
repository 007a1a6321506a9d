"""The reads and writes of a decision through the Kubernetes API."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any, cast

from argotui.backend.kube.transport import JSON, Response, path_of
from argotui.backend.kube.unpack import UnpackError, unpack
from argotui.backend.kube.user import KubeUser
from argotui.backend.ports import Reading, Written
from argotui.errors import ProtocolError, UnavailableError
from argotui.model.gates.node_update import NodeUpdate

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FIELD_MANAGER = "argotui"


def _path(namespace: str, name: str) -> str:
    return path_of("apis", "argoproj.io", "v1alpha1", "namespaces", namespace, "workflows", name)


def _object(response: Response, doing: str) -> dict[str, Any]:
    try:
        document = json.loads(response.body)
    except ValueError as error:
        raise ProtocolError(f"Could not {doing}: the answer is not JSON") from error
    if not isinstance(document, dict):
        raise ProtocolError(f"Could not {doing}: the answer is not an object")
    return document


_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def go_json(value: object) -> bytes:
    """Return JSON with the escapes of Go's encoder and no others.

    The API server compares the JSON text of a string in a `test` of a JSON Patch byte by byte
    (lazyNode.equal of evanphx/json-patch v4), so another spelling of the same string fails.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # These occur in strings only, so replacing them in the finished JSON is safe.
    return text.translate(_ESCAPED).encode("utf-8", "surrogatepass")


def packing_of(packed: str) -> str:
    """Return how `status.compressedNodes` was packed, by its first bytes, as Argo does."""
    head = base64.b64decode(packed[:8])
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else "brotli"


def pack(nodes: dict[str, Any], packing: str) -> str:
    """Return nodes as `status.compressedNodes` holds them."""
    data = json.dumps(nodes, separators=(",", ":"), ensure_ascii=False).encode()
    if packing == "gzip":
        packed = gzip.compress(data)
    elif packing == "zstd":
        import zstandard

        packed = zstandard.ZstdCompressor().compress(data)
    else:
        import brotli

        packed = cast("bytes", brotli.compress(data))
    return base64.b64encode(packed).decode()


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
        document = _object(response, doing)
        status = document.get("status")
        status = status if isinstance(status, dict) else {}
        packed, packing = status.get("compressedNodes"), ""
        if isinstance(packed, str) and packed and not status.get("nodes"):
            try:
                packing = packing_of(packed)
                status["nodes"] = json.loads(unpack(packed))
            except (UnpackError, ValueError) as error:
                raise ProtocolError(
                    f"Could not {doing}: its compressed nodes cannot be read", str(error)
                ) from error
        return Reading(
            document=document,
            date=response.date,
            packing=packing,
            offloaded=bool(status.get("offloadNodeStatusVersion")) and not status.get("nodes"),
        )

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
        return Written(_object(response, doing), response.audit_id)
