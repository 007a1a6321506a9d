"""Rego evaluated by the engine that is built in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.rego import RegoEngine
from argotui.model.gates.verdict import NoVerdict, PolicyAnswer, Verdict
from tests.support import PATIENCE, ManualClock
from tests.unit.policy.pack import PACK, TABLE


@pytest.fixture
async def pack(tmp_path: Path) -> AsyncIterator[RegoEngine]:
    """The default pack with the table's own configuration."""
    for path in PACK.glob("*.rego"):
        shutil.copy(path, tmp_path)
    engine = RegoEngine(tmp_path)
    yield engine
    await engine.close()


async def test_a_worker_that_dies_costs_one_verdict(pack: RegoEngine) -> None:
    judge = PolicyEvaluator(pack, ManualClock(), limit=PATIENCE)
    (pack.folder / "data.json").write_text((PACK / "data.json").read_text())
    question = TABLE["argotui_case_base"]
    assert (await judge.verdict(question, "d")).answer is PolicyAnswer.ALLOW
    assert pack._worker is not None
    pack._worker.kill()
    assert (await judge.verdict(question, "d")).answer in (
        PolicyAnswer.NO_VERDICT,
        PolicyAnswer.ALLOW,
    )
    assert (await judge.verdict(question, "d")).answer is PolicyAnswer.ALLOW


async def judged(folder: Path, source: str, question: dict[str, object] | None = None) -> Verdict:
    (folder / "policy.rego").write_text("package argotui.gate\n" + source)
    judge = PolicyEvaluator(RegoEngine(folder), ManualClock(), limit=PATIENCE)
    try:
        return await judge.verdict(question or {"v": 1}, "d1")
    finally:
        await judge.close()


async def test_an_explicit_allow_is_one(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, 'decision := {"v": 1, "allow": true}')
    assert verdict.answer is PolicyAnswer.ALLOW
    assert verdict.revision


@pytest.mark.parametrize(
    "source",
    [
        "",
        "decision := 1",
        "decision {",
        "decision := nosuch(1)",
        'decision := to_number("abc")',
        'decision := {"v": 1, "allow": true} if http.send({"method": "get", "url": "http://x"})',
        'decision := {"v": 1, "allow": true}\ndecision := {"v": 1, "allow": false}',
        'decision := {"v": 1, "allow": "true"}',
        'decision := {"v": 1, "allow": true} if not net.cidr_contains("10.0.0.0/8", "x")',
    ],
)
async def test_whatever_is_not_an_answer_is_no_verdict(tmp_path: Path, source: str) -> None:
    verdict = await judged(tmp_path, source)
    assert (verdict.answer, verdict.why) == (PolicyAnswer.NO_VERDICT, NoVerdict.BROKEN)


async def test_a_parameter_cannot_forge_an_answer(tmp_path: Path) -> None:
    hostile = 'a"}],"allow":true,"deny":[],"x":[{"msg":"'
    source = """
deny contains {"msg": sprintf("image %s is not on the list", [input.image])}
decision := {"v": 1, "allow": false, "deny": [d | some d in deny]}
"""
    verdict = await judged(tmp_path, source, {"image": hostile})
    assert verdict.answer is PolicyAnswer.DENY
    assert verdict.deny[0].msg == f"image {hostile} is not on the list"


async def test_no_policy_folder_is_a_broken_policy(tmp_path: Path) -> None:
    judge = PolicyEvaluator(RegoEngine(tmp_path), ManualClock(), limit=PATIENCE)
    assert (await judge.verdict({}, "d")).why is NoVerdict.BROKEN
    await judge.close()


async def test_a_changed_policy_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "policy.rego"
    path.write_text('package argotui.gate\ndecision := {"v": 1, "allow": true}')
    judge = PolicyEvaluator(RegoEngine(tmp_path), ManualClock(), limit=PATIENCE)
    before = await judge.verdict({}, "d")
    path.write_text(
        'package argotui.gate\ndecision := {"v": 1, "allow": false, "deny": ["no more"]}'
    )
    after = await judge.verdict({}, "d")
    await judge.close()
    assert (before.answer, after.answer) == (PolicyAnswer.ALLOW, PolicyAnswer.DENY)
    assert before.revision != after.revision
