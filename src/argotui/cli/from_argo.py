"""Argo's commands, and what does the same here: for the help and the documents."""

from __future__ import annotations

from typing import NamedTuple


class Counterpart(NamedTuple):
    """The verb that does what a command of `argo` does (empty: none), and what differs."""

    verb: str
    note: str = ""


_SERVER_ONLY = "a development or server command: argo has it"

COUNTERPARTS: dict[str, Counterpart] = {
    "archive delete": Counterpart("archive delete"),
    "archive get": Counterpart("archive get"),
    "archive list": Counterpart("archive list", "pages by time, so a label costs no deep offset"),
    "archive list-label-keys": Counterpart("archive list-label-keys"),
    "archive list-label-values": Counterpart("archive list-label-values"),
    "archive resubmit": Counterpart("archive resubmit"),
    "archive retry": Counterpart("archive retry"),
    "auth token": Counterpart("", "argotui prints no token: `kubectl create token` does"),
    "cluster-template create": Counterpart("cluster-template create"),
    "cluster-template delete": Counterpart("cluster-template delete", "asks first"),
    "cluster-template get": Counterpart("cluster-template get"),
    "cluster-template lint": Counterpart("cluster-template lint"),
    "cluster-template list": Counterpart("cluster-template list"),
    "cluster-template update": Counterpart("cluster-template update"),
    "completion": Counterpart("completion", "completes names in the cluster too"),
    "convert": Counterpart("lint", "names what has to change, and changes nothing"),
    "cp": Counterpart("", "artifacts are not read yet"),
    "cron backfill": Counterpart("cron backfill", "shows its runs first with `--dry-run`"),
    "cron create": Counterpart("cron create"),
    "cron delete": Counterpart("cron delete", "asks first"),
    "cron get": Counterpart("cron get", "with the next runs"),
    "cron lint": Counterpart("cron lint"),
    "cron list": Counterpart("cron list"),
    "cron resume": Counterpart("cron resume"),
    "cron suspend": Counterpart("cron suspend"),
    "cron update": Counterpart("cron update", "`cron edit` opens it in your editor"),
    "delete": Counterpart("delete", "shows what it would delete and asks first"),
    "executor-plugin build": Counterpart("", _SERVER_ONLY),
    "get": Counterpart("get", "with `@latest` too"),
    "lint": Counterpart("lint", "finds the traps of gates as well"),
    "list": Counterpart("list", "takes the filters of the console as well"),
    "logs": Counterpart("logs", "`-p` is the previous run of a container"),
    "node": Counterpart(
        "approve", "`argo node set`: one gate, with its values and a reason; `deny` is the other"
    ),
    "resubmit": Counterpart("resubmit"),
    "resume": Counterpart("resume", "opens no gate: `approve` decides each one"),
    "retry": Counterpart("retry", "shows what it would reset and delete, and checks it afterwards"),
    "server": Counterpart("", _SERVER_ONLY),
    "stop": Counterpart("stop", "says if Argo ignores it because the workflow is suspended"),
    "submit": Counterpart("submit"),
    "suspend": Counterpart("suspend"),
    "sync create": Counterpart("", "argotui shows locks; kubectl edits their ConfigMap"),
    "sync delete": Counterpart("", "argotui shows locks; kubectl edits their ConfigMap"),
    "sync get": Counterpart("", "argotui shows locks; kubectl edits their ConfigMap"),
    "sync update": Counterpart("", "argotui shows locks; kubectl edits their ConfigMap"),
    "template create": Counterpart("template create"),
    "template delete": Counterpart("template delete", "asks first"),
    "template get": Counterpart("template get"),
    "template lint": Counterpart("template lint"),
    "template list": Counterpart("template list"),
    "template update": Counterpart("template update"),
    "terminate": Counterpart("terminate", "asks first"),
    "version": Counterpart("version"),
    "wait": Counterpart("wait"),
    "watch": Counterpart("watch"),
}
"""Every command of `argo` 4.1 that does something, by its words."""


def instead_of(command: str) -> str:
    """Return how to do here what a command of `argo` does; empty if it has none of that name."""
    found = [name for name in COUNTERPARTS if name == command or name.startswith(f"{command} ")]
    if not found:
        return ""
    verb, note = COUNTERPARTS[found[0]]
    return f"argotui {verb}: {note}" if verb else note
