"""The command line without a cluster: help, mistakes, exit codes, and what is not imported."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from argotui import __version__
from argotui.cli import exits
from argotui.cli.crash import describe, write
from argotui.cli.main import cli
from argotui.cli.verbs import ALIASES, VERBS
from tests.support import PATIENCE
from tests.unit.cli.conftest import Run

SLOW = ("textual", "aiohttp", "kubernetes_asyncio", "msgspec", "yaml", "rich", "asyncio")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_slow(environ: dict[str, str], option: str) -> None:
    code = (
        "import sys; from argotui.cli.main import main; "
        f"code = main([{option!r}]); "
        f"print([name for name in {SLOW!r} if name in sys.modules], code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr


@pytest.mark.parametrize("verb", ["list", "get", "watch", "doctor", "config", "contexts"])
def test_no_verb_needs_the_console_to_tell_its_help(environ: dict[str, str], verb: str) -> None:
    code = (
        "import sys; from argotui.cli.main import main; "
        f"main([{verb!r}, '--help']); print('textual' in sys.modules, 'aiohttp' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.splitlines()[-1] == "False False", done.stderr


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"argotui {__version__}\n"
    assert json.loads(run("version", "--client", "-o", "json").stdout) == {"argotui": __version__}


def test_the_help_lists_every_verb_with_its_own_words() -> None:
    shown = CliRunner().invoke(cli, ["--help"], prog_name="argotui").output
    context = cli.make_context("argotui", ["--help"], resilient_parsing=True)
    for name, (_, text) in VERBS.items():
        assert f"  {name} " in shown
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.short_help == text
    for alias, name in ALIASES.items():
        assert cli.get_command(context, alias) is cli.get_command(context, name)


def test_as_a_plugin_of_kubectl_it_says_so(environ: dict[str, str], tmp_path: Path) -> None:
    plugin = tmp_path / "kubectl-argotui"
    plugin.write_text("import sys\nfrom argotui.cli.main import main\nsys.exit(main())\n")
    done = subprocess.run(
        [sys.executable, str(plugin), "--help"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout.startswith("Usage: kubectl argotui ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lst"], "There is no verb 'lst'; did you mean list?"),
        (["list", "--selectr", "a=b"], "--selector"),
        (["--read-onyl"], "--read-only"),
        (["list", "-o", "jsno"], "'json'"),
        (["watch"], "name one workflow, or give --all"),
        (["watch", "x", "--timeout", "soon"], "--timeout"),
        (["list", "phase:faild"], "there is no phase"),
        (["-n", "a", "list", "-A"], "-n and -A exclude each other"),
        (["list", "-n", "a,b"], "one namespace"),
        (["list", "--active", "--completed"], "exclude each other"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(run: Run, arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.returncode == exits.USAGE
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistake_in_a_filter_is_pointed_at(run: Run) -> None:
    lines = run("list", "age:<2h phase:faild").stderr.splitlines()
    text = next(index for index, line in enumerate(lines) if line.strip() == "age:<2h phase:faild")
    assert lines[text + 1].index("^") == lines[text].index("faild")


def test_without_a_terminal_the_console_says_what_to_use_instead(run: Run) -> None:
    done = run()
    assert done.returncode == exits.USAGE
    assert "needs a terminal" in done.stderr
    assert "argotui list" in done.stderr


def test_without_a_kubeconfig_it_is_said_which_were_looked_for(run: Run) -> None:
    done = run("list")
    assert done.returncode == exits.USAGE
    assert ".kube/config" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_the_config_file_ends_every_verb(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("raed_only = true")
    for verb in (["list"], ["get", "x"], ["config", "show"], ["contexts"], ["keys"]):
        done = run(*verb, "--config", str(path))
        assert done.returncode == exits.USAGE, verb
        assert "did you mean read_only?" in done.stderr
        assert str(path) in done.stderr


def test_a_mistake_in_the_keys_names_the_action(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[keys]\n"list.opne" = "o"\n')
    for verb in (["config", "show"], ["keys"], ["list"], ["gates"]):
        done = run(*verb, "--config", str(path))
        assert done.returncode == exits.USAGE, verb
        assert str(path) in done.stderr
        assert "list.opne" in done.stderr
        assert "list.open" in done.stderr


def test_options_count_before_and_after_the_verb(run: Run) -> None:
    for arguments in (["-n", "here", "config", "show"], ["config", "show", "-n", "here"]):
        shown = json.loads(run(*arguments, "-o", "json").stdout)
        assert shown["settings"]["namespace"]["value"] == "here"
        assert shown["settings"]["namespace"]["origin"] == "flag --namespace"


def test_config_shows_where_each_value_comes_from(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('theme = "light"\n')
    arguments = ["config", "show", "--origin", "--config", str(path), "--read-only"]
    shown = run(*arguments, ARGOTUI_SORT="name").stdout
    origins = {
        line.split(" = ")[0]: line.partition("# ")[2]
        for line in shown.splitlines()
        if " = " in line
    }
    assert origins["theme"] == "file"
    assert origins["sort"] == "environment ARGOTUI_SORT"
    assert origins["read_only"] == "flag --read-only"
    assert origins["mouse"] == "default"


def test_a_config_file_is_written_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "c.toml"
    done = run("config", "init", "--config", str(path))
    assert done.stdout == f"{path}\n"
    again = run("config", "init", "--config", str(path))
    assert again.returncode == exits.USAGE
    assert "--force" in again.stderr
    assert run("config", "init", "--config", str(path), "--force").returncode == 0
    assert run("config", "path", ARGOTUI_CONFIG=str(path)).stdout == f"{path}\n"
    assert run("config", "show", "--config", str(path)).returncode == 0


def test_the_schema_is_printed(run: Run) -> None:
    assert json.loads(run("config", "schema").stdout)["$defs"]["Settings"]


def test_the_keys_are_those_of_the_configuration(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[keys]\n"list.yaml" = ["y", "ctrl-y"]\n')
    listed = json.loads(run("keys", "-o", "json", "--config", str(path)).stdout)
    assert next(item for item in listed if item["action"] == "list.yaml")["keys"] == "y ctrl-y"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert "_ARGOTUI_COMPLETE" in done.stdout
    assert done.returncode == 0


def test_verbs_are_completed(run: Run) -> None:
    done = run(_ARGOTUI_COMPLETE="bash_complete", COMP_WORDS="argotui do", COMP_CWORD="1")
    assert done.stdout == "plain,doctor\n"


def test_contexts_of_a_kubeconfig(run: Run, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "current-context": "b",
                "clusters": [{"name": "c", "cluster": {"server": "https://example.invalid"}}],
                "users": [{"name": "u", "user": {"token": "hidden-from-the-list"}}],
                "contexts": [
                    {"name": name, "context": {"cluster": "c", "user": "u", "namespace": "n"}}
                    for name in "ab"
                ],
            }
        )
    )
    run_with = ("contexts", "--kubeconfig", str(kubeconfig))
    assert run(*run_with, "-o", "name").stdout == "a\nb\n"
    listed = json.loads(run(*run_with, "-o", "json", "--context", "a").stdout)
    assert [item["used"] for item in listed] == [True, False]
    table = run(*run_with).stdout
    assert table.splitlines()[2].split() == ["*", "b", "c", "u", "n"]
    assert "hidden-from-the-list" not in table


def test_a_reader_that_goes_away_is_no_news(environ: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "argotui", "keys"],
        env=environ,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == exits.BROKEN_PIPE


def boom() -> None:
    password = "in a variable"  # noqa: F841 - what must not be told
    raise RuntimeError("token=ghp_" + "a" * 36 + " and \x1b]52;c;eA==\x07")


def test_a_crash_report_is_private_and_tells_no_secret(tmp_path: Path) -> None:
    try:
        boom()
    except RuntimeError as error:
        path = write(error, tmp_path / "state")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    assert "RuntimeError" in text
    assert "test_main.py" in text
    assert "ghp_aaaa" not in text
    assert "\x1b" not in text
    assert str(Path.home()) not in text


def test_a_fault_ends_with_a_report_and_its_own_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from argotui.cli import config, main

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(config, "load", lambda context: boom())
    monkeypatch.setattr(sys, "argv", ["argotui", "keys"])
    assert main.main(["keys"]) == exits.BUG
    told = capsys.readouterr().err
    assert "internal error: RuntimeError" in told
    assert "Traceback" not in told
    report = next((tmp_path / "argotui").glob("crash-*.txt"))
    assert str(report) in told
    assert "verb: keys" in report.read_text()


def test_a_report_names_the_versions() -> None:
    assert describe(ValueError("x")).startswith(f"argotui {__version__}\nPython 3.")


def test_config_shows_what_is_in_force_in_the_context(run: Run, tmp_path: Path) -> None:
    contexts: list[object] = [{"name": name, "context": {}} for name in ("prod", "lab")]
    kubeconfig = tmp_path / "kube"
    kubeconfig.write_text(json.dumps({"contexts": contexts, "current-context": "prod"}))
    path = tmp_path / "c.toml"
    path.write_text("[contexts.prod]\nread_only = true\n")
    arguments = ["config", "show", "--config", str(path), "--kubeconfig", str(kubeconfig)]

    def shown(*more: str) -> tuple[str, bool, str]:
        document = json.loads(run(*arguments, "-o", "json", *more).stdout)
        setting = document["settings"]["read_only"]
        return document["context"], setting["value"], setting["origin"]

    assert shown() == ("prod", True, 'file, contexts."prod"')
    assert shown("--context", "lab") == ("lab", False, "default")
    assert "# context: prod\n" in run(*arguments).stdout
    assert "read_only = true\n" in run(*arguments).stdout.split("[contexts")[0]


def test_help_is_a_verb_too(run: Run) -> None:
    assert run("help").stdout == run("--help").stdout
    assert run("help", "lint").stdout == run("lint", "--help").stdout
    assert run("help", "audit", "export").stdout == run("audit", "export", "--help").stdout
    assert run("help", "lsit").returncode == exits.USAGE
    assert "did you mean list?" in run("help", "lsit").stderr
