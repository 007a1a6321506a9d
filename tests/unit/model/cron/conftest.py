"""Zone data that never changes: the files beside these tests."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from argotui.model.cron.zones import folded_zones, known_zones

ZONES = Path(__file__).parent / "zones"


def _forget() -> None:
    zoneinfo.ZoneInfo.clear_cache()
    known_zones.cache_clear()
    folded_zones.cache_clear()


@pytest.fixture
def fixed_zones() -> Iterator[None]:
    """Let zones come from the files beside these tests."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(ZONES.resolve())])
    _forget()
    yield
    zoneinfo.reset_tzpath(to=before)
    _forget()
