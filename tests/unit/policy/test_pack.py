"""The default pack judged by both engines: the same table, the same answers."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.model.gates.gate import gate_of_node
from argotui.model.gates.permission import Person
from argotui.model.gates.policy_input import question
from argotui.model.gates.request import request_for
from argotui.model.gates.verdict import PolicyAnswer, read_document
from tests.support import EPOCH, PATIENCE, ManualClock
from tests.unit.model.gate_documents import GATE, as_workflow, gate_document
from tests.unit.policy.pack import OPA, PACK, TABLE, Pack, merged, opa_pack, rego_pack

needs_opa = pytest.mark.skipif(OPA is None, reason="there is no opa on PATH")


@pytest.fixture(params=["regopy", pytest.param("opa", marks=needs_opa)])
async def pack(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pack]:
    made = rego_pack if request.param == "regopy" else opa_pack
    async with made(tmp_path) as found:
        yield found


async def test_every_case_of_the_table(pack: Pack) -> None:
    for case in TABLE["argotui_cases"]:
        config = merged(TABLE["argotui_case_config"], case.get("config", {}))
        await pack.configure(config)
        answered = await pack.engine.ask(merged(TABLE["argotui_case_base"], case["change"]))
        found = read_document(answered.document, digest="d", at=EPOCH)
        assert (found.answer is PolicyAnswer.ALLOW) is case["allow"], case["name"]
        assert sorted(reason.code for reason in found.deny) == case["codes"], case["name"]


# 0.89 is a number, but below the threshold.
NEVER = ["NaN", "nan", "Infinity", "1.01", "-1", "true", True, "high", "", "0_1", 1.01, "0.89"]


@pytest.mark.parametrize("value", NEVER)
async def test_06_no_confidence_but_a_number_in_range_allows(pack: Pack, value: object) -> None:
    """From a gate's input through the question to the verdict, as a console asks."""
    await pack.configure(TABLE["argotui_case_config"])
    judge = PolicyEvaluator(pack.engine, ManualClock(), limit=PATIENCE)
    assert (await judge.verdict(asked("0.95"), "d")).answer is PolicyAnswer.ALLOW
    verdict = await judge.verdict(asked(value), "d")
    assert verdict.answer is PolicyAnswer.DENY
    assert verdict.deny[0].code.startswith("confidence")


@pytest.mark.parametrize("value", ["0.99", True, None, 1.01, -0.5, [0.99], {"value": 0.99}])
async def test_06_nor_does_one_that_reaches_the_policy_as_something_else(
    pack: Pack, value: object
) -> None:
    await pack.configure(TABLE["argotui_case_config"])
    forged = asked("0.95")
    forged["confidence"] = value
    answered = await pack.engine.ask(forged)
    found = read_document(answered.document, digest="d", at=EPOCH)
    assert found.answer is PolicyAnswer.DENY
    assert "confidence.invalid" in {reason.code for reason in found.deny}


def asked(confidence: object) -> dict[str, object]:
    document = copy.deepcopy(gate_document())
    node = document["status"]["nodes"][GATE]
    node["inputs"]["parameters"].append({"name": "confidence", "value": confidence})
    workflow = as_workflow(document)
    return question(
        request_for("https://cluster", document, GATE),
        gate_of_node(workflow, workflow.nodes[GATE]),
        workflow,
        document,
        Person("bob@example.com", ("approvers",)),
        EPOCH,
    )


@needs_opa
async def test_the_packs_own_tests_pass() -> None:
    assert OPA is not None
    process = await asyncio.create_subprocess_exec(
        OPA, "test", str(PACK), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
