"""The reads and writes of a decision through an Argo server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from argotui.backend import names
from argotui.backend.argo_server.cluster import ServerCluster
from argotui.backend.argo_server.documents import complete
from argotui.backend.argo_server.listing import workflows_of
from argotui.backend.kube.decode import as_object
from argotui.backend.kube.unpack import reading_of, unpack_nodes
from argotui.backend.person import SameUser
from argotui.backend.ports import Reading, Written
from argotui.errors import (
    BackendError,
    ConflictError,
    InvalidError,
    ServerError,
    UnavailableError,
)
from argotui.model.gates.node_update import NodeUpdate
from argotui.model.kinds import WORKFLOW

RACE = (
    "Through an Argo server a decision compares the gate's names and inputs only: a change of the "
    "workflow elsewhere, in the moment between the last check and the write, does not stop it."
)
RESUME = (
    "An Argo server resumes a workflow only by approving all its open gates as well: resume it "
    "through the cluster itself."
)
STRICT = (
    "the setting gates.strict refuses a decision if anything changed, which an Argo server does "
    "not check"
)
NO_DRY_RUN = "An Argo server does not try out a decision"
_UNMATCHED = "currently, set only targets suspend nodes"
_NOT_EXPECTED = ("cannot set output parameter", "node is not expecting output parameter")


class ServerGates(SameUser):
    """A `GatePort` over an Argo server; every request is sent once."""

    def __init__(self, cluster: ServerCluster) -> None:
        super().__init__(cluster)
        self._cluster = cluster
        self._client = cluster.client

    @property
    def context(self) -> str:
        return self._cluster.context

    @property
    def server(self) -> str:
        return self._cluster.server

    @property
    def race(self) -> str:
        return RACE

    @property
    def unavailable(self) -> Mapping[str, str]:
        return {
            "resume": RESUME,
            "strict": STRICT,
            "dry_run": NO_DRY_RUN,
            "annotate": "An Argo server does not annotate workflows",
        }

    async def read_gate(self, namespace: str, name: str) -> Reading:
        """Return a workflow as the server has it, offloaded nodes included."""
        names.check_name("workflow", name)
        doing = f"read workflow {namespace}/{name}"
        answer = await self._client.get(*workflows_of(namespace), name, doing=doing)
        document = complete(WORKFLOW, as_object(answer.body, doing))
        return reading_of(document, answer.date, doing)

    async def set_node(self, namespace: str, name: str, update: NodeUpdate) -> Written:
        """See `GatePort`. The server reads the workflow, changes the node and writes it back under
        the version that it read, again if that fails (`updateSuspendedNode`)."""
        names.check_name("workflow", name)
        doing = f"change workflow {namespace}/{name}"
        body: dict[str, Any] = {
            "namespace": namespace,
            "name": name,
            "nodeFieldSelector": update.selector,
            "phase": update.phase,
            "message": update.message,
            "outputParameters": json.dumps(update.values) if update.values else "",
        }
        try:
            document = await self._client.send(
                "PUT", *workflows_of(namespace), name, "set", doing=doing, body=body
            )
        except ServerError as error:
            raise _refused(error, doing) from None
        unpack_nodes(document, doing)
        return Written(complete(WORKFLOW, document))

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[dict[str, Any]], *, dry_run: bool = False
    ) -> Written:
        """Raise UnavailableError: an Argo server takes no patch."""
        raise UnavailableError(NO_DRY_RUN if dry_run else "An Argo server takes no patch")

    async def put_nodes(
        self, reading: Reading, nodes: dict[str, Any], *, dry_run: bool = False
    ) -> Written:
        """Raise UnavailableError: an Argo server replaces no workflow."""
        raise UnavailableError(NO_DRY_RUN if dry_run else "An Argo server replaces no workflow")

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        """Raise UnavailableError: an Argo server changes no annotation."""
        raise UnavailableError(self.unavailable["annotate"])


def _refused(error: ServerError, doing: str) -> BackendError:
    """Return what an error 500 means whose words say that nothing was written."""
    if error.detail.startswith(_UNMATCHED):
        return ConflictError(
            f"Could not {doing}: the gate is closed, or not the one that was shown", error.detail
        )
    if error.detail.startswith(_NOT_EXPECTED):
        return InvalidError(f"Could not {doing}: the gate does not take these values", error.detail)
    return error
