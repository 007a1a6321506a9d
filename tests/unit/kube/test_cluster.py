"""The cluster port over real HTTP, with answers made for the case at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from argotui.backend.kube.cluster import (
    LOG_MARK,
    MAX_LOG_LINE,
    KubeCluster,
    open_cluster,
)
from argotui.backend.kube.watching import WATCH_SECONDS
from argotui.backend.ports import (
    Change,
    Identity,
    LogRequest,
    Query,
)
from argotui.errors import (
    ForbiddenError,
    GoneError,
    InvalidError,
    ProtocolError,
    ServerError,
    UnreachableError,
)
from argotui.model.argo import Metadata, Workflow
from tests.support import ManualClock, until
from tests.unit.kube.servers import answering, config, connected, refusal, reply, serving

ARGO = Query("argo")
Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Api:
    """Answers by path; `seen` has every request."""

    def __init__(self, **by_ending: object) -> None:
        self.by_ending = by_ending
        self.seen: list[web.BaseRequest] = []
        self.bodies: list[Any] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.json() if request.can_read_body else None)
        answer = self.by_ending.get(request.path.rpartition("/")[2])
        if answer is None:
            return reply(refusal(404, f"{request.path} not found"), 404)
        if callable(answer):
            made: web.StreamResponse = await answer(request)
            return made
        return reply(answer)


def streaming(*chunks: bytes, wait: asyncio.Event | None = None) -> Answer:
    """Return an answer that comes in `chunks`, and ends when `wait` is set."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if wait is not None:
            await wait.wait()
        return response

    return answer


def listed(*items: object, version: str = "7", **meta: object) -> dict[str, object]:
    return {"metadata": {"resourceVersion": version, **meta}, "items": list(items)}


def named(name: str, **more: object) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "argo", "resourceVersion": "5"}, **more}


async def changes(kube: KubeCluster, version: str = "7") -> list[Change]:
    return [change async for change in kube.watch_workflows(ARGO, version)]


async def test_one_odd_object_does_not_lose_the_page() -> None:
    odd = named("odd", status={"phase": 5, "message": "m"})
    api = Api(workflows=listed(named("a"), odd, None, remainingItemCount=3, **{"continue": "c"}))
    async with serving(api) as url, connected(url) as kube:
        page = await kube.list_workflows(ARGO)

    names = [item.metadata.name for item in page.items if isinstance(item, Workflow)]
    assert names == ["a", "odd", ""]
    assert (page.continue_token, page.remaining, page.resource_version) == ("c", 3, "7")


async def test_metadata_is_asked_for_as_such() -> None:
    api = Api(workflows=listed(named("a")))
    async with serving(api) as url, connected(url) as kube:
        page = await kube.list_metadata(Query(None, labels="x=y"), limit=9, continue_token="t")

    assert [item.name for item in page.items if isinstance(item, Metadata)] == ["a"]
    assert "as=PartialObjectMetadataList" in api.seen[0].headers["Accept"]
    assert api.seen[0].path == "/apis/argoproj.io/v1alpha1/workflows"
    assert dict(api.seen[0].query) == {"labelSelector": "x=y", "limit": "9", "continue": "t"}


@pytest.mark.parametrize(("namespace", "include"), [("argo", "None"), (None, "Metadata")])
async def test_a_table_carries_namespaces_only_where_it_must(
    namespace: str | None, include: str
) -> None:
    row = {"cells": ["a"], "object": {"metadata": {"name": "a", "namespace": "n"}}}
    body = {"kind": "Table", "columnDefinitions": [{"name": "Name"}], "rows": [row]}
    api = Api(workflows=body)
    async with serving(api) as url, connected(url) as kube:
        rows, _ = await kube.table(Query(namespace))

    assert rows[0].key.name == "a"
    assert api.seen[0].query["includeObject"] == include
    assert "as=Table" in api.seen[0].headers["Accept"]


async def test_a_watch_begins_with_a_bookmark_as_soon_as_it_is_accepted() -> None:
    ended = asyncio.Event()
    api = Api(workflows=streaming(wait=ended))
    async with serving(api) as url:
        kube = await open_cluster(kubeconfig=config(url), clock=ManualClock())
        watch = kube.watch_workflows(Query("argo", labels="a=b"), "41")
        assert await anext(watch) == Change("BOOKMARK", "41")
        ended.set()
        assert [change async for change in watch] == []
        await kube.close()

    query = api.seen[0].query
    assert query["watch"] == "true"
    assert query["allowWatchBookmarks"] == "true"
    assert query["resourceVersion"] == "41"
    assert query["labelSelector"] == "a=b"
    assert int(query["timeoutSeconds"]) == WATCH_SECONDS


async def test_watch_events_whatever_the_cuts_between_them() -> None:
    lines = (
        b'{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}\n'
        b'{"type":"MODIFIED","object":{"metadata":{"name":"a\xc3\xa9","resourceVersion":"9"},'
        b'"status":5}}\n\n'
        b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"10"}}}\n'
        b'{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"11"}}}\n'
    )
    for size in (1, 7, len(lines)):
        pieces = [lines[at : at + size] for at in range(0, len(lines), size)]
        async with serving(Api(workflows=streaming(*pieces))) as url, connected(url) as kube:
            found = await changes(kube)

        assert [(change.kind, change.resource_version) for change in found] == [
            ("BOOKMARK", "7"),
            ("ADDED", "8"),
            ("MODIFIED", "9"),
            ("BOOKMARK", "10"),
            ("DELETED", "11"),
        ]
        odd = found[2].object
        assert isinstance(odd, Workflow)
        assert odd.metadata.name == "aé"
        assert "status" in odd.problem


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (refusal(410, "too old resource version", "Expired"), GoneError),
        (refusal(500, "etcd is away"), ServerError),
        (refusal(403, "no more"), ForbiddenError),
        ({"kind": "Nonsense"}, ProtocolError),
    ],
)
async def test_an_error_event_is_raised_as_what_it_says(
    status: dict[str, object], kind: type[Exception]
) -> None:
    import json

    line = json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"
    async with serving(Api(workflows=streaming(line))) as url, connected(url) as kube:
        with pytest.raises(kind):
            await changes(kube)


async def test_a_watch_refused_with_410_is_gone_too() -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return reply(refusal(410, "too old", "Gone"), 410)

    async with serving(Api(workflows=answer)) as url, connected(url) as kube:
        with pytest.raises(GoneError):
            await changes(kube)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b'\r\n{"type":"ADD',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"type":\r\n0\r\n\r\n',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"type":',
    ],
)
async def test_a_watch_that_is_cut_within_a_line_is_no_event(answer: bytes) -> None:
    async with answering(answer) as url, connected(url) as kube:
        with pytest.raises(UnreachableError, match="broke off"):
            await changes(kube)


async def test_a_line_that_is_no_event_is_a_fault_of_the_answer() -> None:
    async with serving(Api(workflows=streaming(b"[]\n"))) as url, connected(url) as kube:
        with pytest.raises(ProtocolError):
            await changes(kube)


async def read_log(kube: KubeCluster, **options: Any) -> list[bytes]:
    request = LogRequest("argo", "pod-1", **options)
    return [line async for batch in kube.stream_log(request) for line in batch]


async def test_a_log_is_asked_for_as_the_request_says() -> None:
    api = Api(log=streaming(b"one\ntw", b"o\n"))
    since = datetime.fromisoformat("2026-01-05T13:00:00.999+01:00")
    async with serving(api) as url, connected(url) as kube:
        lines = await read_log(
            kube, container="wait", follow=True, previous=True, tail_lines=0, since=since
        )

    assert lines == [b"one", b"two"]
    assert api.seen[0].path == "/api/v1/namespaces/argo/pods/pod-1/log"
    assert api.seen[0].headers["Accept-Encoding"] == "identity"
    assert dict(api.seen[0].query) == {
        "container": "wait",
        "follow": "true",
        "previous": "true",
        "timestamps": "true",
        "tailLines": "0",
        "sinceTime": "2026-01-05T12:00:00Z",
    }


@pytest.mark.parametrize(("follow", "last"), [(False, [b"half"]), (True, [])])
async def test_the_last_line_of_a_log_that_was_followed_may_be_half_of_one(
    follow: bool, last: list[bytes]
) -> None:
    async with serving(Api(log=streaming(b"one\nhalf"))) as url, connected(url) as kube:
        assert await read_log(kube, follow=follow) == [b"one", *last]


async def test_a_log_line_above_the_cap_is_cut_and_marked() -> None:
    long = b"x" * (3 << 20)
    async with serving(Api(log=streaming(long, b"y\nnext\n"))) as url, connected(url) as kube:
        lines = await read_log(kube)

    assert lines == [long[:MAX_LOG_LINE] + LOG_MARK, b"next"]


async def test_a_log_comes_in_batches_and_not_line_by_line() -> None:
    data = b"2026-01-05T12:00:00.000000000Z a line of a log\n" * 100_000
    batches = 0
    lines = 0
    async with serving(Api(log=streaming(data))) as url, connected(url) as kube:
        async for batch in kube.stream_log(LogRequest("argo", "p")):
            batches += 1
            lines += len(batch)

    assert lines == 100_000
    assert batches < 1000


async def test_who_stops_reading_a_log_ends_its_connection() -> None:
    gone = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"tick\n")
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    async with serving(Api(log=answer)) as url, connected(url) as kube:
        stream = kube.stream_log(LogRequest("argo", "p", follow=True))
        assert isinstance(stream, AsyncIterator)
        async with aclosing(stream):  # type: ignore[type-var]  # a generator, as the port hides
            assert await anext(stream)
        await until(gone.is_set)


async def test_the_words_of_a_log_that_is_not_there() -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return reply(refusal(400, 'container "main" in pod "p" is waiting to start'), 400)

    async with serving(Api(log=answer)) as url, connected(url) as kube:
        with pytest.raises(InvalidError) as caught:
            await read_log(kube)

    assert "waiting to start" in caught.value.detail


@pytest.mark.parametrize("name", ["", "a/b", "..", "a,b=c", "A", "x" * 254, "a b", "a%2f", "a\n"])
async def test_what_is_no_name_never_reaches_the_server(name: str) -> None:
    api = Api()
    async with serving(api) as url, connected(url) as kube:
        for call in (
            kube.get_workflow("argo", name),
            kube.get_workflow(name, "a"),
            kube.list_pods("argo", name),
            kube.list_events("argo", name),
            kube.list_workflows(Query(name)),
            read_log(kube, container=name),
        ):
            with pytest.raises(InvalidError):
                await call

    assert api.seen == []


def event(uid: str, kind: str, name: str, **more: object) -> dict[str, object]:
    return {"metadata": {"uid": uid}, "involvedObject": {"kind": kind, "name": name}, **more}


async def test_events_are_those_of_the_workflow_and_of_its_pods_only() -> None:
    own = [event("1", "Workflow", "wf", lastTimestamp="2026-01-05T12:00:03Z", reason="Done")]
    pods = [
        event("2", "Pod", "wf-step-111", eventTime="2026-01-05T12:00:01.5Z", message="m\x1b[2J"),
        event("3", "Pod", "wf-111", firstTimestamp="2026-01-05T12:00:02Z", count=None),
        event("4", "Pod", "wf-other-999"),
        event("5", "Pod", "other-111"),
        event("6", "Pod", "wf", series={"count": 4, "lastObservedTime": "2026-01-05T12:00:04Z"}),
    ]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        selector = request.query["fieldSelector"]
        return reply(listed(*(own if "kind=Workflow" in selector else pods)))

    whole = named("wf", status={"nodes": {"wf": {}, "wf-111": {}}})
    api = Api(events=answer, wf=whole)
    async with serving(api) as url, connected(url) as kube:
        found = await kube.list_events("argo", "wf")

    assert [(record.uid, record.count) for record in found] == [
        ("2", 1),
        ("3", 1),
        ("1", 1),
        ("6", 4),
    ]
    assert found[0].message == "m"
    assert {request.query["fieldSelector"] for request in api.seen if "events" in request.path} == {
        "involvedObject.kind=Workflow,involvedObject.name=wf",
        "involvedObject.kind=Pod",
    }


async def test_events_of_one_second_are_in_the_order_they_were_written() -> None:
    def at(uid: str, version: str, **times: str) -> dict[str, object]:
        return event(uid, "Workflow", "wf", **times) | {
            "metadata": {"uid": uid, "resourceVersion": version}
        }

    api = Api(
        events=listed(
            at("pulled", "110", lastTimestamp="2026-01-05T12:00:01Z"),
            at("scheduled", "99", eventTime="2026-01-05T12:00:01.654321Z"),
            at("first", "200", lastTimestamp="2026-01-05T12:00:00Z"),
        ),
        wf=named("wf"),
    )
    async with serving(api) as url, connected(url) as kube:
        found = await kube.list_events("argo", "wf")

    assert [record.uid for record in found] == ["first", "scheduled", "pulled"]


async def test_pods_say_why_they_are_as_they_are() -> None:
    prefix = "workflows.argoproj.io/"
    pod = {
        "metadata": {
            "name": "wf-1",
            "namespace": "argo",
            "annotations": {f"{prefix}node-id": "wf-1", f"{prefix}node-name": "wf.s"},
        },
        "spec": {
            "nodeName": "node1",
            "containers": [
                {"name": "wait"},
                {"name": "main", "resources": {"requests": {"cpu": "100m"}}},
            ],
            "initContainers": [{"name": "init"}],
        },
        "status": {
            "phase": "Pending",
            "initContainerStatuses": [
                {
                    "name": "init",
                    "restartCount": 2,
                    "state": {"terminated": {"reason": "Completed"}},
                }
            ],
            "containerStatuses": [
                {"name": "wait", "restartCount": 1, "state": {"running": {"startedAt": None}}},
                {
                    "name": "main",
                    "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no"}},
                },
            ],
        },
    }
    pending = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "x"}
    unscheduled = {"metadata": {"name": "b"}, "status": {"conditions": [pending]}}
    async with serving(Api(pods=listed(pod, "odd", unscheduled))) as url, connected(url) as kube:
        first, second = await kube.list_pods("argo", "wf")
        too_long_for_a_label = await kube.list_pods("argo", "x" * 64)

    assert (first.node_id, first.node_name, first.host) == ("wf-1", "wf.s", "node1")
    assert (first.containers, first.init_containers) == (["wait", "main"], ["init"])
    assert (first.restarts, first.requests) == (3, {"cpu": "100m"})
    assert (first.reason, first.message) == ("ImagePullBackOff", "no")
    assert first.states == {"init": "terminated", "wait": "running", "main": "waiting"}
    assert (second.reason, second.message) == ("Unschedulable", "x")
    assert too_long_for_a_label == []


async def test_namespaces_come_page_by_page_and_sorted() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.query.get("continue"):
            return reply(listed(named("a")))
        return reply(listed(named("c"), named("b"), **{"continue": "more"}))

    async with serving(Api(namespaces=answer)) as url, connected(url) as kube:
        assert await kube.namespaces() == ["a", "b", "c"]

    async def no(_: web.BaseRequest) -> web.StreamResponse:
        return reply(refusal(403, "no"), 403)

    async with serving(Api(namespaces=no)) as url, connected(url) as kube:
        with pytest.raises(ForbiddenError):
            await kube.namespaces()


async def test_what_the_server_is_and_whether_argo_is_there() -> None:
    resources = [{"name": "workflows"}, {"name": "workflows/status"}]
    api = Api(version={"gitVersion": "v1.34.1"}, v1alpha1={"resources": resources})
    async with serving(api) as url, connected(url) as kube:
        assert (await kube.server_info()).kinds == ["workflows"]
        del api.by_ending["v1alpha1"]
        info = await kube.server_info()

    assert (info.version, info.kinds) == ("v1.34.1", [])


async def test_who_one_is_also_on_servers_that_are_older_or_cannot_say() -> None:
    status = {"userInfo": {"username": "alice", "groups": ["g"], "uid": "1"}}

    async def only_beta(request: web.BaseRequest) -> web.StreamResponse:
        if "/v1beta1/" in request.path:
            return reply({"status": status}, 201)
        return reply(refusal(404, "no"), 404)

    api = Api(selfsubjectreviews=only_beta)
    async with serving(api) as url, connected(url) as kube:
        assert await kube.whoami() == Identity("alice", ["g"], "1")
        api.by_ending.clear()
        assert await kube.whoami() == Identity("")

    assert api.bodies[1]["apiVersion"] == "authentication.k8s.io/v1beta1"


async def test_what_one_may_do_is_asked_precisely() -> None:
    api = Api(selfsubjectaccessreviews={"status": {"allowed": False, "reason": "RBAC says no"}})
    async with serving(api) as url, connected(url) as kube:
        access = await kube.can(
            "get", "pods", namespace="argo", group="", subresource="log", name="p"
        )

    assert (access.allowed, access.reason, access.subresource) == (False, "RBAC says no", "log")
    assert api.bodies[0]["spec"]["resourceAttributes"] == {
        "verb": "get",
        "resource": "pods",
        "namespace": "argo",
        "subresource": "log",
        "name": "p",
    }


async def test_the_document_is_whole_and_to_the_letter() -> None:
    tree = named("a", spec={"unknown": ["\x1b[31mred", 1.5, None, "a\r\nb\u200d"]})
    async with serving(Api(a=tree)) as url, connected(url) as kube:
        document = await kube.get_raw_document("argo", "a")

    assert document["spec"] == tree["spec"]


async def test_a_connection_knows_where_it_leads() -> None:
    async with connected("https://api.example/") as kube:
        assert kube.context == "lab"
        assert kube.server == "https://api.example"
        assert kube.default_namespace == "argo"
        assert kube.related_namespaces == ("argo",)
        assert list(kube.warnings) == []


async def test_times_in_another_zone_are_sent_in_utc() -> None:
    api = Api(log=streaming(b""))
    async with serving(api) as url, connected(url) as kube:
        await read_log(kube, since=datetime(2026, 1, 5, tzinfo=UTC), timestamps=False)

    assert api.seen[0].query["sinceTime"] == "2026-01-05T00:00:00Z"
    assert "timestamps" not in api.seen[0].query
