"""The embedded cluster run by itself."""

from __future__ import annotations

import asyncio
import stat
import sys
from pathlib import Path

import aiohttp
import yaml


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    target = tmp_path / "kubeconfig"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "argotui.demo",
        "--empty",
        "--kubeconfig-out",
        str(target),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    config = yaml.safe_load(target.read_text())
    assert config["clusters"][0]["cluster"]["server"] == url
    token = config["users"][0]["user"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{url}/api/v1/namespaces") as response,
    ):
        assert response.status == 200
    process.terminate()
    assert await process.wait() == 0
