"""Where an Argo server is and who asks, as the `argo` command reads it.

The variables are those of `cmd/argo/commands/client/conn.go`. ARGO_HTTP1 changes nothing: argotui
always speaks HTTP/1.1 to an Argo server.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from argotui.backend.kube.kubeconfig import KubeTarget, is_loopback, load_target
from argotui.backend.kube.kubeconfig_file import KubeconfigSource, KubeconfigUser
from argotui.config.files import read_text
from argotui.errors import ConfigError

AUTHORIZATION = "ARGO_TOKEN"
"""The variable with the Authorization header, or with a token alone."""
USER = "argo-server"
DEFAULT_NAMESPACE = "default"


class ServerAddress(msgspec.Struct, frozen=True):
    """The address of an Argo server: `url` is `host:port` or a URL; `ca_file` names a PEM file."""

    url: str
    base_href: str = ""
    secure: bool = True
    insecure_skip_verify: bool = False
    ca_file: str = ""

    @property
    def server(self) -> str:
        """The URL of the server with its base path. A scheme in `url` overrides `secure`."""
        url = self.url.strip()
        if "://" not in url:
            url = f"{'https' if self.secure else 'http'}://{url}"
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            valid = False
        if not valid or parts.username is not None or parts.query or parts.fragment:
            raise ConfigError(
                "The address of the Argo server is not HOST:PORT or a URL",
                hint="Check --argo-server and ARGO_SERVER, for instance localhost:2746.",
            )
        base = self.base_href.strip("/")
        return url.rstrip("/") + (f"/{base}" if base else "")

    @property
    def context(self) -> str:
        """The name under which the console lists this server beside the kubeconfig's contexts."""
        parts = urlsplit(self.server)
        return f"argo-server:{parts.netloc}{parts.path}"


def server_target(
    address: ServerAddress,
    namespace: str | None = None,
    kubeconfig: KubeconfigSource = None,
    environ: Mapping[str, str] = os.environ,
) -> KubeTarget:
    """Return the target of an Argo server.

    The credentials are ARGO_TOKEN, else those of the kubeconfig's current user, as in `argo`;
    neither is an error, because a server in auth mode `server` asks for none. Raises ConfigError
    for an address, token or authority that cannot be used.
    """
    server = address.server
    own = _kubeconfig_target(kubeconfig)
    token = environ.get(AUTHORIZATION)
    if token is not None:
        user, exec_config = _user_of(token.strip()), None
    elif own is not None:
        user, exec_config = _login_of(own.user), own.exec_config
    else:
        user, exec_config = KubeconfigUser(), None
    return KubeTarget(
        context=address.context,
        cluster_name=address.context,
        user_name=USER,
        server=server,
        namespace=namespace or (own.namespace if own is not None else DEFAULT_NAMESPACE),
        user=user,
        ca=_authority(address.ca_file),
        insecure=address.insecure_skip_verify,
        exec_config=exec_config,
        warnings=tuple(_warnings(address, server)),
        clear=True,
    )


def _kubeconfig_target(source: KubeconfigSource) -> KubeTarget | None:
    try:
        return load_target(None, source)
    except ConfigError:
        return None  # an Argo server needs no kubeconfig


def _login_of(user: KubeconfigUser) -> KubeconfigUser:
    """Return the part of a kubeconfig's user that makes an Authorization header."""
    return KubeconfigUser(
        token=user.token,
        token_file=user.token_file,
        username=user.username,
        password=user.password,
        exec=user.exec,
        auth_provider=user.auth_provider,
        origin=user.origin,
    )


def _user_of(authorization: str) -> KubeconfigUser:
    """Return the user of an Authorization header (`Bearer TOKEN`, `Basic …`), or of a token."""
    if not authorization:
        return KubeconfigUser()
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return KubeconfigUser(token=rest.strip())
        case "basic":
            try:
                name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
            except (binascii.Error, ValueError):
                raise ConfigError(f"{AUTHORIZATION} is not a valid Basic authorization") from None
            return KubeconfigUser(username=name, password=password)
    if rest:
        raise ConfigError(
            f"{AUTHORIZATION} is neither a Bearer nor a Basic authorization",
            hint=f"`argo auth token` prints what {AUTHORIZATION} should hold.",
        )
    return KubeconfigUser(token=authorization)


def _authority(path: str) -> str:
    if not path:
        return ""
    try:
        return read_text(os.path.expanduser(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(
            "The certificate authority of the Argo server cannot be read", f"{path}: {reason}"
        ) from None


def _warnings(address: ServerAddress, server: str) -> Iterator[str]:
    if address.insecure_skip_verify:
        yield "TLS is not verified: anyone on the way can be the Argo server"
    elif server.startswith("http://") and not is_loopback(server):
        yield "The connection to the Argo server is not encrypted: others can read the token"
