"""What `argotui lint` finds in a manifest."""

from __future__ import annotations

import enum

import msgspec

from argotui.model.manifests import Path


class Severity(enum.IntEnum):
    INFO = 1
    WARNING = 2
    ERROR = 3


class LintFinding(msgspec.Struct, frozen=True):
    """One problem: `code` is stable, `template` is the template that has it (empty outside of all),
    `path` is the place in the document."""

    severity: Severity
    code: str
    template: str
    message: str
    hint: str
    path: Path = ()
