"""Workflows that run once."""

from __future__ import annotations

from argotui.demo.api.kinds import Document
from argotui.demo.api.users import USERS
from argotui.demo.scenarios.manifests import one_off
from argotui.model.gates.gate import CREATOR_ANNOTATION


def release() -> Document:
    """A release with a gate that approves itself after a time."""
    return one_off("release", "ci-bot")


def migration() -> Document:
    """A gate without a time limit, in a workflow that the approver requested."""
    annotations = {CREATOR_ANNOTATION: USERS["approver"].name}
    return one_off("migrate-accounts", "approver", annotations)


def signatures() -> Document:
    """Two gates at once; one of them wants an amount and a comment."""
    return one_off("campaign-budget", "marketing")


def training() -> Document:
    """A workflow that takes an hour."""
    return one_off("train-ranker", "search-team")


def rotation() -> Document:
    """A workflow that fails, with hooks and exit handlers at two levels."""
    return one_off("cert-rotation", "sre")


def suspended() -> Document:
    """A workflow that is suspended as a whole."""
    return one_off("backfill-clickstream", "data-team")
