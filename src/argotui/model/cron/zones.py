"""Time zones as Go loads them, over the zone data of this machine."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from argotui.model.nearest import suggest

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400


class ZoneError(ValueError):
    """A name that is no time zone; its message says why."""


class Zone:
    """A time zone, with the arithmetic of Go's `time` package. Times are Unix seconds."""

    def __init__(self, name: str, info: tzinfo) -> None:
        self.name = name
        self.info = info

    def local(self, unix: int) -> datetime:
        """Return the time on the clock of this zone. Raises OverflowError outside of years 1 to
        9999."""
        try:
            return datetime.fromtimestamp(unix, self.info)
        except (ValueError, OSError) as error:
            raise OverflowError(str(error)) from None

    def offset(self, unix: int) -> int:
        """Return by how many seconds the clock is ahead of UTC."""
        ahead = self.local(unix).utcoffset()
        return int(ahead.total_seconds()) if ahead else 0

    def unix(
        self, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
    ) -> int:
        """Return the instant of a time on the clock, as Go's `time.Date` does.

        `month` and `day` may exceed their range. A time that the clock skips or shows twice gets
        the same instant as in Go, which assumes the offset that holds at about that time in UTC.
        """
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        if not 1 <= year <= 9999:
            raise OverflowError(f"the year {year}")
        days = date(year, month, 1).toordinal() - _EPOCH + day - 1
        shown = days * _DAY + hour * 3600 + minute * 60 + second
        return shown - self.offset(shown - self.offset(shown))


UTC_ZONE = Zone("UTC", UTC)


def load_zone(name: str) -> Zone | None:
    """Return the zone of a name, None for `Local`: the zone in which the controller runs.

    The names are those of `time.LoadLocation`: case counts, and an empty name is UTC. Raises
    ZoneError.
    """
    if name in ("", "UTC"):
        return UTC_ZONE
    if name == "Local":
        return None
    try:
        info = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneError(f"unknown time zone {name}{_nearest(name)}") from None
    # A file system that ignores case finds what the controller's does not find.
    if name not in known_zones() and name.casefold() in folded_zones():
        raise ZoneError(f"unknown time zone {name}{_nearest(name)}")
    return Zone(name, info)


def _nearest(name: str) -> str:
    if not known_zones():
        return " (this machine has no time zone data: install the package tzdata)"
    if found := folded_zones().get(name.casefold()):
        return f", did you mean {found}?"
    return suggest(name, sorted(known_zones()))


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Return the names of the zones in the zone data of this machine."""
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1)
def folded_zones() -> dict[str, str]:
    """Return the names of the zones by their names without case."""
    return {name.casefold(): name for name in known_zones()}
