"""What services in front of banks tell by webhook (specs/openbanking_aggregators.md): a hint, never a booking.

An event is believed as far as to ask at once, or to call a person. What is new is always read from the interface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

#: there may be something new: ask
ASK = "ask"
#: a person has to say yes at the bank again
LOG_IN = "log_in"
#: a person has said yes again: ask, too
LOGGED_IN = "logged_in"
#: nothing that anything follows from here
NOTHING = "nothing"

#: what is behind the dot -> what follows
_PONTO = {
    "account.detailsUpdated": ASK,
    "account.transactionsCreated": ASK,
    "account.transactionsUpdated": ASK,
    "account.pendingTransactionsCreated": ASK,
    "account.pendingTransactionsUpdated": ASK,
    "account.reauthorized": LOGGED_IN,
    "integration.revoked": LOG_IN,
    "integration.accountRevoked": LOG_IN,
    "organization.blocked": LOG_IN,
}
_PLAID = {
    "TRANSACTIONS.SYNC_UPDATES_AVAILABLE": ASK,
    "ITEM.LOGIN_REPAIRED": LOGGED_IN,
    "ITEM.PENDING_DISCONNECT": LOG_IN,
    "ITEM.PENDING_EXPIRATION": LOG_IN,
    "ITEM.USER_PERMISSION_REVOKED": LOG_IN,
    "ITEM.USER_ACCOUNT_REVOKED": LOG_IN,
}
#: errors of an item that a person mends by logging in again
_PLAID_ERRORS = frozenset({"ITEM_LOGIN_REQUIRED", "ACCESS_NOT_GRANTED", "USER_PERMISSION_REVOKED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What follows from an event.

    :param kind: as the service calls it
    :param account: the service's id of the account that it is about; empty: all of the connection
    """

    what: str
    kind: str = ""
    account: str = ""


def ponto(body: bytes) -> Event:
    """Read an event of Ponto Connect (JSON:API); what is not known has no consequence."""
    data = _object(_document(body).get("data"))
    kind = _word(data, "type")
    account = _object(_object(_object(data.get("relationships")).get("account")).get("data"))
    return Event(what=_PONTO.get(kind.removeprefix("pontoConnect."), NOTHING), kind=kind, account=_word(account, "id"))


def plaid(body: bytes) -> Event:
    """Read an event of Plaid; it is about an item, with all of its accounts."""
    told = _document(body)
    kind = f"{_word(told, 'webhook_type')}.{_word(told, 'webhook_code')}"
    what = _PLAID.get(kind, NOTHING)
    if kind == "ITEM.ERROR" and _word(_object(told.get("error")), "error_code") in _PLAID_ERRORS:
        what = LOG_IN
    return Event(what=what, kind=kind)


#: scheme of the webhook -> its reader
READERS: Mapping[str, Callable[[bytes], Event]] = {"ibanity": ponto, "plaid": plaid}


def _document(body: bytes) -> dict[str, Any]:
    try:
        return _object(strict_json.loads(body))
    except SafetyError:
        return {}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
