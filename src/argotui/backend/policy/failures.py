"""The two ways in which a policy can fail to answer; they are mended apart."""

from __future__ import annotations


class PolicyUnreachable(Exception):
    """No answer: refused, timed out, overloaded, down."""


class PolicyBroken(Exception):
    """No usable answer: credentials refused, undefined, an error in a rule, malformed."""
