"""The settings, by table: types, defaults, bounds and descriptions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from argotui.model.workflows.listing import SORTS, WorkflowColumn

COLUMNS = tuple(column.value for column in WorkflowColumn)


class ThemeName(StrEnum):
    """The themes, in the order of the picker; `argotui.themes` has their colours."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"
    COLOURBLIND = "colourblind"
    PRODUCTION = "production"
    ANSI = "ansi"


THEME_NAMES = tuple(name.value for name in ThemeName)

Theme = Annotated[
    str,
    Meta(
        description="The colours of the console.",
        extra_json_schema={"enum": list(THEME_NAMES)},
    ),
]


class SettingsTable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Base of a table of the config file."""


class LogSettings(SettingsTable, frozen=True):
    """Settings of logs."""

    tail: Annotated[int, Meta(ge=0, description="Lines of the past to open a log with.")] = 1000
    max_lines: Annotated[
        int,
        Meta(ge=1000, description="Lines that a log view keeps; it drops older ones and says so."),
    ] = 200_000
    max_bytes: Annotated[
        int, Meta(ge=1_048_576, description="Bytes that a log view keeps; the lower limit applies.")
    ] = 67_108_864
    timestamps: Annotated[bool, Meta(description="Show the time of each line.")] = False
    wrap: Annotated[bool, Meta(description="Wrap long lines.")] = False


LEVELS = ("advisory", "soft", "hard")
"""How binding a policy's denial is; an unknown level counts as hard."""


class GateSettings(SettingsTable, frozen=True):
    """Settings of gates."""

    countdown: Annotated[
        float,
        Meta(ge=0, le=60, description="Seconds before a decision is sent; 0 sends it at once."),
    ] = 2.0
    separation_of_duties: Annotated[
        bool, Meta(description="The requester of a workflow cannot decide its gates.")
    ] = True
    strict: Annotated[
        bool, Meta(description="Refuse a decision if anything in the workflow has changed.")
    ] = False
    without_verdict: Annotated[
        str,
        Meta(
            description="The level of a missing verdict; hard: no approval without a policy.",
            extra_json_schema={"enum": list(LEVELS)},
        ),
    ] = "soft"
    levels: Annotated[
        dict[str, str],
        Meta(
            description="How binding a denial is, by its code or its policy's name; default: hard.",
            extra_json_schema={"additionalProperties": {"type": "string", "enum": list(LEVELS)}},
        ),
    ] = msgspec.field(default_factory=lambda: {"confidence": "soft"})
    verdict_ttl: Annotated[
        float, Meta(ge=1, le=300, description="Seconds for which a verdict is valid.")
    ] = 15.0
    policy_timeout: Annotated[
        float, Meta(gt=0, le=60, description="Seconds to wait for a verdict.")
    ] = 2.0
    policy_token_file: Annotated[
        str | None, Meta(description="A file with the bearer token for the OPA server.")
    ] = None
    policy_ca_file: Annotated[
        str | None, Meta(description="The certificate authority of the OPA server.")
    ] = None
    audit_log: Annotated[
        str | None, Meta(description="The audit log; default: in the state directory.")
    ] = None
    bell: Annotated[bool, Meta(description="Ring the bell when a gate opens.")] = False
    notify: Annotated[
        bool, Meta(description="Ask the terminal for a notification when a gate opens (OSC 9).")
    ] = False
    command: Annotated[
        list[str],
        Meta(
            description="The words of a command to run when a gate opens; ARGOTUI_* name the gate."
        ),
    ] = []


class ContextSettings(SettingsTable, frozen=True):
    """The settings of one context of the kubeconfig; an absent one has its general value."""

    namespace: Annotated[str | None, Meta(description="The namespace to open.")] = None
    all_namespaces: Annotated[bool | None, Meta(description="Open all namespaces.")] = None
    namespaces: Annotated[
        list[str] | None,
        Meta(description="Namespaces to read if you cannot list them."),
    ] = None
    read_only: Annotated[bool | None, Meta(description="Refuse every action that writes.")] = None
    theme: Annotated[Theme | None, Meta(description="The colours of the console.")] = None
    web_url: Annotated[str | None, Meta(description="The address of Argo's web UI.")] = None


class Settings(SettingsTable, frozen=True):
    """The settings of argotui, in the structure of the config file."""

    context: Annotated[
        str | None, Meta(description="The kubeconfig context; default: its current one.")
    ] = None
    kubeconfig: Annotated[
        str | None, Meta(description="The kubeconfig; default: KUBECONFIG, else ~/.kube/config.")
    ] = None
    argo_server: Annotated[
        str | None,
        Meta(description="The Argo server to go through, HOST:PORT or a URL; default: none."),
    ] = None
    argo_base_href: Annotated[
        str | None, Meta(description="The base path of the Argo server, such as /argo.")
    ] = None
    argo_secure: Annotated[
        bool, Meta(description="The Argo server speaks TLS, unless its URL says http.")
    ] = True
    argo_insecure_skip_verify: Annotated[
        bool, Meta(description="Do not verify the certificate of the Argo server.")
    ] = False
    argo_ca_file: Annotated[
        str | None, Meta(description="The certificate authority of the Argo server.")
    ] = None
    namespace: Annotated[
        str | None, Meta(description="The namespace to open; default: the context's.")
    ] = None
    all_namespaces: Annotated[bool, Meta(description="Open all namespaces.")] = False
    namespaces: Annotated[
        list[str],
        Meta(description="Namespaces to read if you cannot list them, with those that you open."),
    ] = []
    read_only: Annotated[bool, Meta(description="Refuse every action that writes.")] = False
    theme: Theme = "dark"
    mouse: Annotated[
        bool, Meta(description="Use the mouse; false leaves text selection to the terminal.")
    ] = True
    columns: Annotated[
        list[Annotated[str, Meta(extra_json_schema={"enum": list(COLUMNS)})]],
        Meta(description="The columns of the workflow list, left to right; empty: all that fit."),
    ] = []
    sort: Annotated[
        str,
        Meta(
            description="The order of the list, smallest first; a leading '-' reverses it.",
            extra_json_schema={"enum": [*SORTS, *("-" + sort for sort in SORTS)]},
        ),
    ] = "attention"
    debug_image: Annotated[
        str, Meta(description="The image of a debug shell (`kubectl debug`) beside a step.")
    ] = "busybox:stable"
    refresh_hz: Annotated[
        float, Meta(ge=0.5, le=30, description="How often changes reach the screen, per second.")
    ] = 8.0
    keys: Annotated[
        dict[str, str | list[str]],
        Meta(description="Keys by action id (`argotui keys` lists them): one key, or a list."),
    ] = {}
    policy: Annotated[
        str | None,
        Meta(description="The policies: http(s)://HOST:PORT of an OPA server, or dir:FOLDER."),
    ] = None
    web_url: Annotated[
        str | None,
        Meta(description="The address of Argo's web UI, for links: https://argo.example.com/."),
    ] = None
    logs: LogSettings = LogSettings()
    gates: GateSettings = GateSettings()
    contexts: Annotated[
        dict[str, ContextSettings], Meta(description="Settings of single kubeconfig contexts.")
    ] = {}


TABLES: dict[str, type[SettingsTable]] = {"logs": LogSettings, "gates": GateSettings}
"""The tables whose keys any source can set one by one."""
