"""Property tests of the model run on shared machines: how long one example takes says nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("model", deadline=None)
settings.load_profile("model")
