"""Rego files evaluated on this machine, for `policy = "dir:..."` and the embedded cluster."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, cast

from argotui.backend.policy.evaluator import EngineAnswer
from argotui.backend.policy.failures import PolicyBroken
from argotui.config.files import read_text
from argotui.errors import ConfigError

_LINE = 4 << 20
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TZDIR")


def policy_files(folder: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Return a folder's Rego sources by name, tests left out, and the data of its JSON files.

    Raises `ConfigError` if there are no policies.
    """
    try:
        sources = {
            str(path.relative_to(folder)): read_text(path)
            for path in sorted(folder.rglob("*.rego"))
            if not path.name.endswith("_test.rego")
        }
        data: dict[str, Any] = {}
        for path in sorted(folder.rglob("*.json")):
            data |= json.loads(read_text(path))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"The policies of {folder} cannot be read", str(error)) from error
    if not sources:
        raise ConfigError(
            f"There are no policies in {folder}",
            hint='Name a folder with .rego files: policy = "dir:FOLDER".',
        )
    return sources, data


class RegoEngine:
    """Evaluates a folder's policies in a separate process.

    Reads changed files again. Replaces a worker that died or did not answer at the next question;
    the current question gets no verdict.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._revision = ""

    async def ask(self, question: dict[str, object]) -> EngineAnswer:
        """Return the folder's decision document."""
        async with self._lock:
            try:
                await self._ready()
                answer = await self._exchange({"input": question})
            except BaseException:
                # Cancelled half-way, its next line would be the answer to this question.
                await self._stop()
                raise
        if "failed" in answer:
            raise PolicyBroken(str(answer["failed"]))
        return EngineAnswer(answer.get("document"), revision=self._revision)

    async def close(self) -> None:
        await self._stop()

    async def _ready(self) -> None:
        stamp = await asyncio.to_thread(self._look)
        if self._worker and self._worker.returncode is None and stamp == self._stamp:
            return
        await self._stop()
        try:
            sources, data = await asyncio.to_thread(policy_files, self.folder)
        except ConfigError as error:
            raise PolicyBroken(error.title) from error
        self._worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "argotui.backend.policy.rego_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            start_new_session=True,
        )
        loaded = await self._exchange({"sources": sources, "data": data})
        if "failed" in loaded:
            raise PolicyBroken(str(loaded["failed"]))
        text = json.dumps([sources, data], sort_keys=True)
        self._revision = hashlib.sha256(text.encode()).hexdigest()[:8]
        self._stamp = stamp

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        paths = sorted([*self.folder.rglob("*.rego"), *self.folder.rglob("*.json")])
        stats = [(str(path), path.stat()) for path in paths]
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

    async def _exchange(self, request: dict[str, object]) -> dict[str, object]:
        worker = self._worker
        if worker is None or worker.stdin is None or worker.stdout is None:
            raise PolicyBroken("the policy engine is not running")
        try:
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            await worker.stdin.drain()
            line = await worker.stdout.readline()
            answer = json.loads(line)
        except (OSError, ValueError) as error:
            raise PolicyBroken("the policy engine crashed") from error
        return cast("dict[str, object]", answer)

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None or worker.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
