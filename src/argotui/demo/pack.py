"""The policies and workflows that argotui ships."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def policy_folder() -> Path:
    """Return the folder of the default policies."""
    return _folder("policies")


def workflow_folder() -> Path:
    """Return the folder of the example workflows."""
    return _folder("workflows")


def _folder(name: str) -> Path:
    """Return a folder of the installed package, else of the sources."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[2] / name
