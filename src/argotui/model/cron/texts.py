"""Times of runs, as text."""

from __future__ import annotations

from datetime import datetime

from argotui.model.cron.zones import Zone


def local_time(run: datetime, zone: Zone) -> str:
    """Return a run on the clock of a zone: `Sun 2026-03-29 03:30 +02:00`.

    The offset tells an hour that comes twice apart.
    """
    at = run.astimezone(zone.info)
    seconds = f"{at:%S}"
    clock = f"{at:%a %Y-%m-%d %H:%M}" + (f":{seconds}" if seconds != "00" else "")
    offset = f"{at:%z}"
    return f"{clock} {offset[:3]}:{offset[3:5]}"
