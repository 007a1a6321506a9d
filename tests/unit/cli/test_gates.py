"""`gates`, `approve`, `deny`, `lint`, `policy` and `audit` on the embedded cluster."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from argotui.backend.audit.chain import EMPTY, Head, seal
from argotui.cli import exits
from argotui.demo.api.kinds import WORKFLOW_TEMPLATES, WORKFLOWS
from tests.support import PATIENCE
from tests.unit.cli.cluster import CommandLine, workflow

PACK = Path(__file__).parents[3] / "policies"
POLICY = {"ARGOTUI_POLICY": f"dir:{PACK}"}
SECRET = "tok-1234567890"
ESCAPE = "\x1b]52;c;QUFBQQ==\x07\x1b[31m"

GATE_FIELDS = [
    "namespace",
    "workflow",
    "uid",
    "gate",
    "kind",
    "node",
    "template",
    "since",
    "askedBy",
    "description",
    "putIn",
    "unresolved",
    "expires",
    "inputs",
    "fillIn",
    "digest",
    "verdict",
    "approve",
    "deny",
    "problem",
    "enforcement",
]
DECISION_FIELDS = [
    "apiVersion",
    "kind",
    "namespace",
    "workflow",
    "gate",
    "node",
    "digest",
    "choice",
    "outcome",
    "detail",
    "decision",
    "auditId",
    "changes",
    "enforcement",
    "effect",
]
"""The fields that scripts rely on: add, never rename."""


def waiting(
    name: str = "release", *gates: str, duration: str = "", creator: str = "developer@example.com"
) -> dict[str, Any]:
    """Return a workflow whose gates are open and ask for a YES."""
    gates = gates or ("gate",)
    document = workflow(name, "Running", age=60, steps=dict.fromkeys(gates, "Running"))
    if creator:
        document["metadata"]["annotations"] = {"argotui.io/creator": creator}
    supplied = {"supplied": {}, "default": "NO"}
    for node in document["status"]["nodes"].values():
        if node["type"] == "Suspend":
            node["inputs"] = {
                "parameters": [
                    {"name": "approve", "value": "NO", "enum": ["YES", "NO"]},
                    {"name": "summary", "value": f"three {ESCAPE}prices"},
                    {"name": "api_token", "value": SECRET},
                ]
            }
            node["outputs"] = {"parameters": [{"name": "approve", "valueFrom": supplied}]}
    document["spec"]["templates"] = [
        {
            "name": gate,
            "suspend": {"duration": duration} if duration else {},
            "metadata": {"annotations": {"argotui.io/description": f"Publish {ESCAPE}it?"}},
        }
        for gate in gates
    ]
    return document


@pytest.fixture
def command_line(argotui: CommandLine) -> CommandLine:
    """A gate, and a command line with the default pack."""
    argotui.environ |= POLICY
    argotui.put(waiting())
    return argotui


def phase(command_line: CommandLine, name: str = "release", gate: str = "gate") -> str:
    entry = command_line.cluster.objects.get(WORKFLOWS, "argo", name)
    assert entry is not None
    nodes = entry.decode()["status"]["nodes"].values()
    found: str = next(node["phase"] for node in nodes if node["displayName"] == gate)
    return found


def log_of(command_line: CommandLine) -> Path:
    return Path(command_line.environ["HOME"], ".local/state/argotui/audit.jsonl")


async def approve(command_line: CommandLine, *more: str, user: str = "approver", **env: str) -> Any:
    arguments = ("approve", "release", "--set", "approve=YES", "-y", *more)
    return await command_line(*arguments, user=user, **env)


async def test_when_nothing_waits_that_is_said_and_no_failure(argotui: CommandLine) -> None:
    done = await argotui("gates")
    assert (done.code, done.out) == (exits.OK, "")
    assert "no gate waits" in done.err
    assert (await argotui("gates", "-o", "json")).json == {
        "apiVersion": "argotui/v1",
        "kind": "GateList",
        "lookedIn": None,
        "gates": [],
    }


async def test_what_waits_is_listed_with_its_verdict(command_line: CommandLine) -> None:
    done = await command_line("gates", "-o", "wide", user="approver")
    assert done.code == exits.OK, done.err
    head, line = done.out.splitlines()
    assert head.split()[:3] == ["WAITED", "EXPIRES", "GATE"]
    for said in ("never expires", "argo/release", "developer@example.com", "allow", "may approve"):
        assert said in line
    assert (await command_line("gates", "-o", "name")).out.startswith("argo/release/release-")
    viewer = await command_line("gates", "-o", "wide", user="viewer")
    assert "viewer@example.com may not patch" in viewer.out


async def test_what_was_asked_for_is_shown_and_approved_to_the_letter(
    argotui: CommandLine,
) -> None:
    document, person = waiting(), "👩\u200d💻"
    (node,) = (each for each in document["status"]["nodes"].values() if each["type"] == "Suspend")
    node["inputs"]["parameters"] = [
        {"name": "region", "value": "us", "default": "eu", "enum": ["eu", "us"]},
        {"name": "who", "default": "bot", "enum": [person, "bot", "a\r\nb"]},
    ]
    node["outputs"]["parameters"] = [
        {"name": name, "valueFrom": {"supplied": {}}} for name in ("region", "who")
    ]
    argotui.environ |= POLICY
    argotui.put(document)
    (gate,) = (await argotui("gates", "-o", "json", user="approver")).json["gates"]
    assert gate["inputs"] == {"region": "us", "who": ""}
    assert [(each["given"], each["begins"]) for each in gate["fillIn"]] == [
        ("us", "us"),
        (None, "bot"),
    ]
    assert gate["fillIn"][1]["enum"] == [person, "bot", "a\r\nb"]
    assert "region=us who=bot" in (await argotui("gates", "-o", "wide", user="approver")).out
    refused = await argotui("approve", "release", "-y", "--set", "who=a\nb", user="approver")
    assert refused.code == exits.USAGE
    assert r'who must be one of "👩\u200d💻", bot, "a\r\nb", not "a\nb"' in refused.err
    done = await argotui("approve", "release", "-y", "--set", f"who={person}", user="approver")
    assert done.code == exits.OK, done.err
    shown = await argotui("get", "release", "-o", "json")
    assert r"👩\u200d💻" in shown.out
    outputs = next(
        each["outputs"]["parameters"]
        for each in shown.json["status"]["nodes"].values()
        if each["type"] == "Suspend"
    )
    assert outputs == [{"name": "region", "value": "us"}, {"name": "who", "value": person}]
    text = (await argotui("get", "release", "-o", "yaml")).out
    assert yaml.safe_load(text)["status"]["nodes"] == shown.json["status"]["nodes"]
    assert "\u200d" not in text


async def test_gates_as_json_have_the_fields_that_are_documented(command_line: CommandLine) -> None:
    (gate,) = (await command_line("gates", "-o", "json", user="approver")).json["gates"]
    assert list(gate) == GATE_FIELDS
    assert gate["verdict"]["answer"] == "allow"
    assert gate["approve"]["allowed"] is True
    assert gate["fillIn"] == [
        {
            "name": "approve",
            "default": "NO",
            "enum": ["YES", "NO"],
            "description": "",
            "given": "NO",
            "begins": None,
        }
    ]
    assert gate["since"].endswith("Z")
    (bare,) = (await command_line("gates", "-o", "json", "--no-verdict")).json["gates"]
    assert (bare["digest"], bare["verdict"], bare["approve"]) == (None, None, None)
    assert bare["enforcement"] is None


ADVISORY = {
    "state": "advisory",
    "source": None,
    "approvers": None,
    "named": None,
    "who": "whoever may patch workflows in argo",
    "detail": "advisory: whoever may patch workflows in argo may open any gate",
}


@pytest.mark.parametrize("user", ["admin", "approver", "developer"])
async def test_without_policies_a_gate_is_said_to_be_advisory(
    command_line: CommandLine, user: str
) -> None:
    (gate,) = (await command_line("gates", "-o", "json", user=user)).json["gates"]
    assert gate["enforcement"] == ADVISORY
    wide = (await command_line("gates", "-o", "wide", user=user)).out.splitlines()
    assert wide[0].split()[-2:] == ["ENFORCEMENT", "APPROVERS"]
    assert " ".join(wide[1].split()).endswith("advisory whoever may patch workflows in argo")


async def test_who_can_neither_read_nor_try_is_told_that_it_is_unknown(
    command_line: CommandLine,
) -> None:
    (gate,) = (await command_line("gates", "-o", "json", user="viewer")).json["gates"]
    told = gate["enforcement"]
    assert (told["state"], told["approvers"], told["who"]) == ("unknown", None, "unknown")
    assert "not yours to read" in told["detail"]
    tried = [one for one in command_line.cluster.server.requests if "argotui-admission" in one]
    assert len(tried) == 2  # to change the workflow, then to create one
    await command_line("gates", "-o", "json", user="approver", ARGOTUI_READ_ONLY="true")
    again = [one for one in command_line.cluster.server.requests if "argotui-admission" in one]
    assert again == tried


async def test_an_approval_is_made_recorded_and_verified(command_line: CommandLine) -> None:
    (gate,) = (await command_line("gates", "-o", "json", user="approver")).json["gates"]
    digest = gate["digest"]
    done = await approve(command_line, "--digest", digest[:8].upper(), "-o", "json")
    assert done.code == exits.OK, done.err
    assert list(done.json) == DECISION_FIELDS
    assert (done.json["outcome"], done.json["digest"]) == ("decided", digest)
    assert done.json["enforcement"] == ADVISORY
    assert phase(command_line) == "Succeeded"

    again = await approve(command_line, "-o", "json")
    assert again.code == exits.ALREADY_DECIDED
    assert list(again.json) == DECISION_FIELDS
    assert again.json["detail"] == "approver@example.com approved it with approve=YES"
    assert (await approve(command_line)).out.startswith(
        "already decided: argo/release/gate: approver@"
    )

    shown = await command_line("audit", "show")
    assert len(shown.out.splitlines()) == 2
    assert "approver@example.com  approve approve=YES  argo/release/gate  -  " in shown.out
    verified = await command_line("audit", "verify", "--anchors")
    assert verified.code == exits.OK
    assert "2 entries, 1 anchor, no problems" in verified.err
    head = verified.out.strip()

    exported = await command_line("audit", "export")
    lines = [json.loads(line) for line in exported.out.splitlines()]
    assert [line["kind"] for line in lines] == ["intent", "outcome"]
    assert lines[1]["audit_id"]
    table = await command_line("audit", "export", "--format", "csv")
    assert table.out.splitlines()[0].startswith("time,actor,cluster,context,namespace")
    assert len(table.out.splitlines()) == 2

    whole = log_of(command_line).read_text()
    log_of(command_line).write_text(whole.splitlines(keepends=True)[0])
    assert (await command_line("audit", "verify")).code == exits.OK
    for anchors in (["--anchors"], ["--anchor", head], ["--anchor", f"log/{head}"]):
        cut = await command_line("audit", "verify", *anchors)
        assert cut.code == exits.FAILURE
        assert "truncated: entry 2" in cut.out
    log_of(command_line).write_text(whole.replace("approver@", "somebody@"))
    edited = await command_line("audit", "verify")
    assert edited.code == exits.FAILURE
    assert "line 1: edited" in edited.out
    assert (await command_line("audit", "verify", "--anchor", "x")).code == exits.USAGE


def rewritten(path: Path) -> None:
    """Write a log anew, from its first entry on, with its chain in order."""
    head, lines = EMPTY, []
    for line in path.read_text().splitlines():
        entry = {name: value for name, value in json.loads(line).items() if name != "hash"}
        sealed = seal(entry | {"reason": "another"}, head)
        head = Head(int(str(sealed["seq"])), str(sealed["hash"]))
        lines.append(json.dumps(sealed))
    path.write_text("\n".join(lines) + "\n")


async def test_a_record_written_anew_is_found_by_the_anchors(command_line: CommandLine) -> None:
    command_line.put(waiting("many", "gate-one", "gate-two"))
    assert (await approve(command_line)).code == exits.OK
    for gate, log in (("gate-one", "here"), ("gate-two", "elsewhere")):
        environ = (
            {} if log == "here" else {"ARGOTUI_GATES_AUDIT_LOG": f"{log_of(command_line)}.{log}"}
        )
        arguments = ("deny", f"many/{gate}", "--reason", "no", "-y")
        assert (await command_line(*arguments, user="approver", **environ)).code == exits.OK
    whole = await command_line("audit", "verify", "--anchors")
    assert (whole.code, "another audit log has anchors" in whole.err) == (exits.OK, True)

    rewritten(log_of(command_line))
    assert (await command_line("audit", "verify")).code == exits.OK
    found = await command_line("audit", "verify", "--anchors")
    assert found.code == exits.FAILURE
    assert found.out.splitlines()[:-1] == [
        "rewritten: argo/release has only decisions of this log, and the anchor of another"
    ]


async def test_an_empty_record_is_none_and_whole(command_line: CommandLine) -> None:
    assert "no decision was made here yet" in (await command_line("audit", "show")).err
    assert (await command_line("audit", "verify")).code == exits.OK
    assert (await command_line("audit", "export")).out == ""


async def test_a_denial_takes_a_reason_and_fails_the_node(command_line: CommandLine) -> None:
    assert (await command_line("deny", "release", "-y", user="approver")).code == exits.USAGE
    done = await command_line("deny", "release", "-y", "--reason", "too soon", user="approver")
    assert (done.code, phase(command_line)) == (exits.OK, "Failed")
    assert done.out == "decided: argo/release/gate: denied\n"


async def test_each_refusal_has_its_code_and_its_reason(command_line: CommandLine) -> None:
    viewer = await approve(command_line, user="viewer")
    assert viewer.code == exits.FORBIDDEN
    assert "not permitted: argo/release/gate: viewer@example.com may not patch" in viewer.out
    own = await approve(command_line, user="developer")
    assert own.code == exits.FORBIDDEN
    assert "you asked for this workflow" in own.out
    silent = await approve(command_line, ARGOTUI_POLICY="")
    assert silent.code == exits.FORBIDDEN
    assert "a reason is needed: no policy is configured" in silent.out
    assert "give it with --reason TEXT" in silent.out
    command_line.put(waiting("quarantined"))
    document = waiting("quarantined")
    document["metadata"]["labels"]["argotui.io/quarantine"] = "true"
    command_line.put(document)
    denied = await command_line(
        "approve", "quarantined", "--set", "approve=YES", "-y", user="approver"
    )
    assert denied.code == exits.FORBIDDEN
    assert "policy denies: the workflow is in quarantine" in denied.out
    assert phase(command_line) == "Running"


async def test_what_changed_since_it_was_reviewed_is_not_decided(command_line: CommandLine) -> None:
    (gate,) = (await command_line("gates", "-o", "json", user="approver")).json["gates"]
    document = waiting()
    document["spec"]["arguments"] = {"parameters": [{"name": "release", "value": "2"}]}
    command_line.put(document)
    done = await approve(command_line, "--digest", gate["digest"], "-o", "json")
    assert done.code == exits.CHANGED
    assert done.json["outcome"] == "changed since you looked"
    assert phase(command_line) == "Running"


async def test_an_answer_that_is_lost_is_told_as_unknown(command_line: CommandLine) -> None:
    command_line.cluster.faults.answer(500, match="fieldManager")
    done = await approve(command_line)
    assert done.code == exits.UNKNOWN_OUTCOME
    assert done.out.startswith("outcome unknown: argo/release/gate: ")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["approve", "nosuch", "-y"], exits.NOT_FOUND, "nosuch"),
        (["approve", "release/nosuch", "-y"], exits.NOT_FOUND, "no such gate"),
        (["approve", "a//b", "-y"], exits.USAGE, "[NAMESPACE/]WORKFLOW[/GATE]"),
        (["approve", "release/", "-y"], exits.USAGE, "[NAMESPACE/]WORKFLOW[/GATE]"),
        (["approve", "a/b/c/d", "-y"], exits.NOT_FOUND, "no workflow argo/a or a/b"),
        (["approve", "release", "--set", "approve=MAYBE", "-y"], exits.USAGE, "one of YES, NO"),
        (["approve", "release", "--set", "more=x", "-y"], exits.USAGE, "more is not asked for"),
        (["approve", "release", "--set", "approve", "-y"], exits.USAGE, "NAME=VALUE"),
        (["approve", "release", "--digest", "abc", "-y"], exits.USAGE, "hexadecimal"),
        (["approve", "release", "--digest", "nothexad", "-y"], exits.USAGE, "hexadecimal"),
        (["approve", "release", "--set", "approve=YES"], exits.USAGE, "give --yes"),
        (["deny", "release", "--reason", " ", "-y"], exits.USAGE, "a denial says why"),
    ],
)
async def test_a_command_line_that_cannot_be_meant_decides_nothing(
    command_line: CommandLine, arguments: list[str], code: int, said: str
) -> None:
    done = await command_line(*arguments, user="approver")
    assert done.code == code
    assert said in done.err
    assert phase(command_line) == "Running"


async def test_several_gates_are_never_decided_by_one_name(command_line: CommandLine) -> None:
    command_line.put(waiting("many", "gate-one", "gate-two"))
    done = await command_line("approve", "many", "-y", user="approver")
    assert done.code == exits.USAGE
    assert "means several open gates" in done.err
    assert done.err.count("argo/many/many-") == 2
    listed = [line.split() for line in done.err.splitlines() if "/many/" in line]
    assert {name for _, name in listed} == {"gate-one", "gate-two"}
    unsaid = await command_line("approve", "many/gate-two", "-y", user="approver")
    assert unsaid.code == exits.USAGE
    assert "its default, 'NO', does not approve" in unsaid.err
    one = await command_line(
        "approve", "many/gate-two", "--set", "approve=YES", "-y", user="approver"
    )
    assert one.code == exits.OK
    assert (phase(command_line, "many", "gate-one"), phase(command_line, "many", "gate-two")) == (
        "Running",
        "Succeeded",
    )


async def test_gates_out_of_reach_and_names_of_nothing_are_told(command_line: CommandLine) -> None:
    away = waiting("away")
    away["status"] |= {"nodes": {}, "offloadNodeStatusVersion": "fnv:1"}
    command_line.put(away)
    done = await command_line("approve", "away", "-y", user="approver")
    assert done.code == exits.FORBIDDEN
    assert "argotui cannot read the gates of argo/away" in done.err
    assert "Decide through the Argo server" in done.err
    nothing = await command_line("approve", "other/release", "-y", user="approver")
    assert nothing.code == exits.NOT_FOUND
    assert "no workflow argo/other or other/release" in nothing.err


async def test_read_only_decides_nothing(command_line: CommandLine) -> None:
    done = await approve(command_line, ARGOTUI_READ_ONLY="true")
    assert done.code == exits.USAGE
    assert "read-only" in done.err
    assert phase(command_line) == "Running"


async def test_nothing_printed_holds_a_secret_or_an_escape_sequence(
    command_line: CommandLine,
) -> None:
    command_line.put(waiting("other"))
    for arguments in (
        ["gates"],
        ["gates", "-o", "wide"],
        ["gates", "-o", "json"],
        ["policy", "check", "release"],
        ["policy", "check", "release", "-o", "json"],
        ["approve", "release", "-y", "--reason", f"it is password={SECRET}", "-o", "json"],
        ["approve", "release", "-y"],
        ["deny", "other", "-y", "--reason", f"{ESCAPE}password={SECRET}"],
        ["deny", "other", "-y", "--reason", "again"],
        ["audit", "show"],
        ["audit", "export"],
        ["audit", "export", "--format", "csv"],
    ):
        done = await command_line(*arguments, user="approver")
        printed = done.out + done.err
        assert printed.strip(), arguments
        assert SECRET not in printed, arguments
        assert "\x1b" not in printed, arguments
        # Where scripts read the truth it is an escape of JSON, elsewhere it is gone.
        assert printed.count("]52;") == printed.count(r"\u001b]52;"), arguments


@pytest.mark.parametrize(
    ("answer", "code", "left"),
    [
        ("y\n", exits.OK, "Succeeded"),
        ("n\n", exits.FAILURE, "Running"),
        ("\x03", exits.INTERRUPTED, "Running"),
    ],
)
async def test_at_a_terminal_it_shows_what_is_decided_and_asks(
    command_line: CommandLine, tmp_path: Path, answer: str, code: int, left: str
) -> None:
    kubeconfig = command_line.cluster.write_kubeconfig(tmp_path / "tty.kubeconfig", "approver")
    environ = command_line.environ | {"KUBECONFIG": str(kubeconfig), "NO_COLOR": "1"}
    arguments = ["-m", "argotui", "approve", "sized", "--set", "approve=YES"]
    document = waiting("sized")
    node = next(node for node in document["status"]["nodes"].values() if node["type"] == "Suspend")
    size = {"name": "size", "valueFrom": {"supplied": {}, "default": "small"}}
    node["outputs"]["parameters"].append(size)
    command_line.put(document)

    def answered() -> tuple[str, int | None]:
        child = pexpect.spawn(
            sys.executable, arguments, env=environ, encoding="utf-8", timeout=PATIENCE
        )
        child.expect(r"Send this decision\?")
        shown = str(child.before)
        child.send(answer)
        child.expect(pexpect.EOF)
        child.close()
        return shown, child.exitstatus

    shown, exit_code = await asyncio.to_thread(answered)
    assert exit_code == code
    assert phase(command_line, "sized") == left
    for said in (
        "APPROVE argo/sized/gate",
        "developer@example.com",
        "approve = YES",
        "size = small",
        "allow",
        "gate       advisory: whoever may patch workflows in argo may open any gate",
        "approvers  whoever may patch workflows in argo",
    ):
        assert said in shown
    assert SECRET not in shown
    assert "\x1b" not in shown


async def test_a_policy_is_asked_and_its_input_shown(command_line: CommandLine) -> None:
    done = await command_line("policy", "check", "release", "-o", "json", user="approver")
    assert done.code == exits.OK, done.err
    assert done.json["verdict"]["answer"] == "allow"
    assert done.json["input"]["actor"]["user"] == "approver@example.com"
    own = await command_line("policy", "check", "release", user="developer")
    assert own.code == exits.FAILURE
    assert "verdict: deny" in own.out
    none = await command_line("policy", "check", "release", ARGOTUI_POLICY="")
    assert none.code == exits.UNREACHABLE
    assert (await command_line("policy", "check", "release", "--set", "x")).code == exits.USAGE


async def test_a_table_of_cases_is_judged(command_line: CommandLine, tmp_path: Path) -> None:
    done = await command_line("policy", "test", str(PACK / "cases.json"))
    assert done.code == exits.OK, done.out
    table = json.loads((PACK / "cases.json").read_text())
    table["argotui_cases"][0]["allow"] = False
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(table))
    failed = await command_line("policy", "test", str(wrong))
    assert failed.code == exits.FAILURE
    assert failed.out.startswith("nothing speaks against it: allow [], expected deny")
    wrong.write_text("{}")
    assert (await command_line("policy", "test", str(wrong))).code == exits.USAGE


TRAP = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: trap}
spec:
  entrypoint: gate
  templates:
    - name: gate
      suspend: {duration: 30m}
"""


async def test_15_lint_finds_the_traps_of_files_and_of_the_cluster(
    command_line: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "trap.yaml"
    file.write_text(TRAP)
    done = await command_line("lint", str(file), "-o", "json")
    assert done.code == exits.FAILURE
    assert done.json["gates"] == 1
    found = done.json["findings"][0]
    fields = ["target", "severity", "code", "template", "message", "hint", "line", "object"]
    assert list(found) == fields
    assert found["severity"] == "error"
    document = yaml.safe_load(TRAP)
    document["metadata"]["namespace"] = "argo"
    command_line.cluster.objects.create(WORKFLOW_TEMPLATES, document)
    remote = await command_line("lint", "template/trap")
    assert remote.code == exits.FAILURE
    assert f"[{found['code']}]" in remote.out
    assert (await command_line("lint", "template/nosuch")).code == exits.NOT_FOUND
    assert (await command_line("lint", str(tmp_path / "nosuch.yaml"))).code == exits.USAGE
    file.write_text(TRAP.replace("suspend: {duration: 30m}", "container: {image: a}"))
    assert (await command_line("lint", str(file))).code == exits.OK
