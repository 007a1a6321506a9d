"""`status.compressedNodes`: base64 of a compressed map of nodes.

Argo (workflow/packer, util/file) recognises the algorithm by the first bytes: gzip and zstd have a
magic number, everything else is brotli.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import zlib
from datetime import datetime
from typing import Any, cast

from argotui.backend.ports import Reading
from argotui.errors import ProtocolError

MAX_UNPACKED = 256 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAX_WINDOW = 128 << 20


class UnpackError(Exception):
    """The reason why packed nodes cannot be unpacked."""


def unpack(packed: str, *, cap: int = MAX_UNPACKED) -> bytes:
    """Return the JSON of packed nodes. Raises UnpackError; also above `cap` bytes."""
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise UnpackError("not base64") from None
    if data.startswith(_GZIP):
        unpacked = _gunzip(data, cap)
    elif data.startswith(_ZSTD):
        unpacked = _unzstd(data, cap)
    else:
        unpacked = _unbrotli(data, cap)
    if len(unpacked) > cap:
        raise UnpackError(f"larger than {cap >> 20} MiB")
    return unpacked


def _gunzip(data: bytes, cap: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)
    try:
        unpacked = decompressor.decompress(data, cap + 1)
    except zlib.error:
        raise UnpackError("broken gzip data") from None
    if not decompressor.eof and len(unpacked) <= cap:
        raise UnpackError("gzip data that ends too early")
    return unpacked


def _unzstd(data: bytes, cap: int) -> bytes:
    import zstandard

    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        with decompressor.stream_reader(io.BytesIO(data)) as reader:
            unpacked: bytes = reader.read(cap + 1)
    except zstandard.ZstdError:
        raise UnpackError("broken zstd data") from None
    return unpacked


def _unbrotli(data: bytes, cap: int) -> bytes:
    import brotli

    decompressor = brotli.Decompressor()
    parts, size, rest = [], 0, data
    try:
        while not decompressor.is_finished() and size <= cap:
            part: bytes = decompressor.process(rest, output_buffer_limit=1 << 20)
            rest = b""
            parts.append(part)
            size += len(part)
            if not part and decompressor.can_accept_more_data():
                raise UnpackError("neither gzip nor zstd, and brotli data that ends too early")
    except brotli.error:
        raise UnpackError("neither gzip nor zstd nor brotli data") from None
    return b"".join(parts)


def unpack_nodes(document: dict[str, Any], doing: str) -> str:
    """Put packed nodes in their place; return how they were packed, empty if they were not.

    Raises ProtocolError if they cannot be read.
    """
    status = document.get("status")
    status = status if isinstance(status, dict) else {}
    packed = status.get("compressedNodes")
    if not isinstance(packed, str) or not packed or status.get("nodes"):
        return ""
    try:
        status["nodes"] = json.loads(unpack(packed))
        return packing_of(packed)
    except (UnpackError, ValueError) as error:
        raise ProtocolError(
            f"Could not {doing}: its compressed nodes cannot be read", str(error)
        ) from error


def reading_of(document: dict[str, Any], date: datetime | None, doing: str) -> Reading:
    """Return a workflow as read for a decision, its nodes unpacked. Raises ProtocolError."""
    packing = unpack_nodes(document, doing)
    status = document.get("status")
    status = status if isinstance(status, dict) else {}
    return Reading(
        document=document,
        date=date,
        packing=packing,
        offloaded=bool(status.get("offloadNodeStatusVersion")) and not status.get("nodes"),
    )


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
