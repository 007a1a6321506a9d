"""The kubelet's timestamps, used to resume after a cut without losing or repeating lines."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?: |$)", re.ASCII
)


def from_ns(stamp: int) -> datetime:
    """Return a stamp in ns since the epoch as an aware time, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=stamp // 1000)


def to_ns(time: datetime) -> int:
    """Return an aware time in ns since the epoch."""
    return (time - _EPOCH) // timedelta(microseconds=1) * 1000


class StampReader:
    """Splits the lines of one log into stamp and text.

    A line without a stamp, such as an error of the kubelet inside the stream, gets the stamp of the
    line before it; the first one gets that of `start`.
    """

    def __init__(self, start: int) -> None:
        self._second = b""
        self._base = 0
        self._last = start

    def split(self, lines: Iterable[bytes]) -> tuple[list[int], list[bytes], list[int]]:
        """Return the stamps (ns since the epoch), the texts, and which of them had no stamp."""
        stamps: list[int] = []
        texts: list[bytes] = []
        bare: list[int] = []
        second, base, last = self._second, self._base, self._last
        for line in lines:
            # The kubelet's own form, RFC 3339 in UTC with nine digits, costs one comparison.
            if line[29:31] == b"Z " and line[:20] == second and line[20:29].isdigit():
                last = base + int(line[20:29])
                texts.append(line[31:])
            elif (match := _STAMP.match(line)) is not None and (
                moment := _whole_second(match[1], match[3])
            ) is not None:
                last = moment + int((match[2] or b"0").ljust(9, b"0"))
                texts.append(line[match.end() :])
                if match[3] == b"Z":
                    second, base = match[1] + b".", moment
            else:
                bare.append(len(stamps))
                texts.append(line)
            stamps.append(last)
        self._second, self._base, self._last = second, base, last
        return stamps, texts, bare


def _whole_second(text: bytes, zone: bytes) -> int | None:
    suffix = b"+00:00" if zone == b"Z" else zone
    try:
        return to_ns(datetime.fromisoformat((text + suffix).decode("ascii")))
    except ValueError:
        return None


class Resume:
    """The end of what was read of one container's log, to resume after a cut.

    The API takes `sinceTime` in whole seconds, and the stamps of stdout and stderr may go back a
    little. So a repeat begins a second before the last stamp, and skips as many lines of each stamp
    as were read. Lines whose stamps go back by more than a second may appear twice.
    """

    def __init__(self, since: datetime | None = None, *, tailed: bool = False) -> None:
        self._floor = since.replace(microsecond=0) if since is not None else None
        self._tailed = tailed
        self._seen: dict[int, array[int]] = {}
        self._first: int | None = None
        self._latest = 0
        self._last = 0
        self._skip: Counter[int] = Counter()
        self._skip_until = 0
        self._met = False

    @property
    def started(self) -> bool:
        """Whether any line was read."""
        return self._first is not None

    @property
    def latest(self) -> int:
        """The latest stamp that was read, in ns since the epoch; 0 before the first."""
        return self._latest

    def since(self) -> datetime | None:
        """Return the `sinceTime`, a whole second, that the next request must ask for."""
        if self._first is None:
            return self._floor
        second = min(self._latest // SECOND, self._last // SECOND + 1) - 1
        asked = _EPOCH + timedelta(seconds=second)
        return max(asked, self._floor) if self._floor is not None else asked

    def repeat(self) -> None:
        """Expect lines again from `since()` on."""
        self._skip = Counter(chain.from_iterable(self._seen.values()))
        self._skip_until = self._latest
        self._met = False

    def take(
        self, stamps: list[int], texts: list[bytes], bare: list[int]
    ) -> tuple[list[int], list[bytes], bool]:
        """Return the new lines, and whether some are lost: a repeat without any line that was read
        before means that the log was rotated or started again."""
        if not self._skip and not bare:
            self._record(stamps)
            return stamps, texts, False
        kept_stamps: list[int] = []
        kept_texts: list[bytes] = []
        new: list[int] = []
        lost = False
        without_stamp = set(bare)
        for at, stamp in enumerate(stamps):
            if at not in without_stamp:
                if self._skip and stamp > self._skip_until:
                    self._skip.clear()
                    lost = not self._met
                if self._skip.get(stamp, 0) > 0:
                    self._skip[stamp] -= 1
                    self._met = True
                    continue
                if self._skip and self._is_before_tail(stamp):
                    continue
                new.append(stamp)
            kept_stamps.append(stamp)
            kept_texts.append(texts[at])
        self._record(new)
        return kept_stamps, kept_texts, lost

    def _is_before_tail(self, stamp: int) -> bool:
        """Whether `tailLines` had left the line out of the first answer."""
        first = self._first
        if not self._tailed or first is None:
            return False
        return stamp < first or (stamp == first and first < self._skip_until)

    def _record(self, stamps: list[int]) -> None:
        if not stamps:
            return
        if self._first is None:
            self._first = stamps[0]
        self._last = stamps[-1]
        low, high = min(stamps), max(stamps)
        self._latest = max(self._latest, high)
        if low // SECOND == high // SECOND:
            self._seen.setdefault(low // SECOND, array("q")).extend(stamps)
        else:
            for stamp in stamps:
                self._seen.setdefault(stamp // SECOND, array("q")).append(stamp)
        oldest = self._latest // SECOND - 1
        for second in [second for second in self._seen if second < oldest]:
            del self._seen[second]
