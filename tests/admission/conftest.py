"""One pair of namespaces for all requests: guarded by the policies, and open as without them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from argotui.operations.admission.parameters import ApproverSource
from tests.admission.namespaces import AdmissionNamespaces, Site, open_namespaces, populate


class Pair(NamedTuple):
    """The same workflows twice."""

    namespaces: AdmissionNamespaces
    guarded: Site
    open: Site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair() -> AsyncIterator[Pair]:
    """Workflows at their gates, under the policies and without. One of them, `old`, was submitted
    before there were policies, and names no creator but in Argo's label."""
    if "KUBECONFIG" not in os.environ:
        pytest.skip("needs KUBECONFIG")
    namespaces = await open_namespaces()
    try:
        guarded, unguarded = await asyncio.gather(
            namespaces.site("guarded"), namespaces.site("open")
        )
        await namespaces.cluster_templates()
        await namespaces.workflow_actions(guarded, unguarded)
        for site in (guarded, unguarded):
            await namespaces.account(site, "argo")
        spec = {"entrypoint": "gate-a", "templates": [{"name": "gate-a", "suspend": {}}]}
        labels = {"workflows.argoproj.io/creator": "somebody"}
        for site in (guarded, unguarded):
            await site.submit("old", spec, approvers="group:approvers", creator=None, labels=labels)
        await namespaces.guard(guarded, ApproverSource.TEMPLATES)
        await asyncio.gather(populate(namespaces, guarded), populate(namespaces, unguarded))
        for site in (guarded, unguarded):
            name = site.workflows["old"]["metadata"]["name"]
            await site.until_node("old", name, "Running")
        yield Pair(namespaces, guarded, unguarded)
    finally:
        await namespaces.close()
