"""TLS to every server alike: the API server, OPA, and OIDC issuers."""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import TypeVar

_E = TypeVar("_E", bound=BaseException)


def client_tls(
    ca: str = "", certificate: tuple[str, str] | None = None, *, verify: bool = True
) -> ssl.SSLContext:
    """Return how to speak TLS: whom to trust (PEM; empty: whom this machine trusts), and as whom.

    `certificate` is a pair of PEM texts, certificate and key. Go's TLS, and so kubectl, opa and
    kubelogin, accepts the certificates that Python 3.13 calls malformed (VERIFY_X509_STRICT): so
    does this. Raises ssl.SSLError or ValueError for what is no certificate or no key to it.
    """
    # OpenSSL reads these from files alone; they are gone again when this returns.
    with tempfile.TemporaryDirectory(prefix="argotui-") as directory:

        def kept(name: str, text: str) -> str:
            path = os.path.join(directory, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return path

        context = ssl.create_default_context(cafile=kept("ca.pem", ca) if ca else None)
        if certificate is not None:
            context.load_cert_chain(
                kept("client.pem", certificate[0]), kept("client.key", certificate[1])
            )
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def cause_of(error: BaseException, kind: type[_E]) -> _E | None:
    """Return the first of `kind` behind an aiohttp error, which wraps what really happened."""
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return None
        # Inner ones first: aiohttp's own are of ssl's classes too, but empty.
        for candidate in (
            getattr(seen, "certificate_error", None),
            getattr(seen, "os_error", None),
            seen,
        ):
            if isinstance(candidate, kind):
                return candidate
        seen = seen.__cause__ or seen.__context__
    return None


def tls_trouble(error: BaseException) -> str:
    """Return what certificates and TLS have to do with a failure, in words; empty for nothing."""
    certificate = cause_of(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        why = certificate.verify_message or "verification failed"
        return f"the server's certificate is not trusted: {why}"
    tls = cause_of(error, ssl.SSLError)
    if tls is not None:
        why = (tls.reason or "no reason given").replace("_", " ").lower()
        return f"TLS could not be set up: {why}"
    return ""
