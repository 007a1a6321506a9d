"""Log lines as text for people: in files, on the clipboard, on standard output."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from argotui.errors import BackendError
from argotui.model.logs.buffer import MARK, LogBuffer, LogLine
from argotui.operations.logs.timestamps import SECOND, from_ns

SLICE = 2048


def stamp_text(stamp: int) -> str:
    """Return a stamp as the kubelet writes it, in UTC with nine digits."""
    return f"{from_ns(stamp).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{stamp % SECOND:09d}Z"


def plain_line(line: LogLine, names: Sequence[str], *, times: bool) -> str:
    """Return a line as text, with its time, and with its source if there are several."""
    parts = [stamp_text(line.stamp)] if times else []
    if line.source == MARK:
        return " ".join([*parts, "--------"])
    source = ~line.source if line.is_notice else line.source
    if len(names) > 1 and source < len(names):
        parts.append(f"[{names[source]}]")
    parts.append(f"-- {line.text} --" if line.is_notice else line.text)
    return " ".join(parts)


def plain_lines(
    buffer: LogBuffer, numbers: Sequence[int], names: Sequence[str], *, times: bool
) -> Iterator[str]:
    """Yield the lines of the numbers that are still in memory, as text without newline."""
    for number in numbers:
        if number >= buffer.first:
            yield plain_line(buffer.line(number), names, times=times)


async def save_lines(path: Path, lines: Iterator[str]) -> int:
    """Write lines to a new file that only its owner can read; return how many.

    Raises BackendError if the file exists (no file is overwritten) or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackendError(f"{path.name} exists", hint="Choose another name.") from None
    except OSError as error:
        raise BackendError(f"Could not write {path}", error.strerror or "") from None
    count = 0
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        while chunk := [line for line, _ in zip(lines, range(SLICE), strict=False)]:
            count += len(chunk)
            try:
                await asyncio.to_thread(file.write, "\n".join(chunk) + "\n")
            except OSError as error:
                raise BackendError(f"Could not write {path}", error.strerror or "") from None
    return count


def free_path(path: Path) -> Path:
    """Return the path, or the first of `name-2.log`, `name-3.log` ... that is not taken."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found
