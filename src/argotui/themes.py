"""The colour themes: what each says with colour, the glyph and the word of a phase say as well."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

from argotui.config.settings import THEME_NAMES, ThemeName

PREFIX = "argotui-"

ROLES = (
    "waiting",
    "stuck",
    "failed",
    "denied",
    "running",
    "pending",
    "succeeded",
    "skipped",
)
"""The phase roles of `model.phases.Look`; each is a theme variable `$phase-<role>`."""


def _variables(
    waiting: str,
    failed: str,
    running: str,
    pending: str,
    succeeded: str,
    skipped: str,
    *,
    stuck: str,
    denied: str,
    chrome: str,
    rule: str,
    faint: str,
    cursor: str,
    cursor_text: str,
    mark: str,
    key: str,
    banner: str,
    banner_text: str,
) -> dict[str, str]:
    return {
        "phase-waiting": waiting,
        "phase-stuck": stuck,
        "phase-failed": failed,
        "phase-denied": denied,
        "phase-running": running,
        "phase-pending": pending,
        "phase-succeeded": succeeded,
        "phase-skipped": skipped,
        "chrome": chrome,
        "rule": rule,
        "faint": faint,
        "cursor": cursor,
        "cursor-text": cursor_text,
        "mark": mark,
        "key": key,
        "banner": banner,
        "banner-text": banner_text,
        "scrollbar": rule,
        "scrollbar-hover": chrome,
        "scrollbar-active": chrome,
        "border": rule,
        "border-blurred": rule,
    }


_DARK = _variables(
    "#e5b454", "#f47d7b", "#5aa9f0", "#98a0ab", "#72bd7d", "#808893",
    stuck="#ea8f4f", denied="#cf8fa6",
    chrome="#8b939e", rule="#31373f", faint="#565e68", cursor="#203650", cursor_text="#f2f5f8",
    mark="#d8a0e8", key="#b9c2cd", banner="#5a3d12", banner_text="#ffdd9e",
)  # fmt: skip
_LIGHT = _variables(
    "#8a5a00", "#b8232a", "#0b5cad", "#5b636d", "#1f7034", "#666e77",
    stuck="#a84300", denied="#8c3b55",
    chrome="#5b636d", rule="#d3d8de", faint="#a3abb4", cursor="#cfe3f7", cursor_text="#101418",
    mark="#8b2fa3", key="#2f3740", banner="#ffe3a8", banner_text="#4a3200",
)  # fmt: skip
_CONTRAST = _variables(
    "#ffd800", "#ff6b6b", "#5cc8ff", "#e0e0e0", "#5dff7e", "#c8c8c8",
    stuck="#ffa033", denied="#ffb0c8",
    chrome="#d0d0d0", rule="#747474", faint="#a0a0a0", cursor="#ffffff", cursor_text="#000000",
    mark="#ff8cff", key="#ffffff", banner="#ffd800", banner_text="#000000",
)  # fmt: skip
# Okabe and Ito's palette: told apart with any of the common colour vision deficiencies.
_COLOURBLIND = _variables(
    "#f0e442", "#d55e00", "#56b4e9", "#a0a6ad", "#009e73", "#808893",
    stuck="#e69f00", denied="#cc79a7",
    chrome="#8b939e", rule="#31373f", faint="#565e68", cursor="#173a55", cursor_text="#f2f5f8",
    mark="#cc79a7", key="#b9c2cd", banner="#e69f00", banner_text="#101010",
)  # fmt: skip
_PRODUCTION = _DARK | {"rule": "#7a2630", "border": "#7a2630", "border-blurred": "#7a2630"}
_ANSI = BUILTIN_THEMES["ansi-dark"].variables | _variables(
    "ansi_yellow", "ansi_red", "ansi_blue", "ansi_default", "ansi_green", "ansi_bright_black",
    stuck="ansi_bright_yellow", denied="ansi_magenta",
    chrome="ansi_bright_black", rule="ansi_bright_black", faint="ansi_bright_black",
    cursor="ansi_cyan", cursor_text="ansi_black", mark="ansi_magenta", key="ansi_default",
    banner="ansi_yellow", banner_text="ansi_black",
) | {"scrollbar-background": "ansi_default"}  # fmt: skip


def _dark(name: ThemeName, variables: dict[str, str]) -> Theme:
    return Theme(
        name=PREFIX + name,
        primary="#5aa9f0",
        secondary="#4a7fb0",
        accent="#e5b454",
        warning="#e5b454",
        error="#f47d7b",
        success="#72bd7d",
        foreground="#dfe4ea",
        background="#14171b",
        surface="#1a1e23",
        panel="#20252b",
        variables={"scrollbar-background": "#14171b"} | variables,
    )


_DEFINED = (
    _dark(ThemeName.DARK, _DARK),
    Theme(
        name=PREFIX + ThemeName.LIGHT,
        primary="#0b5cad",
        secondary="#3b6ea5",
        accent="#8a5a00",
        warning="#8a5a00",
        error="#b8232a",
        success="#1f7034",
        foreground="#1b2026",
        background="#fbfcfd",
        surface="#f2f4f6",
        panel="#e8ebee",
        dark=False,
        variables={"scrollbar-background": "#fbfcfd"} | _LIGHT,
    ),
    Theme(
        name=PREFIX + ThemeName.CONTRAST,
        primary="#5cc8ff",
        accent="#ffd800",
        warning="#ffd800",
        error="#ff6b6b",
        success="#5dff7e",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#101010",
        variables={"scrollbar-background": "#000000"} | _CONTRAST,
    ),
    _dark(ThemeName.COLOURBLIND, _COLOURBLIND),
    _dark(ThemeName.PRODUCTION, _PRODUCTION),
    Theme(
        name=PREFIX + ThemeName.ANSI,
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=_ANSI,
    ),
)

_BY_ID = {theme.name: theme for theme in _DEFINED}
THEMES: tuple[Theme, ...] = tuple(_BY_ID[PREFIX + name] for name in ThemeName)

DEFAULT_VARIABLES = dict(_DARK)
"""For themes that are not argotui's own and so do not know its variables."""


def theme_id(name: str) -> str:
    """Return the registered name of a theme as settings and people write it (`dark`)."""
    return name if name.startswith(PREFIX) else PREFIX + name


def theme_names() -> list[str]:
    """Return the names of argotui's themes as people write them."""
    return list(THEME_NAMES)
