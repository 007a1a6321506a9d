"""JSON nested deeper than a decoder that calls itself can follow.

Go accepts 10,000 levels, so anyone who may create a workflow could have a whole page fail.
"""

from __future__ import annotations

import re

MAX_DEPTH = 100
"""Levels that are decoded: the deepest field of the model is at a dozen, a list and an event add
three."""
_CUT = b'"(nested too deeply)"'
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', re.DOTALL)


def prune(document: bytes, limit: int = MAX_DEPTH) -> bytes:
    """Return `document` with everything below `limit` levels replaced by a string that says so."""
    kept: list[bytes] = []
    depth = start = 0
    for token in _TOKEN.finditer(document):
        match document[token.start()]:
            case 0x5B | 0x7B:
                depth += 1
                if depth == limit + 1:
                    kept += (document[start : token.start()], _CUT)
            case 0x5D | 0x7D:
                if depth == limit + 1:
                    start = token.end()
                depth -= 1
    if depth <= limit:
        kept.append(document[start:])
    return b"".join(kept)
