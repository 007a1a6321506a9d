"""One workflow followed over real HTTP, through faults, deletion and its successor."""

from __future__ import annotations

import random

from argotui.backend.freshness import Link
from argotui.backend.workflow_feed import WorkflowFeed
from argotui.demo.api.kinds import WORKFLOWS
from argotui.model.argo import Key
from tests.support import until
from tests.unit.backend.recovery_rig import Rig, rig

__all__ = ["rig"]


async def test_one_workflow_is_followed_through_faults_deletion_and_its_successor(
    rig: Rig,
) -> None:
    rig.add("one")
    feed = WorkflowFeed(rig.cluster, Key("argo", "one"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.workflow is not None and feed.freshness.link is Link.LIVE)
    versions = feed.version
    rig.move("one", "Running")
    await until(lambda: feed.version == versions + 1)
    rig.proxy.reset()
    await until(lambda: feed.freshness.retry_at is not None)
    assert feed.freshness.link is Link.STALE
    rig.move("one", "Failed")
    rig.add("other")
    await rig.clock.advance(2)
    await until(lambda: feed.workflow is not None and feed.workflow.status.phase == "Failed")
    assert feed.version == versions + 2
    rig.delete("one")
    await until(lambda: feed.gone)
    assert feed.workflow is not None
    assert feed.workflow.status.phase == "Failed"
    assert not feed.replaced
    rig.add("one")
    await until(lambda: not feed.gone)
    assert feed.replaced
    assert feed.workflow.status.phase == "Running"


async def test_reading_the_same_again_is_no_change(rig: Rig) -> None:
    rig.add("one")
    feed = WorkflowFeed(rig.cluster, Key("argo", "one"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.freshness.link is Link.LIVE)
    watches = rig.asked("watch=true")
    feed.refresh()
    await until(lambda: rig.asked("watch=true") > watches)
    await until(lambda: feed.freshness.link is Link.LIVE)
    assert rig.asked("limit=500") == 2
    assert feed.version == 1


async def test_a_deletion_nobody_watched_is_seen_by_the_next_list(rig: Rig) -> None:
    rig.add("one")
    feed = WorkflowFeed(rig.cluster, Key("argo", "one"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.freshness.link is Link.LIVE)
    rig.proxy.cut()
    await until(lambda: feed.freshness.retry_at is not None)
    rig.delete("one")
    rig.embedded.objects.forget(WORKFLOWS)
    await rig.clock.advance(2)
    await until(lambda: feed.gone)
    assert feed.workflow is not None
    assert feed.workflow.metadata.name == "one"


async def test_a_name_that_never_was_is_gone_from_the_start(rig: Rig) -> None:
    feed = WorkflowFeed(rig.cluster, Key("argo", "nobody"), rig.clock, random.Random(3))
    rig.run(feed)
    await until(lambda: feed.gone)
    assert feed.workflow is None
    rig.add("nobody")
    await until(lambda: feed.workflow is not None)
    assert not feed.gone
    assert not feed.replaced
