"""What all interfaces to bank accounts have in common: consents, accounts, calls of people and of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from odoo.addons.finance_connector_base.engine.errors import AuthNeededError, RejectedError, TransientError
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

#: what a consent can be, whatever an interface calls it
WAITING, VALID, REFUSED, REVOKED, EXPIRED, REPLACED = "waiting", "valid", "refused", "revoked", "expired", "replaced"


class Caller(Protocol):
    """The part of the HTTP client that is needed here."""

    def request(self, method: str, path: str = "", **options: Any) -> Answer:
        """Make one call, see ``transports/http.py``."""
        ...


class Anonymous:
    """Proves nothing: for calls that come before anybody has logged in, and where a header is made elsewhere."""

    def headers(self) -> Mapping[str, str]:
        """:return: no header"""
        return {}

    def renew(self) -> bool:
        """:return: False, there is nothing to renew"""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is there while a call is made; nobody is, where there is no address.

    :param address: IP address of the person
    :param agent: name of the browser
    """

    address: str = ""
    agent: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the call is made for a person who waits for it."""
        return bool(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWish:
    """What a consent is asked for.

    :param return_to: where the person comes back to, ``refused_to`` where after a no
    :param until: last day on which it is to be good
    :param state: comes back with the person
    :param calls: a day without a person
    :param ibans: accounts that are named; empty: the person chooses at the bank
    """

    return_to: str
    refused_to: str
    until: date
    state: str = ""
    calls: int = 4
    ibans: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBegun:
    """A consent that a person has to say yes to.

    :param page: where the person says yes; empty where OAuth 2.0 is used for it
    :param scope: OAuth scope that says yes to it
    :param confirm: address that a code of the person is sent to afterwards
    """

    reference: str
    state: str = WAITING
    page: str = ""
    scope: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFacts:
    """What the bank says about a consent.

    :param said: the bank's own word for its state
    :param calls: a day without a person; None: it does not say
    """

    state: str
    said: str = ""
    until: date | None = None
    calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineAccount:
    """An account that a consent opens.

    :param key: the interface's own id; banks change it with each consent
    :param until: last day on which the interface reads it, where it tells that by itself
    """

    key: str
    iban: str | None = None
    number: str | None = None
    currency: str | None = None
    name: str = ""
    owner: str = ""
    bic: str | None = None
    is_open: bool = True
    until: date | None = None


class ConsentNeeded(AuthNeededError):
    """The bank does not let us in before a person has given a consent again.

    :param state: what has become of the consent
    """

    default_reason = "bank_consent_needed"

    def __init__(self, detail: str, *, state: str = EXPIRED, **options: Any) -> None:
        super().__init__(detail, **options)
        self.state = state


class CallsUsedUp(TransientError):
    """The bank has counted more calls without a person than it allows a day."""

    default_reason = "bank_calls_used_up"
    #: what was asked for
    what = "transactions"


class PeriodRefused(RejectedError):
    """The bank does not tell about days that are so long ago."""

    default_reason = "bank_period_refused"


class CursorRefused(RejectedError):
    """The place where we had read to is not known any more, or the list has changed while we read it."""

    default_reason = "bank_cursor_refused"


class AccountGone(RejectedError):
    """The account does not exist, or the consent does not open it."""

    default_reason = "bank_account_gone"
