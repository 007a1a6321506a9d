"""The ports of one connection, against the embedded cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from argotui.backend.kube.connect import connect
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import InvalidError, NotFoundError


async def test_all_ports_ask_the_cluster_of_the_context_as_its_user(
    embedded: EmbeddedCluster, tmp_path: Path
) -> None:
    kubeconfig = embedded.write_kubeconfig(tmp_path / "kubeconfig", "viewer")
    backend = await connect(kubeconfig=str(kubeconfig))
    who = await backend.cluster.whoami()
    assert who.user == "viewer@example.com"
    assert await backend.gates.whoami() == who
    assert await backend.admission.whoami() == who
    assert await backend.doctor.server_time() is not None
    assert (backend.gates.context, backend.gates.server) == ("demo", backend.cluster.server)
    await backend.cluster.close()


async def test_an_object_is_in_a_namespace_or_in_the_whole_cluster(
    embedded: EmbeddedCluster, tmp_path: Path
) -> None:
    kubeconfig = embedded.write_kubeconfig(tmp_path / "kubeconfig")
    backend = await connect(kubeconfig=str(kubeconfig))
    read = backend.cluster.get_raw_document
    with pytest.raises(NotFoundError, match="read the clusterworkflowtemplate base: not found"):
        await read(None, "base", resource="clusterworkflowtemplates")
    with pytest.raises(NotFoundError, match="read the workflowtemplate argo/base: not found"):
        await read("argo", "base", resource="workflowtemplates")
    with pytest.raises(InvalidError):
        await read("", "base")
    await backend.cluster.close()
