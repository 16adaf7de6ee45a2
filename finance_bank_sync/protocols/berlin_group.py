"""Account information over NextGenPSD2 (Berlin Group, XS2A 1.3.x; specs/berlingroup.md).

Written after the published OpenAPI description and guidelines. What a bank does besides, e.g. signatures, is switched
on for it. Answers with transactions are handed on as the bytes that came.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote, urljoin

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
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
    REPLACED,
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
    CursorRefused,
    OnlineAccount,
    PeriodRefused,
    Person,
)

#: consentStatus -> what a consent is for us
STATES = {
    "received": WAITING,
    "partiallyAuthorised": WAITING,
    "valid": VALID,
    "rejected": REFUSED,
    "revokedByPsu": REVOKED,
    "expired": EXPIRED,
    "terminatedByTpp": REPLACED,
}
#: statuses that are judged here by the code in the body
_REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 409, 429})
#: pages of one list; more is a list that never ends
MOST_PAGES = 2000
#: seconds until a bank is asked again that does not say when its day of calls is over
_DAY_OF_CALLS = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How requests are signed where a bank wants that.

    :param sign: gives the headers that go with a request in addition, see ``http_signature.berlin_group``
    """

    sign: Callable[[Mapping[str, str], bytes], Mapping[str, str]] = field(repr=False)


class BerlinGroupClient:
    """Calls one bank, for one unit of work."""

    def __init__(self, client: Caller, *, person: Person | None = None, signing: Signing | None = None) -> None:
        """:param person: who waits for it; without, the calls count as calls without a person"""
        self._client = client
        self._person = person or Person()
        self._signing = signing

    # -- consents --------------------------------------------------------------------------

    def begin_consent(self, wish: ConsentWish) -> ConsentBegun:
        """Make a consent at the bank (section 6.3); nothing is opened before a person has said yes."""
        accounts = [
            {"iban": iban, **({"currency": wish.currencies[iban]} if iban in wish.currencies else {})}
            for iban in wish.ibans
        ]
        body = {
            "access": {"accounts": accounts, "balances": accounts, "transactions": accounts},
            "recurringIndicator": True,
            "validUntil": wish.until.isoformat(),
            "frequencyPerDay": wish.calls,
            "combinedServiceIndicator": False,
        }
        answer = self._json(
            "POST",
            "consents",
            json=body,
            # a consent that nobody says yes to opens nothing: a second one does no harm
            may_repeat=True,
            headers={
                "TPP-Redirect-Preferred": "true",
                "TPP-Redirect-URI": wish.return_to,
                "TPP-Nok-Redirect-URI": wish.refused_to,
            },
        )
        reference = answer.get("consentId")
        if not isinstance(reference, str) or not reference:
            raise MalformedError("The bank has made a consent and does not say how it is called.")
        links = _links(answer)
        if "scaRedirect" not in links and "scaOAuth" not in links and (start := _start_of(links)):
            # the authorisation is a thing of its own at this bank, and has to be begun
            links = {**links, **_links(self._json("POST", self._absolute(start), json={}, may_repeat=True))}
        return ConsentBegun(
            reference=reference,
            state=STATES.get(str(answer.get("consentStatus")), WAITING),
            page=links.get("scaRedirect", ""),
            scope=f"AIS:{reference}" if "scaOAuth" in links and "scaRedirect" not in links else "",
            confirm=self._absolute(links["confirmation"]) if "confirmation" in links else "",
        )

    def confirm(self, href: str, code: str) -> None:
        """Send the code that the person has brought back."""
        self._json("PUT", href, json={"confirmationCode": code})

    def consent(self, reference: str) -> ConsentFacts:
        """Ask what has become of a consent."""
        told = self._json("GET", f"consents/{_segment(reference)}")
        said = str(told.get("consentStatus") or "")
        if said not in STATES:
            raise MalformedError(
                f"The bank calls the state of the consent {mask_text(said)[:40]!r}, which is not known."
            )
        calls = told.get("frequencyPerDay")
        return ConsentFacts(
            state=STATES[said],
            said=said,
            until=_date(told.get("validUntil")),
            calls=calls if isinstance(calls, int) and not isinstance(calls, bool) and calls > 0 else None,
        )

    def revoke(self, reference: str) -> None:
        """Take a consent back; one that is gone already is as good."""
        answer = self._call("DELETE", f"consents/{_segment(reference)}")
        if answer.status not in (200, 202, 204, 404):
            error = self._error(answer)
            if not isinstance(error, ConsentNeeded):
                raise error

    # -- accounts --------------------------------------------------------------------------

    def accounts(self, consent: str) -> tuple[OnlineAccount, ...]:
        """List the accounts that a consent opens."""
        told = self._json("GET", "accounts", headers={"Consent-ID": consent})
        listed = told.get("accounts")
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise MalformedError("The answer of the bank has no list of accounts.")
        found = []
        for one in listed:
            key = one.get("resourceId")
            if not isinstance(key, str) or not key:
                # without it nothing of the account can be asked
                continue
            found.append(
                OnlineAccount(
                    key=key,
                    iban=_word(one, "iban"),
                    number=_word(one, "bban") or _word(one, "maskedPan") or _word(one, "pan"),
                    currency=_word(one, "currency"),
                    name=_word(one, "displayName") or _word(one, "name") or _word(one, "product") or "",
                    owner=_word(one, "ownerName") or "",
                    bic=_word(one, "bic"),
                    is_open=one.get("status", "enabled") == "enabled",
                )
            )
        return tuple(found)

    def balances(self, consent: str, account: str) -> bytes:
        """Ask for the balances of an account; :return: the answer as it came"""
        return self._body("GET", f"accounts/{_segment(account)}/balances", headers={"Consent-ID": consent})

    def transactions(
        self, consent: str, account: str, *, since: date | None = None, after: str = "", changed: bool = False
    ) -> Iterator[bytes]:
        """Ask for transactions, page by page.

        :param since: first day of the list
        :param after: instead: what follows this entry reference
        :param changed: instead: what has changed since we asked the last time
        :return: answers as they came
        :raise CursorRefused: the bank does not know where we had read to, or its pages turn in a circle
        """
        query: dict[str, Any] = {"bookingStatus": "both"}
        if after:
            query["entryReferenceFrom"] = after
        elif changed:
            query["deltaList"] = "true"
        elif since:
            query["dateFrom"] = since.isoformat()
        path: str | None = f"accounts/{_segment(account)}/transactions"
        asked: set[str] = set()
        while path:
            try:
                answer = self._good("GET", path, query=query, headers={"Consent-ID": consent})
            except AccountGone as error:
                # "resource unknown" is the account on the first page, and the page itself on any other
                raise (CursorRefused(error.detail) if asked or after else error) from error
            document = _object(answer)
            lists = document.get("transactions")
            if not isinstance(lists, dict):
                if isinstance(document.get("_links"), dict) and "download" in document["_links"]:
                    raise RejectedError(
                        "The bank gives this list as a download only. Let the connection fetch fewer days.",
                        reason="bank_period_refused",
                    )
                raise MalformedError("The answer of the bank has no transactions.")
            yield answer.body
            following = _links(lists).get("next") or _links(document).get("next")
            path, query = urljoin(answer.url, following) if following else None, {}
            if path and (path in asked or len(asked) >= MOST_PAGES):
                raise CursorRefused("The pages of the bank turn in a circle.")
            if path:
                asked.add(path)

    # -- calls -----------------------------------------------------------------------------

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._good(method, path, **options)
        return _object(answer) if answer.body.strip() else {}

    def _body(self, method: str, path: str, **options: Any) -> bytes:
        answer = self._good(method, path, **options)
        _object(answer)
        return answer.body

    def _good(self, method: str, path: str, **options: Any) -> Answer:
        answer = self._call(method, path, **options)
        if not 200 <= answer.status < 300:
            raise self._error(answer)
        return answer

    def _call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Make one call.

        :param body: sent as it is, with its Content-Type among the headers; instead of ``json``
        """
        if json is not None:
            body = strict_json.dumps(json)
        all_headers = {
            "X-Request-ID": str(uuid.uuid4()),
            **({"PSU-IP-Address": self._person.address} if self._person.is_there else {}),
            **({"PSU-User-Agent": self._person.agent[:200]} if self._person.is_there and self._person.agent else {}),
            **({"Content-Type": "application/json"} if json is not None else {}),
            **(headers or {}),
        }
        if self._signing:
            lower = {name.lower(): value for name, value in all_headers.items()}
            all_headers |= self._signing.sign(lower, body or b"")
        return self._client.request(method, path, body=body, headers=all_headers, expect=_REFUSALS, **options)

    def _absolute(self, href: str) -> str:
        """A link of an answer is an address, or a path on the same host."""
        endpoint = getattr(self._client, "endpoint", None)
        return urljoin(endpoint.base_url, href) if endpoint is not None else href

    def _error(self, answer: Answer) -> FinanceError:
        """Give the error that a refusal means: the code in the body says more than the status."""
        codes, words = _refusal(answer)
        place = target(answer.url).authority
        said = f"{place} answered {answer.status}" + (f": {words}" if words else ".")
        params = {"http_status": answer.status, **({"code": codes[0]} if codes else {})}
        known = set(codes)
        wait = http_outcome.retry_after(answer.headers)
        if "ACCESS_EXCEEDED" in known:
            return CallsUsedUp(said, retry_after=wait or _DAY_OF_CALLS, params=params)
        if known & {"CONSENT_EXPIRED"}:
            return ConsentNeeded(said, state=EXPIRED, params=params)
        if known & {"CONSENT_INVALID", "CONSENT_UNKNOWN"}:
            return ConsentNeeded(said, state=REVOKED, params=params)
        if "PERIOD_INVALID" in known:
            return PeriodRefused(said, params=params)
        if known & {"PARAMETER_NOT_SUPPORTED", "PARAMETER_NOT_CONSISTENT"}:
            return CursorRefused(said, params=params)
        if known & {"RESOURCE_UNKNOWN", "RESOURCE_EXPIRED", "RESOURCE_BLOCKED"}:
            return AccountGone(said, params=params)
        if any(code.startswith(("CERTIFICATE_", "SIGNATURE_", "TOKEN_", "ROLE_")) for code in known):
            return AuthNeededError(said, params=params)
        error = http_outcome.refusal(answer.status, answer.headers, words, may_repeat=answer.may_repeat, endpoint=place)
        return error or MalformedError(said, params=params)


def _object(answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise MalformedError("The answer of the bank is not a JSON object.")
    return document


def _links(document: Mapping[str, Any]) -> dict[str, str]:
    """``_links`` as name -> address; what is no link is left out."""
    links = document.get("_links")
    found = {}
    for name, link in links.items() if isinstance(links, dict) else ():
        href = link.get("href") if isinstance(link, dict) else link
        if isinstance(href, str) and href:
            found[str(name)] = href
    return found


def _start_of(links: Mapping[str, str]) -> str | None:
    return next((href for name, href in links.items() if name.startswith("startAuthorisation")), None)


def _refusal(answer: Answer) -> tuple[list[str], str]:
    """Codes and words of a refusal: ``tppMessages``, or a problem document (RFC 7807)."""
    try:
        document = strict_json.loads(answer.body)
    except SafetyError:
        return [], ""
    if not isinstance(document, dict):
        return [], ""
    messages = document.get("tppMessages")
    errors = [document, *(document.get("additionalErrors") or ())] if "code" in document else []
    told = [one for one in (messages if isinstance(messages, list) else errors) if isinstance(one, dict)]
    codes = [str(one["code"]) for one in told if one.get("category", "ERROR") == "ERROR" and one.get("code")]
    words = " ".join(
        str(part) for one in told for part in (one.get("code"), one.get("text") or one.get("detail")) if part
    )
    return codes, "".join(c if c.isprintable() else " " for c in mask_text(words))[:300]


def _segment(text: str) -> str:
    return quote(text, safe="")


def _word(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
