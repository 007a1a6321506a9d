"""The default pack, its table of cases, and the two engines that judge by it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from argotui.backend.policy.evaluator import Engine
from argotui.backend.policy.opa import OpaEngine
from argotui.backend.policy.rego import RegoEngine
from tests.support import PATIENCE, until_answer

PACK = Path(__file__).parents[3] / "policies"
TABLE = json.loads((PACK / "cases.json").read_text())
OPA = shutil.which("opa")


def merged(base: Any, change: Any) -> Any:
    """Return what Rego's `object.union` does."""
    if isinstance(base, dict) and isinstance(change, dict):
        both = {name: merged(base[name], change[name]) for name in base.keys() & change.keys()}
        return {**base, **change, **both}
    return change


class Pack:
    """The default pack in one engine, under whatever configuration a case needs."""

    def __init__(self, engine: Engine, folder: Path, url: str = "") -> None:
        self.engine = engine
        self._folder = folder
        self._url = url

    async def configure(self, config: object) -> None:
        if not self._url:
            (self._folder / "data.json").write_text(json.dumps({"argotui_config": config}))
            return
        async with (
            aiohttp.ClientSession() as session,
            session.put(f"{self._url}/v1/data/argotui_config", json=config) as answer,
        ):
            assert answer.status in (204, 304)


@contextlib.asynccontextmanager
async def rego_pack(folder: Path) -> AsyncIterator[Pack]:
    """The pack in the engine that is built in."""
    for path in PACK.glob("*.rego"):
        shutil.copy(path, folder)
    engine = RegoEngine(folder)
    try:
        yield Pack(engine, folder)
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def opa_pack(folder: Path) -> AsyncIterator[Pack]:
    """The pack in an OPA server of its own."""
    assert OPA is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    server = await asyncio.create_subprocess_exec(
        OPA,
        *("run", "--server", "--addr", address, "--log-level", "error", str(PACK)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    engine = OpaEngine(f"http://{address}", timeout=PATIENCE)
    try:
        async with aiohttp.ClientSession() as session:

            async def healthy() -> bool:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://{address}/health") as answer:
                        return answer.status == 200
                return False

            await until_answer(healthy, "OPA to start")
        yield Pack(engine, folder, f"http://{address}")
    finally:
        await engine.close()
        server.terminate()
        await server.wait()
