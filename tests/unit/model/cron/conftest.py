"""Zone data that never changes: the files beside these tests."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from argotui.model.cron.zones import forget_zones

ZONES = Path(__file__).parent / "zones"


@pytest.fixture
def fixed_zones() -> Iterator[None]:
    """Let zones come from the files beside these tests."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(ZONES.resolve())])
    forget_zones()
    yield
    zoneinfo.reset_tzpath(to=before)
    forget_zones()
