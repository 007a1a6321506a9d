"""Watching: order, selectors, bookmarks, versions that are too old, going on without loss."""

from __future__ import annotations

from typing import Any

from tests.contract.lab import LABEL, METADATA, TABLE, WORKFLOWS, Document, Lab


async def _version(lab: Lab) -> str:
    listed = (await lab.get(WORKFLOWS, labelSelector=f"{LABEL}={lab.run}")).json
    return str(listed["metadata"]["resourceVersion"])


def _watch(lab: Lab, **more: str) -> dict[str, Any]:
    return {
        "watch": "1",
        "labelSelector": f"{LABEL}={lab.run}",
        "timeoutSeconds": "30",
        **more,
    }


def _told(event: Document) -> tuple[str, str, int]:
    meta = event["object"]["metadata"]
    return event["type"], meta["name"], int(meta["resourceVersion"])


async def test_changes_come_in_order_with_rising_versions(lab: Lab) -> None:
    version = await _version(lab)
    async with lab.stream(WORKFLOWS, **_watch(lab, resourceVersion=version)) as watch:
        await lab.create("a")
        await lab.create("b")
        await lab.patch("a", {"metadata": {"annotations": {"n": "1"}}})
        await lab.request("DELETE", f"{WORKFLOWS}/{lab.name('b')}")
        seen = [_told(await watch.event()) for _ in range(4)]
    assert [(kind, name) for kind, name, _ in seen] == [
        ("ADDED", lab.name("a")),
        ("ADDED", lab.name("b")),
        ("MODIFIED", lab.name("a")),
        ("DELETED", lab.name("b")),
    ]
    versions = [number for _, _, number in seen]
    assert versions == sorted(set(versions))
    assert versions[0] > int(version)


async def test_a_watch_from_no_version_starts_with_the_state(lab: Lab) -> None:
    for stem in "ba":
        await lab.create(stem)
    for version in ("", "0"):
        async with lab.stream(WORKFLOWS, **_watch(lab, resourceVersion=version)) as watch:
            seen = sorted([_told(await watch.event())[:2] for _ in range(2)])
        assert seen == [("ADDED", lab.name("a")), ("ADDED", lab.name("b"))]


async def test_a_watch_goes_on_from_a_version_without_loss(lab: Lab) -> None:
    await lab.create("a")
    version = await _version(lab)
    for number in range(3):
        await lab.patch("a", {"metadata": {"annotations": {"n": str(number)}}})
    seen: list[str] = []
    for _ in range(3):
        async with lab.stream(WORKFLOWS, **_watch(lab, resourceVersion=version)) as watch:
            event = await watch.event()
        seen.append(event["object"]["metadata"]["annotations"]["n"])
        version = event["object"]["metadata"]["resourceVersion"]
    assert seen == ["0", "1", "2"]


async def test_a_change_that_changes_nothing_is_no_event(lab: Lab) -> None:
    made = await lab.create("a", labels={"x": "1"})
    same = (await lab.patch("a", {"metadata": {"labels": {"x": "1"}}})).json
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_an_object_that_stops_matching_is_deleted_as_it_was(lab: Lab) -> None:
    await lab.create("a", labels={"tier": "web"})
    version = await _version(lab)
    selector = f"{LABEL}={lab.run},tier=web"
    params = {**_watch(lab, resourceVersion=version), "labelSelector": selector}
    async with lab.stream(WORKFLOWS, **params) as watch:
        changed = (await lab.patch("a", {"metadata": {"labels": {"tier": "db"}}})).json
        gone = await watch.event()
        back = (await lab.patch("a", {"metadata": {"labels": {"tier": "web"}}})).json
        again = await watch.event()
    assert gone["type"] == "DELETED"
    assert gone["object"]["metadata"]["labels"]["tier"] == "web"
    assert gone["object"]["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]
    assert _told(again) == ("ADDED", lab.name("a"), int(back["metadata"]["resourceVersion"]))


async def test_bookmarks_say_how_far_a_watch_is(lab: Lab) -> None:
    version = await _version(lab)
    params = _watch(lab, resourceVersion=version, allowWatchBookmarks="true", timeoutSeconds="4")
    params["labelSelector"] += ",tier=db"
    async with lab.stream(WORKFLOWS, **params) as watch:
        elsewhere = await lab.create("a", labels={"tier": "web"})
        async with lab.time():
            event = await watch.event()
            rest = await watch.rest()
    assert event["type"] == "BOOKMARK"
    assert event["object"]["kind"] == "Workflow"
    assert set(event["object"]["metadata"]) <= {"resourceVersion", "creationTimestamp"}
    reached = int(event["object"]["metadata"]["resourceVersion"])
    assert reached >= int(elsewhere["metadata"]["resourceVersion"])
    assert all(b'"BOOKMARK"' in line for line in rest)


async def test_a_watch_without_leave_gets_no_bookmarks(lab: Lab) -> None:
    version = await _version(lab)
    await lab.create("a", labels={"tier": "web"})
    params = _watch(lab, resourceVersion=version, timeoutSeconds="3")
    params["labelSelector"] += ",tier=db"
    async with lab.time(), lab.stream(WORKFLOWS, **params) as watch:
        assert await watch.rest() == []


async def test_a_watch_ends_when_its_time_is_up(lab: Lab) -> None:
    version = await _version(lab)
    params = _watch(lab, resourceVersion=version, timeoutSeconds="1")
    async with lab.time(), lab.stream(WORKFLOWS, **params) as watch:
        assert await watch.rest() == []


async def test_a_version_too_old_is_told_within_the_stream(lab: Lab) -> None:
    async with lab.stream(WORKFLOWS, **_watch(lab, resourceVersion="1")) as watch:
        event = await watch.event()
        assert watch.status == 200
        assert await watch.line() == b""
    assert event["type"] == "ERROR"
    assert event["object"]["kind"] == "Status"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    assert event["object"]["message"].startswith("too old resource version: 1 (")


async def test_a_version_that_is_none(lab: Lab) -> None:
    answer = await lab.request("GET", WORKFLOWS, params=_watch(lab, resourceVersion="abc"))
    assert answer.status == 500
    assert answer.json["message"].startswith('resourceVersion: Invalid value: "abc"')


async def test_the_state_can_be_streamed_with_a_mark_at_its_end(lab: Lab) -> None:
    await lab.create("a")
    params = _watch(
        lab,
        sendInitialEvents="true",
        resourceVersionMatch="NotOlderThan",
        allowWatchBookmarks="true",
    )
    async with lab.stream(WORKFLOWS, headers={"Accept": METADATA}, **params) as watch:
        first, mark = await watch.event(), await watch.event()
    assert _told(first)[:2] == ("ADDED", lab.name("a"))
    assert first["object"]["kind"] == "PartialObjectMetadata"
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    refused = await lab.request("GET", WORKFLOWS, params=_watch(lab, sendInitialEvents="true"))
    assert refused.refusal == (
        422,
        "Invalid",
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    )


async def test_a_table_is_watched_row_by_row(lab: Lab) -> None:
    version = await _version(lab)
    params = _watch(lab, resourceVersion=version, includeObject="None")
    async with lab.stream(WORKFLOWS, headers={"Accept": TABLE}, **params) as watch:
        await lab.create("a")
        await lab.create("b")
        first, second = await watch.event(), await watch.event()
    assert first["object"]["columnDefinitions"][0]["name"] == "Name"
    assert second["object"]["columnDefinitions"] is None
    assert first["object"]["rows"][0]["cells"][0] == lab.name("a")
    assert second["object"]["rows"][0]["object"] is None
