"""Decoding the API server's bytes: fast for valid objects, lenient for others.

Each object is decoded separately. Parts of the wrong type are left out, and `Workflow.problem`
names them. All strings are sanitised.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from argotui.backend.kube.deep_json import prune
from argotui.backend.kube.lenient import decode_leniently
from argotui.backend.kube.unpack import UnpackError, unpack
from argotui.errors import ProtocolError
from argotui.model.argo import (
    Metadata,
    Node,
    Workflow,
    WorkflowStatus,
)
from argotui.model.sanitise import clean, clean_tree, is_suspect_json

_T = TypeVar("_T")
_S = TypeVar("_S", bound=msgspec.Struct)
BAD_JSON = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)
_MAX_NAMED = 5


class ListMeta(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")
    remaining_item_count: int = 0


class RawList(msgspec.Struct):
    """A list whose items are still bytes."""

    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: list[msgspec.Raw] | None = None


class WatchEvent(msgspec.Struct):
    """One line of a watch, its object still bytes."""

    type: str
    object: msgspec.Raw


class _Partial(msgspec.Struct):
    """A PartialObjectMetadata, or any object's metadata."""

    metadata: Metadata = Metadata()


_workflow = msgspec.json.Decoder(Workflow)
_partial = msgspec.json.Decoder(_Partial)
_status = msgspec.json.Decoder(WorkflowStatus)
_list = msgspec.json.Decoder(RawList)
_event = msgspec.json.Decoder(WatchEvent)


def decode_list(body: bytes) -> RawList:
    """Return a list with its items undecoded. Raises ProtocolError."""
    return _envelope(body, _list, "list")


def decode_event(line: bytes) -> WatchEvent:
    """Return a watch event with its object undecoded. Raises ProtocolError."""
    return _envelope(line, _event, "watch event")


def decode_as(body: bytes | msgspec.Raw, kind: type[_T], what: str) -> _T:
    """Return any other answer as a struct, its strings sanitised. Raises ProtocolError."""
    try:
        if not is_suspect_json(memoryview(body)):
            return msgspec.json.decode(body, type=kind)
        return msgspec.convert(clean_tree(msgspec.json.decode(body)), kind, strict=False)
    except BAD_JSON as error:
        raise _not_api(what, error) from None


def decode_raw_document(body: bytes) -> dict[str, object]:
    """Return a whole object, NOT sanitised. Raises ProtocolError."""
    try:
        tree = _raw_tree(body)
    except BAD_JSON as error:
        raise _not_api("object", error) from None
    if not isinstance(tree, dict):
        raise ProtocolError("The answer is not what the API promises", "It is not an object.")
    return tree


def as_object(body: bytes, doing: str) -> dict[str, Any]:
    """Return an answer as decoded JSON, not sanitised. Raises ProtocolError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"Could not {doing}: the answer is not JSON") from error
    if not isinstance(document, dict):
        raise ProtocolError(f"Could not {doing}: the answer is not an object")
    return document


def decode_workflow(raw: bytes | msgspec.Raw) -> Workflow:
    """Return a workflow of whatever is there; never fails. Packed nodes are unpacked."""
    try:
        workflow = _typed(raw, _workflow)
        if workflow.problem:  # the name is ours: nobody else may write what it says
            workflow = msgspec.structs.replace(workflow, problem="")
        return _with_nodes(workflow)
    except BAD_JSON:
        pass
    try:
        tree = _tree(raw)
    except BAD_JSON as error:
        return Workflow(problem=f"It cannot be read: {_words(error)}")
    if not isinstance(tree, dict):
        return Workflow(problem="It cannot be read: it is not an object")
    tree.pop("argotuiProblem", None)
    workflow, lost = decode_leniently(tree, Workflow)
    return _with_nodes(_noting(workflow, _left_out(lost)))


def decode_metadata(raw: bytes | msgspec.Raw) -> Metadata:
    """Return the metadata of an object of whatever is there; never fails."""
    try:
        return _typed(raw, _partial).metadata
    except BAD_JSON:
        pass
    try:
        tree = _tree(raw)
    except BAD_JSON:
        return Metadata()
    return decode_leniently(tree, _Partial)[0].metadata if isinstance(tree, dict) else Metadata()


def _envelope(document: bytes, decoder: msgspec.json.Decoder[_S], what: str) -> _S:
    try:
        try:
            return decoder.decode(document)
        except RecursionError:
            return decoder.decode(prune(document))
    except BAD_JSON as error:
        raise _not_api(what, error) from None


def _typed(raw: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[_S]) -> _S:
    """Return a struct with its strings sanitised."""
    decoded = decoder.decode(raw)
    if not is_suspect_json(memoryview(raw)):
        return decoded
    plain = msgspec.to_builtins(decoded, builtin_types=(datetime,))
    return msgspec.convert(clean_tree(plain), type(decoded))


def _with_nodes(workflow: Workflow) -> Workflow:
    """Return the workflow with its packed nodes in their place, or with the reason they are not."""
    status = workflow.status
    if status.compressed_nodes and not status.nodes:
        try:
            nodes, lost = _decode_nodes(unpack(status.compressed_nodes))
        except UnpackError as error:
            return _noting(workflow, f"The nodes are packed and cannot be unpacked: {error}")
        packed = msgspec.structs.replace(status, nodes=nodes, compressed_nodes="")
        return _noting(msgspec.structs.replace(workflow, status=packed), _left_out(lost))
    if status.offload_node_status_version and not status.nodes:
        return _noting(
            workflow,
            "The nodes are in Argo's database, not in the cluster: only an Argo server "
            "can show them",
        )
    return workflow


def _decode_nodes(document: bytes) -> tuple[dict[str, Node], list[str]]:
    try:
        # A struct around the map lets it take the same way as everything else.
        wrapped = b'{"nodes":' + document + b"}"
        return _typed(wrapped, _status).nodes or {}, []
    except BAD_JSON:
        pass
    try:
        tree = _tree(document)
    except BAD_JSON:
        raise UnpackError("what is in there is not JSON") from None
    if not isinstance(tree, dict):
        raise UnpackError("what is in there is not a map of nodes")
    status, lost = decode_leniently({"nodes": tree}, WorkflowStatus)
    return status.nodes or {}, [f"status.{path}" for path in lost]


def _tree(document: bytes | msgspec.Raw) -> object:
    """Return JSON as sanitised plain values; also what only Python's own parser reads."""
    return clean_tree(_raw_tree(document))


def _raw_tree(document: bytes | msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(document)
    except RecursionError:
        return _raw_tree(prune(bytes(memoryview(document))))
    except (msgspec.MsgspecError, ValueError):
        text = bytes(memoryview(document)).decode("utf-8", "replace")
        return json.loads(text, strict=False)


def _left_out(lost: list[str]) -> str:
    if not lost:
        return ""
    named = ", ".join(lost[:_MAX_NAMED])
    more = f" and {len(lost) - _MAX_NAMED} more" if len(lost) > _MAX_NAMED else ""
    return f"Left out, for being of the wrong type: {named}{more}"


def _noting(workflow: Workflow, problem: str) -> Workflow:
    if not problem:
        return workflow
    both = f"{workflow.problem}. {problem}" if workflow.problem else problem
    return msgspec.structs.replace(workflow, problem=both)


def _not_api(what: str, error: Exception) -> ProtocolError:
    return ProtocolError(
        "The answer is not what the API promises", f"Not a {what}: {_words(error)}"
    )


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return clean(str(error))
