"""One way to talk to the embedded cluster and to a real one: HTTP, and a clock for the former."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import json
import os
import random
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import pytest
import yaml

from argotui.backend.kube.connect import connect
from argotui.backend.ports import Backend
from argotui.demo.cluster import EmbeddedCluster
from tests.support import PATIENCE, ManualClock, until_answer

NAMESPACE = "argo"
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
IMAGE = os.environ.get("ARGOTUI_TEST_IMAGE", "busybox:lab")
ETCD = os.environ.get("ARGOTUI_TEST_ETCD", "")
"""The address of the cluster's etcd, where its history may be compacted."""
LABEL = "argotui-contract"
KWOK = "kwok.x-k8s.io/node"
"""The annotation of the nodes that kwok simulates."""
SIMULATED_EXIT = "argolab/exit-code"
"""The annotation by which a simulated pod is told how to end: it runs no script that could."""

Document = dict[str, Any]


class Answer(NamedTuple):
    """A response that was read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Document:
        document: Document = json.loads(self.body)
        return document

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Code, reason and message of a Status."""
        document = self.json
        return document["code"], document.get("reason", ""), document["message"]


class Stream:
    """A response that is read line by line."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status

    async def line(self) -> bytes:
        """Return the next line, empty at the end."""
        return await asyncio.wait_for(self._response.content.readline(), PATIENCE)

    async def event(self) -> Document:
        """Return the next watch event; empty at the end of the watch."""
        line = await self.line()
        event: Document = json.loads(line) if line else {}
        return event

    async def rest(self) -> list[bytes]:
        """Return all lines to the end."""
        lines = []
        while line := await self.line():
            lines.append(line)
        return lines


class Lab:
    """A cluster under test. Everything made through it is deleted at its end."""

    def __init__(
        self,
        url: str,
        tokens: dict[str, str],
        tls: ssl.SSLContext | None,
        clock: ManualClock | None,
        embedded: EmbeddedCluster | None,
    ) -> None:
        self.url = url
        self.clock = clock
        self.embedded = embedded
        self._tokens = tokens
        self._tls = tls
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), headers={"User-Agent": "argotui-contract"}
        )
        self.run = f"{random.SystemRandom().getrandbits(32):08x}"
        self._backends: dict[str, Backend] = {}

    async def close(self) -> None:
        """Delete what was made, and hang up."""
        for backend in self._backends.values():
            await backend.cluster.close()
        await self.request("DELETE", WORKFLOWS, params={"labelSelector": f"{LABEL}={self.run}"})
        await self._session.close()

    def name(self, stem: str) -> str:
        """Return a name that nobody else uses."""
        return f"contract-{stem}-{self.run}"

    def token(self, user: str) -> str:
        """Return a user's token; the test is skipped where the cluster has no such user."""
        if user not in self._tokens:
            pytest.skip(f"this cluster has no kubeconfig for {user}")
        return self._tokens[user]

    async def backend(self, user: str = "admin") -> Backend:
        """Return the ports of a user; they are closed with the lab."""
        self.token(user)
        if user not in self._backends:
            source: dict[str, object] | str
            if self.embedded is not None:
                source = self.embedded.kubeconfig(user)
            else:
                path = Path(os.environ["KUBECONFIG"])
                source = str(path if user == "admin" else path.with_name(f"{user}.kubeconfig"))
            self._backends[user] = await connect(kubeconfig=source)
        return self._backends[user]

    def _headers(self, user: str, extra: dict[str, str] | None) -> dict[str, str]:
        headers = {"Accept": "application/json", **(extra or {})}
        if user and self.token(user):
            headers["Authorization"] = f"Bearer {self.token(user)}"
        return headers

    async def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = "admin",
        content_type: str = "application/json",
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; `body` is sent as JSON unless it is bytes; `user` empty means nobody."""
        sent = self._headers(user, headers)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = content_type
        async with self._session.request(
            method, self.url + path, params=params, data=data, headers=sent, ssl=self._tls or True
        ) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def get(self, path: str, **params: str) -> Answer:
        return await self.request("GET", path, params=params)

    @contextlib.asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        user: str = "admin",
        headers: dict[str, str] | None = None,
        **params: str,
    ) -> AsyncIterator[Stream]:
        """Open a watch or a followed log."""
        async with self._session.get(
            self.url + path,
            params=params,
            headers=self._headers(user, headers),
            ssl=self._tls or True,
        ) as response:
            yield Stream(response)

    async def create(
        self,
        stem: str,
        spec: Document | None = None,
        *,
        labels: dict[str, str] | None = None,
        inert: bool = True,
        **parts: Document,
    ) -> Document:
        """Create a workflow; an `inert` one is marked completed, so that no controller acts."""
        marks = {LABEL: self.run, **(labels or {})}
        if inert:
            marks["workflows.argoproj.io/completed"] = "true"
        document: Document = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": self.name(stem), "labels": marks},
            "spec": spec or {},
            **parts,
        }
        answer = await self.request("POST", WORKFLOWS, document)
        assert answer.status == 201, answer.text
        return answer.json

    async def workflow(self, stem: str) -> Document:
        return (await self.get(f"{WORKFLOWS}/{self.name(stem)}")).json

    async def patch(
        self, stem: str, patch: object, content_type: str = MERGE_PATCH, **options: Any
    ) -> Answer:
        path = f"{WORKFLOWS}/{self.name(stem)}"
        return await self.request("PATCH", path, patch, content_type=content_type, **options)

    @contextlib.asynccontextmanager
    async def time(self) -> AsyncIterator[None]:
        """Within it time passes, on the embedded cluster too."""
        if self.clock is None:
            yield
            return
        clock = self.clock

        async def tick() -> None:
            while True:
                await clock.advance(0.1)
                await asyncio.sleep(0.002)

        ticker = asyncio.create_task(tick())
        try:
            yield
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker

    async def compact(self, version: str) -> None:
        """Have a real cluster forget what was before a resource version, if its etcd is known."""
        if self.embedded is not None or not ETCD:
            return
        body = {"revision": version, "physical": True}
        async with self._session.post(f"{ETCD}/v3/kv/compaction", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def until(self, condition: Callable[[], Awaitable[object]], what: str) -> None:
        """Let time pass until the condition holds."""
        async with self.time():
            await until_answer(condition, what, pause=0.02)

    async def until_phase(self, stem: str, *phases: str) -> Document:
        """Let time pass until a workflow is in one of the phases; return it."""
        found: Document = {}

        async def reached() -> bool:
            nonlocal found
            found = await self.workflow(stem)
            return (found.get("status") or {}).get("phase") in phases

        try:
            await self.until(reached, f"{stem} to be {' or '.join(phases)}")
        except AssertionError as error:
            raise AssertionError(f"{error}; {await self._whereabouts(found)}") from None
        return found

    async def _whereabouts(self, workflow: Document) -> str:
        """Tell how far a workflow and its pods came."""
        status = workflow.get("status") or {}
        told = {key: status.get(key) for key in ("phase", "message", "nodes")}
        name = workflow["metadata"]["name"]
        listed = await self.get(PODS, labelSelector=f"workflows.argoproj.io/workflow={name}")
        states = [each.get("status") for each in listed.json["items"]]
        return f"the workflow: {told}; its pods: {states}"

    async def until_gate(self, stem: str, name: str = "gate") -> tuple[Document, Document]:
        """Let time pass until a gate is open; return the workflow and the gate's node."""
        found: Document = {}
        gate: Document = {}

        async def open_() -> bool:
            nonlocal found, gate
            found = await self.workflow(stem)
            for node in ((found.get("status") or {}).get("nodes") or {}).values():
                if node["displayName"] == name and node["phase"] == "Running":
                    gate = node
            return bool(gate)

        await self.until(open_, f"the gate {name} of {stem}")
        return found, gate


def node_of(workflow: Document, name: str) -> Document:
    """Return the node with a display name."""
    nodes: list[Document] = list(workflow["status"]["nodes"].values())
    return next(node for node in nodes if node["displayName"] == name)


class Access(NamedTuple):
    """The cluster of a kubeconfig, and its users' tokens by name."""

    server: str
    tokens: dict[str, str]
    tls: ssl.SSLContext


def real_access() -> Access:
    """Read $KUBECONFIG, whose user is the admin; the other users' kubeconfigs are beside it."""
    path = Path(os.environ["KUBECONFIG"])
    config = yaml.safe_load(path.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    tokens = {"admin": user.get("token", "")}
    for other in ("approver", "developer", "viewer"):
        beside = path.with_name(f"{other}.kubeconfig")
        if beside.exists():
            loaded = yaml.safe_load(beside.read_text())
            tokens[other] = loaded["users"][0]["user"]["token"]
    tls = ssl.create_default_context(cafile=cluster.get("certificate-authority"))
    if data := cluster.get("certificate-authority-data"):
        tls.load_verify_locations(cadata=base64.b64decode(data).decode())
    if "client-certificate" in user:
        tls.load_cert_chain(user["client-certificate"], user["client-key"])
    elif "client-certificate-data" in user:
        _load_chain(tls, user["client-certificate-data"], user["client-key-data"])
    return Access(cluster["server"], tokens, tls)


def real_lab() -> Lab:
    """Return the cluster of $KUBECONFIG."""
    return Lab(*real_access(), None, None)


@functools.cache
def pods_are_simulated() -> bool:
    """Say whether the nodes of $KUBECONFIG's cluster are kwok's, on which no container runs."""
    server, tokens, tls = real_access()
    at = urlsplit(server)
    headers = {"Authorization": f"Bearer {tokens['admin']}"} if tokens["admin"] else {}
    connection = HTTPSConnection(at.netloc, context=tls, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", f"{at.path}/api/v1/nodes", headers=headers)
        answer = connection.getresponse()
        # Who may not list nodes is no admin of a kwok.
        nodes = json.load(answer)["items"] if answer.status == 200 else []
    return bool(nodes) and all(KWOK in (n["metadata"].get("annotations") or {}) for n in nodes)


def _load_chain(tls: ssl.SSLContext, certificate: str, key: str) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(base64.b64decode(certificate) + b"\n" + base64.b64decode(key))
        file.flush()
        tls.load_cert_chain(file.name)
