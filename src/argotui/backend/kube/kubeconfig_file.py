"""Kubeconfig files: read, checked and merged as kubectl does.

Rules: client-go's `clientcmd` (loader.go, merge.go). Paths are relative to their file. Of two
entries with one name in different files, and of two current contexts, the first one read counts.
Two entries with one name in one file are an error.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import field

from argotui.config.files import read_text
from argotui.errors import ConfigError
from argotui.model.sanitise import clean_tree

KubeconfigSource = str | os.PathLike[str] | Mapping[str, object] | None
"""A file, what such a file holds, or None for $KUBECONFIG and then ~/.kube/config."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Entry(msgspec.Struct, rename="kebab"):
    """An entry may hold secrets; its repr shows none."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Extension(_Entry):
    name: str = ""
    extension: object = None


class Cluster(_Entry):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[Extension] = []


class EnvVar(_Entry):
    name: str = ""
    value: str = ""


class Exec(_Entry):
    api_version: str = field(default="", name="apiVersion")
    command: str = ""
    args: list[str] = []
    env: list[EnvVar] = []
    install_hint: str = field(default="", name="installHint")
    provide_cluster_info: bool = field(default=False, name="provideClusterInfo")
    interactive_mode: str = field(default="", name="interactiveMode")


class AuthProvider(_Entry):
    name: str = ""
    config: dict[str, str] = {}


class KubeconfigUser(_Entry):
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    impersonate: str = field(default="", name="as")
    as_uid: str = ""
    as_groups: list[str] = []
    as_user_extra: dict[str, list[str]] = {}
    exec: Exec | None = None
    auth_provider: AuthProvider | None = None
    origin: str = field(default="", name="argotui-origin")
    """The file of the entry, to which a new OIDC refresh token is written."""


class Context(_Entry):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class _NamedCluster(_Entry):
    name: str = ""
    cluster: Cluster = field(default_factory=Cluster)


class _NamedUser(_Entry):
    name: str = ""
    user: KubeconfigUser = field(default_factory=KubeconfigUser)


class _NamedContext(_Entry):
    name: str = ""
    context: Context = field(default_factory=Context)


class _File(_Entry):
    clusters: list[_NamedCluster] = []
    users: list[_NamedUser] = []
    contexts: list[_NamedContext] = []
    current_context: str = ""


class Kubeconfig:
    """The merged entries by name, and the `files` they were read from."""

    def __init__(self) -> None:
        self.clusters: dict[str, Cluster] = {}
        self.users: dict[str, KubeconfigUser] = {}
        self.contexts: dict[str, Context] = {}
        self.current = ""
        self.files: list[str] = []
        self.looked_at: list[str] = []

    @property
    def empty(self) -> bool:
        return not (self.clusters or self.users or self.contexts or self.current)

    def add(self, tree: object, path: str) -> None:
        """Add what one file holds; `path` is empty for a kubeconfig that is in no file."""
        parsed = _parse(tree, path)
        base = os.path.dirname(os.path.abspath(path)) if path else os.getcwd()
        for cluster in parsed.clusters:
            _anchor(cluster.cluster, base, "certificate_authority")
            self.clusters.setdefault(cluster.name, cluster.cluster)
        for user in parsed.users:
            _anchor(user.user, base, "client_certificate", "client_key", "token_file")
            user.user.origin = path
            plugin = user.user.exec
            if plugin is not None and os.sep in plugin.command:
                _anchor(plugin, base, "command")
            self.users.setdefault(user.name, user.user)
        for context in parsed.contexts:
            self.contexts.setdefault(context.name, context.context)
        self.current = self.current or parsed.current_context


def read_kubeconfig(source: KubeconfigSource = None) -> Kubeconfig:
    """Return the merged kubeconfig; `empty` if there is no file.

    A file that was named must exist; one of the list in $KUBECONFIG need not.
    Raises ConfigError for a file that is missing, unreadable, not YAML or of the wrong shape.
    """
    merged = Kubeconfig()
    if isinstance(source, Mapping):
        merged.add(dict(source), "")
        return merged
    if source is not None:
        named = os.path.expanduser(os.fspath(source))
        merged.looked_at = [named]
        if not os.path.exists(named):
            raise ConfigError(
                f"The kubeconfig {named} does not exist",
                hint="Check --kubeconfig, or leave it out to use $KUBECONFIG or ~/.kube/config.",
            )
    else:
        merged.looked_at = _default_paths()
    for path in merged.looked_at:
        if os.path.exists(path):
            merged.add(_read_yaml(path), path)
            merged.files.append(path)
    return merged


def open_to_others(path: str) -> bool:
    """Say whether people other than the owner of a file may read it."""
    if os.name != "posix":
        return False
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _default_paths() -> list[str]:
    listed = os.environ.get("KUBECONFIG", "")
    if not listed:
        return [str(Path.home() / ".kube" / "config")]
    paths = [os.path.expanduser(path) for path in listed.split(os.pathsep) if path]
    return list(dict.fromkeys(paths))


def _read_yaml(path: str) -> object:
    try:
        text = read_text(path)
    except OSError as error:
        raise ConfigError(
            f"The kubeconfig {path} cannot be read", error.strerror or "", "Check its permissions."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"The kubeconfig {path} is not a text file") from None
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
    except yaml.MarkedYAMLError as error:
        # Its own text quotes the line, which may be a token.
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(
            f"The kubeconfig {path} is not valid YAML", f"{error.problem or 'syntax error'}{where}"
        ) from None
    except yaml.YAMLError:
        raise ConfigError(f"The kubeconfig {path} is not valid YAML") from None


def _parse(tree: object, path: str) -> _File:
    name = path or "given"
    tree = clean_tree(_without_nulls(tree))
    if tree is None:
        return _File()
    if not isinstance(tree, dict):
        raise ConfigError(
            f"The kubeconfig {name} is not a kubeconfig", "A mapping was expected at its top."
        )
    kind = tree.get("kind", "Config")
    if kind != "Config":
        raise ConfigError(f"The kubeconfig {name} is not a kubeconfig", f"Its kind is {kind}.")
    try:
        parsed: _File = msgspec.convert(tree, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"The kubeconfig {name} has a field of the wrong type", str(error)) from (
            None
        )
    sections: dict[str, Sequence[_NamedCluster | _NamedUser | _NamedContext]] = {
        "clusters": parsed.clusters,
        "users": parsed.users,
        "contexts": parsed.contexts,
    }
    for kind, section in sections.items():
        names = Counter(entry.name for entry in section)
        if "" in names:
            raise ConfigError(f"The kubeconfig {name} has an entry without a name")
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            raise ConfigError(
                f"The kubeconfig {name} has several {kind} named {twice}",
                "kubectl refuses such a file too, because any of them could be meant.",
                "Rename or remove all but one of them.",
            )
    return parsed


def _without_nulls(tree: object) -> object:
    """Return a YAML tree without its nulls: Go reads them as absent."""
    if isinstance(tree, Mapping):
        return {str(k): _without_nulls(v) for k, v in tree.items() if v is not None}
    if isinstance(tree, list):
        return [_without_nulls(item) for item in tree if item is not None]
    return tree


def _anchor(entry: _Entry, base: str, *names: str) -> None:
    for name in names:
        path = getattr(entry, name)
        if path:
            setattr(entry, name, os.path.normpath(os.path.join(base, os.path.expanduser(path))))
