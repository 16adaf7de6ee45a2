"""GoCardless Bank Account Data, formerly Nordigen (specs/openbanking_aggregators.md, section 2).

Consents are requisitions with an agreement. Four successful calls in 24 hours are granted for each account and kind of
question, whether a person is there or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    FinanceError,
    MalformedError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.masking import mask_text
from odoo.addons.finance_connector_base.transports import http_outcome
from odoo.addons.finance_connector_base.transports.http_address import target
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

from .access import (
    EXPIRED,
    REFUSED,
    REVOKED,
    VALID,
    WAITING,
    AccountGone,
    Caller,
    CallsUsedUp,
    ConsentBegun,
    ConsentFacts,
    ConsentNeeded,
    ConsentWish,
    OnlineAccount,
)

#: status of a requisition -> what a consent is for us
STATES = {
    "CR": WAITING,
    "GC": WAITING,
    "UA": WAITING,
    "SA": WAITING,
    "GA": WAITING,
    "LN": VALID,
    "RJ": REFUSED,
    "EX": EXPIRED,
    "SU": REVOKED,
}
_REFUSALS = frozenset({400, 401, 403, 404, 409, 429})
_SECONDS = re.compile(r"(\d{1,7}) seconds")
#: seconds until the day of calls is surely over
_DAY = 86400.0


class GoCardlessTokens:
    """Proves who we are: a token for a day, got when it is needed first, renewed by its refresh token."""

    def __init__(self, client: Caller, *, secret_id: str, secret_key: str) -> None:
        """:param client: one that proves nothing by itself"""
        self._client = client
        self._secrets = {"secret_id": secret_id, "secret_key": secret_key}
        self._access = self._refresh = ""

    def headers(self) -> Mapping[str, str]:
        """Give the headers of the next call."""
        if not self._access:
            self._new()
        return {"Authorization": f"Bearer {self._access}"}

    def renew(self) -> bool:
        """Get another token: by the refresh token, else by the secrets."""
        if self._refresh:
            answer = self._client.request(
                "POST", "token/refresh/", json={"refresh": self._refresh}, may_repeat=True, expect={400, 401}
            )
            self._refresh = ""
            if answer.status == 200:
                self._access = _text(answer.json(), "access")
                return True
        self._new()
        return True

    def _new(self) -> None:
        answer = self._client.request("POST", "token/new/", json=self._secrets, may_repeat=True, expect={400, 401, 403})
        if answer.status != 200:
            raise AuthNeededError("GoCardless refuses the secret ID or the secret key. Set them again.")
        told = answer.json()
        self._access, self._refresh = _text(told, "access"), _text(told, "refresh")


class GoCardlessClient:
    """Calls GoCardless, for one unit of work."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    # -- consents --------------------------------------------------------------------------

    def begin_consent(self, wish: ConsentWish, *, institution: str, today: date) -> ConsentBegun:
        """Make an agreement and a requisition for it."""
        agreement = self._json(
            "POST",
            "agreements/enduser/",
            json={
                "institution_id": institution,
                "max_historical_days": 90,
                "access_valid_for_days": max((wish.until - today).days, 1),
                "access_scope": ["balances", "details", "transactions"],
            },
        )
        told = self._json(
            "POST",
            "requisitions/",
            json={
                # it adds a query of its own, with the reference
                "redirect": wish.return_to.partition("?")[0],
                "institution_id": institution,
                "reference": wish.state,
                "agreement": _text(agreement, "id"),
            },
        )
        return ConsentBegun(reference=_text(told, "id"), page=_text(told, "link"))

    def consent(self, requisition: str) -> ConsentFacts:
        """Ask what has become of a requisition, and when its agreement ends."""
        told = self._requisition(requisition)
        said = str(told.get("status") or "")
        if said not in STATES:
            raise MalformedError(f"GoCardless calls the state of the requisition {said[:20]!r}, which is not known.")
        until = None
        if STATES[said] == VALID and told.get("agreement"):
            agreement = self._json("GET", f"agreements/enduser/{_segment(_text(told, 'agreement'))}/")
            accepted, days = agreement.get("accepted"), agreement.get("access_valid_for_days")
            if isinstance(accepted, str) and isinstance(days, int):
                until = _day(accepted) + timedelta(days=days)
        return ConsentFacts(state=STATES[said], said=said, until=until, calls=4)

    def revoke(self, requisition: str) -> None:
        """Delete a requisition; one that is gone already is as good."""
        answer = self._call("DELETE", f"requisitions/{_segment(requisition)}/")
        if answer.status != 404 and not 200 <= answer.status < 300:
            raise self._error(answer)

    # -- accounts --------------------------------------------------------------------------

    def accounts(self, requisition: str) -> tuple[OnlineAccount, ...]:
        """List the accounts of a requisition; their ids are new with each of them."""
        keys = self._requisition(requisition).get("accounts")
        found = []
        for key in keys if isinstance(keys, list) else []:
            told = self._json("GET", f"accounts/{_segment(str(key))}/")
            found.append(
                OnlineAccount(
                    key=str(key),
                    iban=_word(told, "iban"),
                    name=_word(told, "name") or "",
                    owner=_word(told, "owner_name") or "",
                    is_open=told.get("status") not in ("EXPIRED", "SUSPENDED"),
                )
            )
        return tuple(found)

    def balances(self, account: str) -> bytes:
        """:return: the answer as it came"""
        return self._good("GET", f"accounts/{_segment(account)}/balances/").body

    def transactions(self, account: str, since: date) -> bytes:
        """:return: the answer as it came; GoCardless gives everything in one"""
        return self._good("GET", f"accounts/{_segment(account)}/transactions/", query={"date_from": since}).body

    # -- calls -----------------------------------------------------------------------------

    def _requisition(self, requisition: str) -> dict[str, Any]:
        return self._json("GET", f"requisitions/{_segment(requisition)}/")

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        document = self._good(method, path, **options).json()
        if not isinstance(document, dict):
            raise MalformedError("The answer of GoCardless is not a JSON object.")
        return document

    def _good(self, method: str, path: str, **options: Any) -> Answer:
        answer = self._call(method, path, **options)
        if not 200 <= answer.status < 300:
            raise self._error(answer)
        return answer

    def _call(self, method: str, path: str, **options: Any) -> Answer:
        # an agreement or requisition that nobody says yes to opens nothing
        return self._client.request(method, path, may_repeat=True, expect=_REFUSALS, **options)

    def _error(self, answer: Answer) -> FinanceError:
        try:
            told = strict_json.loads(answer.body)
        except SafetyError:
            told = {}
        told = told if isinstance(told, dict) else {}
        words = mask_text(" ".join(str(told[name]) for name in ("summary", "detail") if told.get(name)))[:300]
        kind = f"{told.get('type', '')} {words}"
        said = f"{target(answer.url).authority} answered {answer.status}" + (f": {words}" if words else ".")
        params: dict[str, Any] = {"http_status": answer.status}
        if answer.status == 429:
            return CallsUsedUp(said, retry_after=_wait(answer, words), params=params)
        if "AccessExpired" in kind or "EUAExpired" in kind or "EUA" in kind and "expired" in kind:
            return ConsentNeeded(said, state=EXPIRED, params=params)
        if "Suspended" in kind or "suspended" in kind:
            return ConsentNeeded(said, state=REVOKED, params=params)
        if answer.status == 409:
            return TransientError(said, params=params, retry_after=600.0)
        if answer.status == 404:
            return AccountGone(said, params=params)
        error = http_outcome.refusal(
            answer.status, answer.headers, words, may_repeat=True, endpoint=target(answer.url).authority
        )
        return error or MalformedError(said, params=params)


def _wait(answer: Answer, words: str) -> float:
    """Seconds until the next call is granted: of the header of the account, of the words, or a day."""
    reset = answer.headers.get("http_x_ratelimit_account_success_reset", "")
    if reset.isascii() and reset.isdigit():
        return min(float(reset), _DAY)
    match = _SECONDS.search(words)
    return min(float(match[1]), _DAY) if match else http_outcome.retry_after(answer.headers) or _DAY


def _text(told: Any, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, str) or not value:
        raise MalformedError(f"The answer of GoCardless lacks {name}.")
    return value


def _word(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _segment(text: str) -> str:
    return quote(text, safe="")


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).date()
    except ValueError:
        raise MalformedError("GoCardless tells no day on which the agreement was accepted.") from None
