"""A delivery as it came, what is known about its sender, and the verdict on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: signatures of one delivery that are looked at; more are no rotation but a search
MAX_SIGNATURES = 10
#: seconds since 1970, as senders write them
_SECONDS = re.compile(r"[0-9]{9,11}")


class Refused(ValueError):
    """A delivery that is not from the sender, or not of now.

    ``code`` is one of ``unsigned`` (what the scheme needs is missing), ``malformed`` (it is there and cannot be
    read), ``signature`` (no secret fits), ``old`` or ``early`` (outside of the tolerance), ``no_secret`` (nothing
    to compare with), ``certificate`` (that of the sender is not trusted).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CertificateWanted(Refused):
    """The certificate or key is not here yet: fetch it, and let the sender repeat the delivery.

    ``url`` is where it is, or what the sender calls it.
    """

    def __init__(self, url: str) -> None:
        super().__init__("certificate_wanted")
        self.url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One HTTP request.

    :param headers: names in lower case
    :param body: the bytes as sent; a signature holds for these and for nothing parsed from them
    :param target: path of the address that the sender was given
    """

    headers: Mapping[str, str]
    body: bytes
    target: str = ""

    def header(self, name: str) -> str:
        """:return: the value of a header
        :raise Refused: ``unsigned`` without it, ``malformed`` when it is no plain text
        """
        value = self.headers.get(name.lower(), "").strip()
        if not value:
            raise Refused("unsigned")
        if not value.isascii() or not value.isprintable():
            raise Refused("malformed")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an endpoint knows of its sender.

    :param secrets: the current one first; a public key in PEM where the scheme uses one
    :param tolerance: seconds a delivery may be old, and early
    :param header: name of the header with the signature (schemes that leave it open)
    :param prefix: text before the signature in that header, e.g. ``sha256=``
    :param algorithm: ``sha256``, ``sha384`` or ``sha512``
    :param encoding: ``hex`` or ``base64``
    :param time_header: name of the header with the time of sending; empty: there is none
    :param id_header: name of the header with the identity of the delivery; empty: there is none
    :param pattern: what is signed, in terms of ``{id}``, ``{time}`` and ``{body}``
    :param webhook_id: what the sender calls this endpoint (PayPal), or our application (Ibanity)
    :param signer: host name in the sender's certificate (PayPal), or issuer of its tokens (Ibanity)
    :param certificates: URL -> chain in PEM, leaf first (PayPal); id of a key -> its PEM (keys that are fetched)
    :param anchors: PEM of the authorities that are trusted for it
    """

    secrets: tuple[str, ...] = ()
    tolerance: int = 300
    header: str = ""
    prefix: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    time_header: str = ""
    id_header: str = ""
    pattern: str = "{body}"
    webhook_id: str = ""
    signer: str = ""
    certificates: Mapping[str, str] = field(default_factory=dict)
    anchors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A delivery that is the sender's.

    :param delivery_id: how the sender calls it in every repetition, where the scheme says so
    :param sent_at: seconds since 1970, where the scheme says so
    """

    delivery_id: str | None = None
    sent_at: int | None = None


class Scheme(Protocol):
    """How one kind of sender signs. Schemes keep nothing between deliveries."""

    #: value stored on the endpoint
    code: str
    #: fields of :class:`Settings` that people fill in, for the form
    uses: frozenset[str]
    #: a repetition carries the same bytes; else what differs under the same identity is no conflict
    same_bytes: bool

    def verify(self, delivery: Delivery, settings: Settings, now: float) -> Proof:
        """Say that a delivery is the sender's.

        :param now: seconds since 1970
        :raise Refused: it is not, or this cannot be seen
        """


def seconds(text: str) -> int:
    """:return: seconds since 1970
    :raise Refused: ``malformed``
    """
    if not _SECONDS.fullmatch(text):
        raise Refused("malformed")
    return int(text)


def check_age(sent_at: float, now: float, tolerance: int) -> None:
    """Refuse what was sent too long ago (it may be a recording), or is from the future.

    :raise Refused: ``old`` or ``early``
    """
    if now - sent_at > tolerance:
        raise Refused("old")
    if sent_at - now > tolerance:
        raise Refused("early")
