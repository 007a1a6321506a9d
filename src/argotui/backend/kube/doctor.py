"""What only `argotui doctor` asks of a cluster, through the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from argotui.backend.kube.cluster import KubeCluster
from argotui.backend.kube.decode import decode_as
from argotui.backend.kube.transport import path_of
from argotui.errors import BackendError
from argotui.model.sanitise import clean_line

CONTROLLER = "workflow-controller"
VERSION_LABEL = "app.kubernetes.io/version"
USUAL_NAMESPACES = ("argo", "argo-workflows")


class _Meta(msgspec.Struct, frozen=True):
    labels: dict[str, str] = {}


class _Container(msgspec.Struct, frozen=True):
    image: str = ""
    command: list[str] | None = None


class _PodSpec(msgspec.Struct, frozen=True):
    containers: list[_Container] = []


class _Template(msgspec.Struct, frozen=True):
    spec: _PodSpec = _PodSpec()


class _Spec(msgspec.Struct, frozen=True):
    template: _Template = _Template()


class _Deployment(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()
    spec: _Spec = _Spec()


class KubeDoctor:
    """See `DoctorPort`."""

    def __init__(self, cluster: KubeCluster) -> None:
        self._cluster = cluster

    async def server_time(self) -> datetime | None:
        """Return the API server's clock, in whole seconds."""
        try:
            answer = await self._cluster.transport.request(
                "GET", "/version", doing="ask for the time"
            )
        except BackendError:
            return None
        return answer.date

    async def access(self) -> str | None:
        """Return None: requests go to the API server itself."""
        return None

    async def controller(self) -> str | None:
        """Return where Argo's controller is deployed and its version, or None.

        Looks for the Deployment `workflow-controller` in the context's namespace and the usual
        ones: its version label, else the tag of its image.
        """
        for namespace in dict.fromkeys((self._cluster.default_namespace, *USUAL_NAMESPACES)):
            path = path_of("apis", "apps", "v1", "namespaces", namespace, "deployments", CONTROLLER)
            try:
                answer = await self._cluster.transport.request(
                    "GET", path, doing="look for Argo's controller"
                )
                found = decode_as(answer.body, _Deployment, "Deployment")
            except BackendError:
                continue
            version = next(_versions(found), "")
            return f"{namespace}/{CONTROLLER}, {clean_line(version) or 'of an unknown version'}"
        return None


def _versions(deployment: _Deployment) -> Iterator[str]:
    if label := deployment.metadata.labels.get(VERSION_LABEL):
        yield label
    for container in deployment.spec.template.spec.containers:
        tag = container.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        if CONTROLLER in container.image or CONTROLLER in (container.command or []):
            yield tag
