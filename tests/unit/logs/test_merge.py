"""Lines of several logs leave in the order of their time."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from argotui.operations.logs.merge import (
    STREAM_LINES,
    WINDOW,
    LogBatch,
    Merger,
)
from tests.support import ManualClock, until

Line = tuple[int, int, bytes]


class BatchReader:
    """Takes what a merger gives, as a task."""

    def __init__(self, merger: Merger) -> None:
        self.lines: list[Line] = []
        self.task = asyncio.ensure_future(self._take(merger))

    async def _take(self, merger: Merger) -> None:
        async for batch in merger.batches():
            self.lines += rows(batch)


def rows(batch: LogBatch) -> list[Line]:
    return list(zip(batch.stamps, batch.sources, batch.texts, strict=True))


@given(
    st.lists(st.lists(st.integers(0, 50), max_size=30), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_past_of_all_logs_is_in_exact_order(logs: list[list[int]], rng: object) -> None:
    asyncio.run(_merge_past([sorted(log) for log in logs], rng))


async def _merge_past(logs: list[list[int]], rng: object) -> None:
    merger = Merger(ManualClock())
    for lane in range(len(logs)):
        merger.begin_past(lane)
    reader = BatchReader(merger)

    async def feed(lane: int, stamps: list[int]) -> None:
        while stamps:
            size = rng.randint(1, 5)  # type: ignore[attr-defined]  # a random.Random
            texts = [b"%d:%d" % (lane, stamp) for stamp in stamps[:size]]
            await merger.put(lane, stamps[:size], texts)
            stamps = stamps[size:]
            for _ in range(rng.randint(0, 3)):  # type: ignore[attr-defined]  # as above
                await asyncio.sleep(0)
        merger.close(lane)

    await asyncio.gather(*(feed(lane, stamps) for lane, stamps in enumerate(logs)))
    merger.finish()
    await reader.task
    assert [stamp for stamp, _, _ in reader.lines] == sorted(stamp for log in logs for stamp in log)
    for lane, stamps in enumerate(logs):
        assert [stamp for stamp, source, _ in reader.lines if source == lane] == stamps


async def test_a_log_alone_waits_for_nobody() -> None:
    merger = Merger(ManualClock())
    reader = BatchReader(merger)
    await merger.put(0, [5, 6], [b"a", b"b"])
    await until(lambda: len(reader.lines) == 2)
    merger.close(0)
    merger.finish()
    await reader.task


async def test_followed_logs_wait_for_each_other_for_a_moment() -> None:
    clock = ManualClock()
    merger = Merger(clock)
    merger.end_past(0)
    merger.end_past(1)
    reader = BatchReader(merger)
    await merger.put(0, [20], [b"late"])
    await clock.advance(WINDOW / 2)
    await merger.put(1, [10], [b"early"])
    assert reader.lines == []
    await until(lambda: clock.sleepers)
    await clock.advance(WINDOW / 2 + 0.01)
    await until(lambda: reader.lines)
    assert reader.lines == [(10, 1, b"early"), (20, 0, b"late")]
    await merger.put(1, [15], [b"too late"])
    await until(lambda: clock.sleepers)
    await clock.advance(WINDOW + 0.01)
    await until(lambda: len(reader.lines) == 3)
    assert reader.lines[2] == (15, 1, b"too late")
    merger.finish()
    await reader.task


async def test_lines_of_one_log_keep_their_order_where_its_stamps_run_back() -> None:
    merger = Merger(ManualClock())
    merger.begin_past(0)
    merger.begin_past(1)
    reader = BatchReader(merger)
    await merger.put(0, [10, 5, 11], [b"a", b"b", b"c"])
    await merger.put(1, [7, 12], [b"x", b"y"])
    merger.close(0)
    merger.close(1)
    merger.finish()
    await reader.task
    assert [text for _, _, text in reader.lines] == [b"x", b"a", b"b", b"c", b"y"]
    assert [stamp for stamp, source, _ in reader.lines if source == 0] == [10, 5, 11]


async def test_a_log_that_is_ahead_is_held_up_until_the_others_come() -> None:
    merger = Merger(ManualClock())
    merger.begin_past(0)
    merger.begin_past(1)
    reader = BatchReader(merger)
    ahead = asyncio.ensure_future(
        merger.put(0, list(range(100, 100 + STREAM_LINES)), [b""] * STREAM_LINES)
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not ahead.done()
    await merger.put(1, [10**9], [b""])
    await ahead
    await until(lambda: len(reader.lines) == STREAM_LINES)
    merger.finish()
    await reader.task
    assert len(reader.lines) == STREAM_LINES + 1


async def test_a_notice_stands_behind_the_lines_of_its_log() -> None:
    merger = Merger(ManualClock())
    reader = BatchReader(merger)
    await merger.put(3, [10], [b"a"])
    merger.note(3, 4, "gone")
    merger.close(3)
    merger.finish()
    await reader.task
    assert reader.lines == [(10, 3, b"a"), (10, ~3, b"gone")]
