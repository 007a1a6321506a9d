"""The parameters of a set of admission policies: controllers, namespaces, approvers."""

from __future__ import annotations

import enum
import re

import msgspec

from argotui.errors import ConfigError

SERVICE_ACCOUNT = "system:serviceaccount:"
DEFAULT_CONTROLLER = "system:serviceaccount:argo:argo"
DEFAULT_LABEL = "argotui.io/gates=enforced"
DEFAULT_NAME = "argotui"

_PEOPLE = frozenset(
    {
        "admin",
        "administrator",
        "cluster-admin",
        "kubernetes-admin",
        "kubernetes-super-admin",
        "kube-admin",
        "kubecfg",
        "masterclient",
        "minikube-user",
        "docker-for-desktop",
        "root",
        "system:admin",
        "system:anonymous",
    }
)
"""User names that Kubernetes installers give to people."""

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/@-]{0,252}")
_LABEL_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"((?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?{_LABEL_NAME})=({_LABEL_NAME})")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class ApproverSource(enum.Enum):
    """The places that list the approvers of a gate."""

    TEMPLATES = "templates"
    """The annotation of the gate's template, else that of the workflow."""
    NAMESPACE = "namespace"
    """The same, limited to names in the annotation of the namespace, which is the default."""
    RBAC = "rbac"
    """The right to `approve` the resource `gates.argotui.io` with the name of the template."""


class Parameters(msgspec.Struct, frozen=True):
    """`controllers` are the user names of Argo's controller, `label` (KEY=VALUE) selects
    namespaces, `reporters` may write task results besides workflow pods."""

    controllers: tuple[str, ...] = (DEFAULT_CONTROLLER,)
    source: ApproverSource = ApproverSource.TEMPLATES
    label: str = DEFAULT_LABEL
    reporters: tuple[str, ...] = ()
    name: str = DEFAULT_NAME

    @property
    def label_key(self) -> str:
        return self.label.partition("=")[0]

    @property
    def label_value(self) -> str:
        return self.label.partition("=")[2]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The controllers' service accounts as NAMESPACE/NAME."""
        return tuple(
            controller.removeprefix(SERVICE_ACCOUNT).replace(":", "/")
            for controller in self.controllers
            if controller.startswith(SERVICE_ACCOUNT)
        )


def checked(parameters: Parameters) -> Parameters:
    """Return the parameters; raises `ConfigError` for those that enforce nothing."""
    if not parameters.controllers:
        raise ConfigError(
            "The controller's identity is missing",
            hint="Name it: --controller system:serviceaccount:NAMESPACE:NAME",
        )
    for controller in parameters.controllers:
        _check_controller(controller)
    for reporter in parameters.reporters:
        if not _USER.fullmatch(reporter):
            raise ConfigError(f"{reporter!r} is not a user name")
    if not _LABEL.fullmatch(parameters.label):
        raise ConfigError(f"{parameters.label!r} is not a label", hint="Give KEY=VALUE.")
    if not _NAME.fullmatch(parameters.name):
        raise ConfigError(
            f"{parameters.name!r} cannot begin a policy's name",
            hint="At most 40 lower-case letters, digits and hyphens.",
        )
    return parameters


def _check_controller(user: str) -> None:
    hint = (
        "Whoever has the controller's identity may open every gate. Run the controller as a "
        "service account of its own and name that: system:serviceaccount:NAMESPACE:NAME"
    )
    if not _USER.fullmatch(user):
        raise ConfigError(f"{user!r} is not a user name", hint=hint)
    if user.startswith(SERVICE_ACCOUNT):
        namespace, _, name = user.removeprefix(SERVICE_ACCOUNT).partition(":")
        if not namespace or not name or ":" in name:
            raise ConfigError(f"{user!r} is not a service account", hint=hint)
        if name == "default":
            raise ConfigError(
                f"{user} is what every pod of {namespace} runs as that names no other account",
                hint=hint,
            )
        return
    if user.lower() in _PEOPLE or "@" in user or user.startswith("system:masters"):
        raise ConfigError(f"{user} is an identity that people have", hint=hint)
    if user.startswith(("group:", "user:", "system:serviceaccounts")):
        raise ConfigError(f"{user} is not one user", hint=hint)


def check_apart(parameters: Parameters, user: str) -> None:
    """Raise `ConfigError` if the API server knows the installing user as the controller."""
    if user in parameters.controllers:
        raise ConfigError(
            f"You are {user}, and so is the controller",
            hint="Nothing would be enforced against whoever has this identity. Run the controller "
            "as a service account of its own.",
        )
