"""The policies that argotui brings along."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def policy_folder() -> Path:
    """Return the folder of the default policies: in the installed package, else in the sources."""
    installed = _HERE / "policies"
    return installed if installed.is_dir() else _HERE.parents[2] / "policies"
