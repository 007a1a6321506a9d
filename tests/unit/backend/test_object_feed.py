"""The objects of a kind followed over real HTTP, through faults and deletions."""

from __future__ import annotations

import random
from typing import Any

from argotui.backend.freshness import Link
from argotui.backend.kube.objects import KubeObjects
from argotui.backend.object_feed import ObjectFeed
from argotui.demo.api.kinds import CLUSTER_WORKFLOW_TEMPLATES, WORKFLOW_TEMPLATES
from argotui.model.argo import Key
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from tests.support import until
from tests.unit.backend.recovery_rig import Rig, rig

__all__ = ["rig"]


def template(name: str, namespace: str | None = "argo", text: str = "") -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {
        "metadata": {"name": name, "annotations": {"text": text}, **place},
        "spec": {"entrypoint": "main"},
    }


def feed_of(rig: Rig, namespace: str | None = "argo") -> ObjectFeed:
    port = KubeObjects(rig.cluster)
    return ObjectFeed(port, WORKFLOW_TEMPLATE, namespace, rig.clock, random.Random(3))


async def test_changes_arrive_to_the_letter(rig: Rig) -> None:
    objects = rig.embedded.objects
    objects.create(WORKFLOW_TEMPLATES, template("a", text="\x1b[31m"))
    objects.create(WORKFLOW_TEMPLATES, template("b", namespace="data"))
    feed = feed_of(rig)
    rig.run(feed)
    await until(lambda: feed.complete and feed.freshness.link is Link.LIVE)
    assert feed.objects.keys() == {Key("argo", "a")}
    assert feed.objects[Key("argo", "a")]["metadata"]["annotations"] == {"text": "\x1b[31m"}
    objects.create(WORKFLOW_TEMPLATES, template("c"))
    await until(lambda: Key("argo", "c") in feed.objects)
    objects.update(WORKFLOW_TEMPLATES, template("a", text="changed"))
    await until(
        lambda: feed.objects[Key("argo", "a")]["metadata"]["annotations"]["text"] == "changed"
    )
    objects.delete(WORKFLOW_TEMPLATES, "argo", "a")
    await until(lambda: feed.objects.keys() == {Key("argo", "c")})


async def test_a_deletion_nobody_watched_is_seen_by_the_next_list(rig: Rig) -> None:
    objects = rig.embedded.objects
    for name in "ab":
        objects.create(WORKFLOW_TEMPLATES, template(name))
    feed = feed_of(rig, None)
    rig.run(feed)
    await until(lambda: feed.freshness.link is Link.LIVE)
    rig.proxy.cut()
    await until(lambda: feed.freshness.retry_at is not None)
    objects.delete(WORKFLOW_TEMPLATES, "argo", "a")
    objects.forget(WORKFLOW_TEMPLATES)
    await rig.clock.advance(2)
    await until(lambda: feed.objects.keys() == {Key("argo", "b")})


async def test_cluster_wide_objects_have_no_namespace(rig: Rig) -> None:
    rig.embedded.objects.create(CLUSTER_WORKFLOW_TEMPLATES, template("shared", None))
    port = KubeObjects(rig.cluster)
    feed = ObjectFeed(port, CLUSTER_WORKFLOW_TEMPLATE, None, rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.objects.keys() == {Key("", "shared")})
