"""TLS as every call uses it: version 1.2 or later, always verified, own authority and client certificate if wanted."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from ..engine.errors import AuthNeededError

#: what OpenSSL says when the other side does not like our certificate, or misses it
_CLIENT_CERTIFICATE_ALERTS = (
    "CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNKNOWN_CA",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_ACCESS_DENIED",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a server proves itself to us and we to it; all in PEM.

    :param authorities: takes the place of the authorities the system trusts
    :param certificate: our certificate for mutual TLS, with its chain
    :param private_key: and its key
    """

    authorities: str = ""
    certificate: str = ""
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext:
        """:raise AuthNeededError: when what was configured cannot be read"""
        if self.certificate or self.private_key:
            context = _context(self.authorities)
            self._load_certificate(context)
            return context
        return _shared_context(self.authorities)

    def _load_certificate(self, context: ssl.SSLContext) -> None:
        text = f"{self.private_key.strip()}\n{self.certificate.strip()}\n"
        try:
            with _passing_file(text.encode("ascii")) as path:
                context.load_cert_chain(path, password=lambda: self.passphrase)
        except (ssl.SSLError, ValueError, OSError) as error:
            raise AuthNeededError(
                "The client certificate and its key cannot be used. Supply a PEM pair that belongs together.",
                reason="secret_broken",
            ) from error


def is_about_our_certificate(error: ssl.SSLError) -> bool:
    """Say whether the other side refused the handshake because of our certificate: it has not read a request."""
    text = str(error).upper()
    return any(alert in text for alert in _CLIENT_CERTIFICATE_ALERTS)


def _context(authorities: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if authorities.strip():
        try:
            context.load_verify_locations(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise AuthNeededError(
                "The certificates of the authority on the connection cannot be read. Supply them in PEM format.",
                reason="secret_broken",
            ) from error
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


@lru_cache(maxsize=64)
def _shared_context(authorities: str) -> ssl.SSLContext:
    """Reading the system's authorities takes longer than a call."""
    return _context(authorities)


@contextmanager
def _passing_file(content: bytes) -> Iterator[str]:
    """A file for a library that reads keys from files only; in memory where the system can."""
    in_memory = getattr(os, "memfd_create", None)
    if in_memory is not None:
        number = in_memory("finance")  # not inherited by other processes
        try:
            os.write(number, content)
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    number, path = tempfile.mkstemp(prefix="finance")  # readable by its owner alone
    try:
        os.write(number, content)
        os.close(number)
        yield path
    finally:
        os.unlink(path)
