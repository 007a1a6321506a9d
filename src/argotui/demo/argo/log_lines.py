"""Log lines that fit the name of a step."""

from __future__ import annotations

import random

_HOSTS = ("example.com", "example.org", "shop.example.net", "api.example.com")
_TABLES = ("orders", "customers", "invoices", "events", "stock_levels")
_THEMES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("scrape", "fetch", "download", "screenshot", "dom"): (
        "GET https://{host}/page/{n} 200 {kb} kB in {ms} ms",
        "GET https://{host}/page/{n} 304",
        "waiting 200 ms for {host}",
        "WARN {host} answered 429, retrying in 1 s",
        "stored page {n} as raw/{n}.html",
    ),
    ("extract", "load", "transform", "partition", "etl", "merge", "backfill", "migrate", "copy"): (
        "read {n} rows of {table}",
        "wrote partition {table}/dt=2026-01-{day:02d} ({kb} kB)",
        "INFO batch {n}: {ms} ms, 0 rejected",
        "WARN {table}: {day} rows without a key, skipped",
        "checkpoint {table} at offset {n}",
    ),
    ("build", "compile", "package", "image"): (
        "compiling module {n} of 240",
        "cache hit for layer sha256:{hex}",
        "linking libcore ({kb} kB)",
        "pushed layer sha256:{hex}",
    ),
    ("test", "lint", "smoke", "check", "verify", "probe"): (
        "ok   test_case_{n} ({ms} ms)",
        "ok   {table}.consistency ({ms} ms)",
        "skip test_case_{n}: needs network",
    ),
    ("deploy", "rollout", "notify", "publish", "report", "announce"): (
        "rollout {table}-api: {day} of 31 replicas updated",
        "waiting for {table}-api to become ready",
        "POST https://{host}/hooks/release 204",
    ),
}
_OTHERWISE = (
    "INFO step {n} done in {ms} ms",
    "DEBUG cache {table} warm, {kb} kB",
    "INFO progress {day}/31",
    "processed item {n}",
)


def chatter(node_name: str, seconds: float, exit_code: int, rng: random.Random) -> list[str]:
    """Return plausible log lines of a step for `seconds`, one every one to two seconds."""
    lowered = node_name.lower()
    phrases = next(
        (found for words, found in _THEMES.items() if any(word in lowered for word in words)),
        _OTHERWISE,
    )
    lines = ["starting"]
    for _ in range(max(2, min(400, int(seconds / rng.uniform(1.0, 2.0))))):
        lines.append(
            rng.choice(phrases).format(
                host=rng.choice(_HOSTS),
                table=rng.choice(_TABLES),
                n=rng.randint(1, 99_999),
                kb=rng.randint(3, 900),
                ms=rng.randint(2, 1800),
                day=rng.randint(1, 31),
                hex=f"{rng.getrandbits(48):012x}",
            )
        )
    if exit_code == 137:
        lines.append("ERROR heap 3.9 GiB of 4.0 GiB used")
    elif exit_code:
        lines.append(f"ERROR failed with exit code {exit_code}")
    else:
        lines.append("done")
    return lines
