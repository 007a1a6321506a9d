"""The target of a connection: one checked context of the kubeconfig, or a pod's service account.

docs/decisions/0016 says why the loader of kubernetes-asyncio does not read the files.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from argotui.backend.kube import lazy_client
from argotui.backend.kube.kubeconfig_file import (
    Cluster,
    Context,
    Kubeconfig,
    KubeconfigSource,
    KubeconfigUser,
    open_to_others,
    read_kubeconfig,
)
from argotui.backend.ports import ContextInfo
from argotui.config.files import read_text
from argotui.errors import ConfigError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
IN_CLUSTER = "in-cluster"
_EXEC_EXTENSION = "client.authentication.k8s.io/exec"
_REMOVED_PROVIDERS = {
    "gcp": "Use the exec plugin gke-gcloud-auth-plugin.",
    "azure": "Use the exec plugin kubelogin.",
}


@dataclass(frozen=True, repr=False)
class KubeTarget:
    """All that is needed to talk to one cluster as one user.

    `ca` is PEM, empty for the system's authorities; `related_namespaces` are those that contexts of
    the same cluster name.
    """

    context: str
    cluster_name: str
    user_name: str
    server: str
    namespace: str
    user: KubeconfigUser
    ca: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str = ""
    compress: bool = True
    exec_config: object = None
    warnings: tuple[str, ...] = ()
    clear: bool = False
    """Whether credentials are sent over a connection that is not encrypted, too."""
    related_namespaces: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        return self.server.startswith("https://")


def list_contexts(source: KubeconfigSource = None) -> list[ContextInfo]:
    """Return the contexts by name. Raises ConfigError if the kubeconfig cannot be read."""
    config = read_kubeconfig(source)
    return [
        ContextInfo(
            name=name,
            cluster=context.cluster,
            user=context.user,
            namespace=context.namespace or "default",
            server=config.clusters[context.cluster].server
            if context.cluster in config.clusters
            else "",
            current=name == config.current,
        )
        for name, context in sorted(config.contexts.items())
    ]


def load_target(context: str | None = None, source: KubeconfigSource = None) -> KubeTarget:
    """Return the target of a context (default: the current one), or of the pod's service account if
    there is no kubeconfig.

    Raises ConfigError with the mistake, the file and a remedy.
    """
    config = read_kubeconfig(source)
    if config.empty and context is None and source is None and _in_pod():
        return _service_account()
    if config.empty:
        raise _nothing_there(config)
    name = config.current if context is None else context
    return _target(config, name, _find_context(config, name, asked=context is not None))


def _target(config: Kubeconfig, name: str, context: Context) -> KubeTarget:
    cluster = config.clusters.get(context.cluster)
    if cluster is None:
        raise _missing("cluster", context.cluster, name, list(config.clusters))
    user = KubeconfigUser()
    if context.user:
        found = config.users.get(context.user)
        if found is None:
            raise _missing("user", context.user, name, list(config.users))
        user = found
    _check_cluster(cluster, context.cluster)
    _check_user(user, context.user)
    ca = _pem(
        cluster.certificate_authority_data,
        cluster.certificate_authority,
        f"certificate-authority of cluster {context.cluster}",
    )
    server = _server(cluster, bool(ca or user.client_certificate or user.client_certificate_data))
    return KubeTarget(
        context=name,
        cluster_name=context.cluster,
        user_name=context.user,
        server=server,
        namespace=context.namespace or "default",
        user=user,
        ca=ca,
        insecure=cluster.insecure_skip_tls_verify,
        tls_server_name=cluster.tls_server_name,
        proxy=cluster.proxy_url,
        compress=not cluster.disable_compression,
        exec_config=_exec_config(cluster),
        warnings=tuple(_warnings(config, cluster, user, server)),
        related_namespaces=tuple(
            sorted(
                {
                    other.namespace
                    for other in config.contexts.values()
                    if other.cluster == context.cluster and other.namespace
                }
            )
        ),
    )


def _find_context(config: Kubeconfig, name: str, *, asked: bool) -> Context:
    if name in config.contexts:
        return config.contexts[name]
    there = _nearest(name, list(config.contexts))
    listed = f"There are: {', '.join(there)}." if there else "It names no context."
    if not name:
        raise ConfigError(
            "The kubeconfig has no current context",
            listed,
            "Name one with --context, or choose one: kubectl config use-context NAME.",
        )
    raise ConfigError(
        f"The kubeconfig has no context {name}",
        listed,
        "Check --context." if asked else "Choose another: kubectl config use-context NAME.",
    )


def _missing(kind: str, name: str, context: str, there: list[str]) -> ConfigError:
    listed = ", ".join(_nearest(name, there)) or "none"
    return ConfigError(
        f"Context {context} names the {kind} {name or '(nothing)'}, which is not in the kubeconfig",
        f"There are: {listed}.",
        "Check the kubeconfig: kubectl config view.",
    )


def _nearest(name: str, names: list[str]) -> list[str]:
    def distance(candidate: str) -> tuple[float, str]:
        return (-difflib.SequenceMatcher(None, name, candidate).ratio(), candidate)

    return sorted(names, key=distance)


def _nothing_there(config: Kubeconfig) -> ConfigError:
    hint = "Set KUBECONFIG, pass --kubeconfig FILE, or try it without a cluster: argotui demo."
    if config.files:
        return ConfigError("The kubeconfig is empty", f"Read: {', '.join(config.files)}.", hint)
    return ConfigError(
        "There is no kubeconfig", f"Looked for: {', '.join(config.looked_at) or 'none'}.", hint
    )


_PROXIES = ("http", "https", "socks5", "socks5h")


def _check_cluster(cluster: Cluster, name: str) -> None:
    if not cluster.server:
        raise ConfigError(f"The cluster {name} of the kubeconfig has no server")
    if cluster.insecure_skip_tls_verify and (
        cluster.certificate_authority or cluster.certificate_authority_data
    ):
        raise ConfigError(
            f"The cluster {name} has both a certificate authority and insecure-skip-tls-verify",
            hint="Remove one of them; the authority is what protects you.",
        )
    if cluster.proxy_url and urlsplit(cluster.proxy_url).scheme not in _PROXIES:
        raise ConfigError(
            f"The proxy-url of cluster {name} has an unknown scheme",
            "Known are http://, https:// and socks5://.",
        )


def _check_user(user: KubeconfigUser, name: str) -> None:
    certificate = user.client_certificate or user.client_certificate_data
    key = user.client_key or user.client_key_data
    if bool(certificate) != bool(key):
        parts = ("client-certificate", "client-key")
        there, lacking = parts if certificate else parts[::-1]
        raise ConfigError(f"User {name} has a {there} but no {lacking}")
    read_client_certificate(user, name)
    provider = user.auth_provider
    if provider is not None:
        if user.exec is not None:
            raise ConfigError(f"User {name} has both an exec plugin and an auth-provider")
        if provider.name != "oidc":
            raise ConfigError(
                f"The auth-provider {provider.name} of user {name} is not supported",
                hint=_REMOVED_PROVIDERS.get(provider.name, "Use an exec plugin."),
            )
    if (user.as_uid or user.as_groups or user.as_user_extra) and not user.impersonate:
        raise ConfigError(f"User {name} impersonates groups without a user", hint="Set 'as'.")


def read_client_certificate(user: KubeconfigUser, name: str) -> tuple[str, str] | None:
    """Read and return certificate and key as PEM, or None. Raises ConfigError if unreadable."""
    certificate = _pem(
        user.client_certificate_data, user.client_certificate, f"client-certificate of user {name}"
    )
    key = _pem(user.client_key_data, user.client_key, f"client-key of user {name}")
    return (certificate, key) if certificate and key else None


def _pem(data: str, path: str, what: str) -> str:
    """Return inline data, which takes precedence as in kubectl, else the file; empty for
    neither."""
    if data:
        try:
            return base64.b64decode(data, validate=False).decode()
        except (binascii.Error, ValueError):
            raise ConfigError(f"The {what} is not base64 of PEM text") from None
    if not path:
        return ""
    try:
        return read_text(path)
    except OSError as error:
        raise ConfigError(
            f"The {what} cannot be read", f"{path}: {error.strerror or error}", "Check the path."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"The {what} is not PEM text", path) from None


def _server(cluster: Cluster, has_tls: bool) -> str:
    """Return the server's URL; one without a scheme gets the scheme client-go would give it."""
    server = cluster.server.strip()
    if "://" not in server:
        server = f"{'https' if has_tls or cluster.insecure_skip_tls_verify else 'http'}://{server}"
    try:
        parts = urlsplit(server)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError("The server of the cluster is not a URL", cluster.server)
    return server.rstrip("/")


def _exec_config(cluster: Cluster) -> object:
    for extension in cluster.extensions:
        if extension.name == _EXEC_EXTENSION:
            return extension.extension
    return None


def _warnings(
    config: Kubeconfig, cluster: Cluster, user: KubeconfigUser, server: str
) -> Iterator[str]:
    if cluster.insecure_skip_tls_verify:
        yield "TLS is not verified (insecure-skip-tls-verify): anyone on the way can be the server"
    elif server.startswith("http://") and not is_loopback(server):
        yield "The connection is not encrypted (http): credentials are not sent over it"
    for path in config.files:
        if open_to_others(path):
            yield f"Others on this machine can read the kubeconfig {path}: chmod 600 it"
    if user.impersonate:
        yield f"Acting as {user.impersonate} (impersonation)"


def is_loopback(server: str) -> bool:
    """Say whether a URL's host is this machine."""
    host = urlsplit(server).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def _in_pod() -> bool:
    return bool(
        os.environ.get("KUBERNETES_SERVICE_HOST")
        and os.environ.get("KUBERNETES_SERVICE_PORT")
        and (SERVICE_ACCOUNT / "token").is_file()
    )


def _service_account() -> KubeTarget:
    token, ca = SERVICE_ACCOUNT / "token", SERVICE_ACCOUNT / "ca.crt"
    configuration = lazy_client.new_configuration()
    try:
        lazy_client.in_cluster_loader(str(token), str(ca)).load_and_set(configuration)
    except Exception as error:
        raise ConfigError("The service account of this pod cannot be used", str(error)) from None
    try:
        namespace = (SERVICE_ACCOUNT / "namespace").read_text().strip()
    except OSError:
        namespace = ""
    return KubeTarget(
        context=IN_CLUSTER,
        cluster_name=IN_CLUSTER,
        user_name="service account",
        server=str(configuration.host).rstrip("/"),
        namespace=namespace or "default",
        user=KubeconfigUser(token_file=str(token)),
        ca=_pem("", str(ca), "certificate authority of the service account"),
    )
