"""The values that approving writes: what was asked for, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from argotui.backend.kube.unpack import pack
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.form import prefilled
from argotui.model.gates.verdict import PolicyAnswer, Verdict
from argotui.operations.gates.decide import decide
from argotui.operations.gates.review import review_gate
from tests.gates.support import ClusterUsers
from tests.support import EPOCH
from tests.unit.model.gate_documents import GATE, gate_document

Parameter = dict[str, Any]
SUPPLIED: Parameter = {"valueFrom": {"supplied": {}}}
REGIONS = ["eu", "us"]
KEY = Key("argo", "wf")


@pytest.fixture
def embedded(still: EmbeddedCluster) -> EmbeddedCluster:
    return still


def put(
    embedded: EmbeddedCluster,
    inputs: list[Parameter],
    outputs: list[Parameter],
    *,
    packed: bool,
    **more: str,
) -> None:
    document = gate_document()
    del document["metadata"]["resourceVersion"]
    node = document["status"]["nodes"][GATE]
    node |= {"inputs": {"parameters": inputs}, "outputs": {"parameters": outputs}} | more
    if packed:
        document["status"]["compressedNodes"] = pack(document["status"].pop("nodes"), "gzip")
    embedded.objects.create(WORKFLOWS, document)


class Asked:
    """A policy that allows everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[Any] = []

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        self.questions.append(question)
        return Verdict(PolicyAnswer.ALLOW, digest, EPOCH)

    async def close(self) -> None: ...


async def approved(users: ClusterUsers, **values: str) -> tuple[dict[str, str], Asked]:
    """Approve, and return the outputs that were written and what the policy was asked."""
    policy = Asked()
    context = await users.context(policy=policy)
    seen = await review_gate(context, KEY, GATE)
    result = await decide(context, seen, Choice.APPROVE, values=values)
    assert result.outcome is Outcome.DECIDED, result
    document = (await context.gates.read_gate("argo", "wf")).document
    outputs = document["status"]["nodes"][GATE]["outputs"]["parameters"]
    return {each["name"]: each["value"] for each in outputs}, policy


def given(name: str, value: object = None, **more: Any) -> Parameter:
    return {"name": name, **({} if value is None else {"value": value}), **more}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("argo4", [False, True])
async def test_what_was_asked_for_is_approved_and_not_the_default(
    embedded: EmbeddedCluster, users: ClusterUsers, packed: bool, argo4: bool
) -> None:
    """Argo 4 copies the default of the input into the output."""
    own = {"valueFrom": {"supplied": {}, "default": "eu"}} if argo4 else SUPPLIED
    put(
        embedded,
        [given("region", "us", default="eu", enum=REGIONS), given("note", "", default="nothing")],
        [{"name": "region", **own}, {"name": "note", **SUPPLIED}],
        packed=packed,
    )
    written, policy = await approved(users)
    assert written == {"region": "us", "note": ""}
    assert policy.questions[-1]["gate"]["values"] == written


@pytest.mark.parametrize(
    ("parameter", "begins"),
    [
        (given("x", "us", default="eu", enum=REGIONS), "us"),
        (given("x", "eu", default="eu", enum=REGIONS), "eu"),
        (given("x", default="eu", enum=REGIONS), "eu"),
        (given("x", "asia", default="eu", enum=REGIONS), None),
        (given("x", "NO", default="YES", enum=["YES", "NO"]), None),
        (given("x", '{"enum":["v1","v2"]}', default="v1", enum=["v1", "v2"]), None),
        (given("x", '{"enum":["v1","v2"]}', default="v2", enum=["v1", "v2"]), "v2"),
        (given("x", '{"enum":[]}'), '{"enum":[]}'),
        (given("x", '{"region":"eu"}'), '{"region":"eu"}'),
        (given("x", "{{broken"), "{{broken"),
        (given("x", 2.0e-05), "0.00002"),
        (given("x", 20261126093000), "20261126093000"),
        (given("x", False), None),
        (given("x", True), "true"),
    ],
)
async def test_a_field_begins_with_what_was_asked_for(
    embedded: EmbeddedCluster, users: ClusterUsers, parameter: Parameter, begins: str | None
) -> None:
    put(embedded, [parameter], [{"name": "x", **SUPPLIED}], packed=False)
    seen = await review_gate(await users.context(), KEY, GATE)
    assert prefilled(seen.gate.supplied[0]) == begins
    result = await decide(await users.context(), seen, Choice.APPROVE, reason="so be it")
    expected = Outcome.NOT_PERMITTED if begins is None else Outcome.DECIDED
    assert result.outcome is expected, result


LETTERS = ["a\r\nb", "👩\u200d💻", "می\u200cخواهم", "\x1b[31mred\x07", "eu ", "\u202egnp", "tab\t"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("letter", LETTERS)
async def test_what_is_written_is_what_the_cluster_has_to_the_letter(
    embedded: EmbeddedCluster, users: ClusterUsers, letter: str, packed: bool
) -> None:
    name = f"who{letter}"
    put(
        embedded,
        [given("summary", letter), given(name, letter, enum=[letter, "bot"])],
        [
            {"name": name, **SUPPLIED},
            {"name": "chosen", "enum": ["bot", letter], **SUPPLIED},
            {"name": "free", "valueFrom": {"supplied": {}, "default": letter}},
        ],
        packed=packed,
    )
    written, policy = await approved(users, chosen=letter)
    assert written == {name: letter, "chosen": letter, "free": letter}
    asked = policy.questions[-1]["gate"]
    assert asked["values"] == written
    assert asked["inputs"] == {"summary": letter, name: letter}
    assert name in asked["supplied"]
    intent = next(iter(users.audit.entries()))
    assert intent["values"] == written


async def test_names_that_look_alike_are_not_the_same_to_a_policy(
    embedded: EmbeddedCluster, users: ClusterUsers
) -> None:
    document = gate_document()
    del document["metadata"]["resourceVersion"]
    document["spec"]["templates"] = [
        {"name": "publish\x1b[m", "suspend": {}, "metadata": {"labels": {"tier": "x\u200b"}}}
    ]
    node = document["status"]["nodes"][GATE]
    node |= {"templateName": "publish\x1b[m", "displayName": "go\u200b"}
    embedded.objects.create(WORKFLOWS, document)
    policy = Asked()
    await review_gate(await users.context(policy=policy), KEY, GATE)
    (question,) = policy.questions
    assert question["gate"]["template"] == "publish\x1b[m"
    assert question["gate"]["name"] == "go\u200b"
    assert question["gate"]["labels"] == {"tier": "x\u200b"}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("choice", Choice)
async def test_the_message_that_the_node_had_is_kept(
    embedded: EmbeddedCluster, users: ClusterUsers, choice: Choice, packed: bool
) -> None:
    put(embedded, [], [], packed=packed, message="check the dashboard first")
    context = await users.context(policy=Asked())
    seen = await review_gate(context, KEY, GATE)
    result = await decide(context, seen, choice, reason="so be it")
    assert result.outcome is Outcome.DECIDED
    document = (await context.gates.read_gate("argo", "wf")).document
    message = document["status"]["nodes"][GATE]["message"]
    said = f"approver@example.com: {choice.done}: so be it; check the dashboard first "
    assert message.startswith(said)
    assert result.record
    assert result.record.reason == "so be it"
