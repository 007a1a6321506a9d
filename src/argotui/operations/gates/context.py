"""Create the decision context: the policy, the rules and the audit log that the settings name."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from argotui.backend.audit.log import AuditLog
from argotui.backend.clock import Clock
from argotui.backend.policy.evaluator import NoPolicy, PolicyEvaluator
from argotui.backend.ports import GatePort, PolicyPort
from argotui.config.files import read_text
from argotui.config.settings import GateSettings, Settings
from argotui.errors import ConfigError
from argotui.model.gates.permission import Rules
from argotui.operations.gates.review import DecisionContext


def rules_of(settings: GateSettings) -> Rules:
    """Return the rules of the settings for decisions."""
    return Rules(
        levels=settings.levels,
        without_verdict=settings.without_verdict,
        separation_of_duties=settings.separation_of_duties,
        ttl=settings.verdict_ttl,
    )


def audit_path(settings: GateSettings) -> Path:
    """Return the path of the audit log."""
    if settings.audit_log:
        return Path(settings.audit_log).expanduser()
    return platformdirs.user_state_path("argotui") / "audit.jsonl"


def open_policy(settings: Settings, clock: Clock) -> PolicyPort:
    """Return the policy that the setting `policy` names; raises `ConfigError` if it is invalid."""
    named, gates = settings.policy, settings.gates
    if not named:
        return NoPolicy(clock)
    if named.startswith("dir:"):
        from argotui.backend.policy.rego import RegoEngine, policy_files

        folder = Path(named.removeprefix("dir:")).expanduser()
        policy_files(folder)
        return PolicyEvaluator(RegoEngine(folder), clock, limit=max(gates.policy_timeout, 5.0))
    from argotui.backend.policy.opa import OpaEngine

    engine = OpaEngine(
        named,
        token=_text(gates.policy_token_file, "token file").strip(),
        ca=_text(gates.policy_ca_file, "certificate authority"),
        timeout=gates.policy_timeout,
    )
    return PolicyEvaluator(engine, clock, limit=gates.policy_timeout + 1)


def _text(path: str | None, what: str) -> str:
    if not path:
        return ""
    try:
        return read_text(Path(path).expanduser())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(f"The policy's {what} cannot be read: {reason}", path) from None


def open_context(gates: GatePort, settings: Settings, clock: Clock) -> DecisionContext:
    """Return the decision context that the settings describe."""
    return DecisionContext(
        gates=gates,
        policy=open_policy(settings, clock),
        audit=AuditLog(audit_path(settings.gates)),
        clock=clock,
        rules=rules_of(settings.gates),
        strict=settings.gates.strict,
    )
