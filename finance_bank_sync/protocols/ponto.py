"""Ponto Connect of Isabel Group over Ibanity (specs/openbanking_aggregators.md, section 1).

JSON:API, mutual TLS, OAuth 2.0, and in production signed requests. Lists are newest first and are read until they are
older than what was asked for. Ponto asks the banks itself; a person who is there can have it do so at once.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from urllib.parse import quote, urljoin

from odoo.addons.finance_connector_base.engine.errors import (
    FinanceError,
    MalformedError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.masking import mask_text
from odoo.addons.finance_connector_base.transports import http_outcome
from odoo.addons.finance_connector_base.transports.http import Authorization
from odoo.addons.finance_connector_base.transports.http_address import Target, target
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer

from . import http_signature
from .access import AccountGone, Caller, CursorRefused, OnlineAccount, Person
from .webhook_keys import pick

PAGE = 100
#: of all products of Ibanity, so beside the one of ours
WEBHOOK_KEYS = "/webhooks/keys"
MOST_PAGES = 2000
#: how often a synchronisation is looked at, and seconds in between
LOOKS, PAUSE = 15, 2.0
_REFUSALS = frozenset({400, 401, 403, 404, 409})


class Endpoint(Protocol):
    """Where calls go."""

    def target(self, path: str, query: Mapping[str, Any] | None = None) -> Target:
        """Give the whole address of a call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IbanitySigning:
    """How requests are signed (draft-cavage, ``hs2019``).

    :param certificate_id: what Ibanity calls the signing certificate
    :param private_key: PEM
    """

    certificate_id: str
    private_key: str = field(repr=False)

    def headers(self, method: str, to: Target, body: bytes, headers: Mapping[str, str], *, now: int) -> dict[str, str]:
        """Give the headers that go with a request in addition.

        :param headers: of the request, those that begin with ``ibanity-`` and ``authorization`` are signed
        """
        digest = http_signature.digest_sha512(body)
        signed = {
            "(request-target)": f"{method.lower()} {to.resource}",
            "host": to.authority,
            "digest": digest,
            "(created)": str(now),
            **{
                name.lower(): value
                for name, value in headers.items()
                if name.lower() == "authorization" or name.lower().startswith("ibanity-")
            },
        }
        made = http_signature.sign(http_signature.signing_string(signed), self.private_key, pss=True)
        signature = base64.urlsafe_b64encode(made).decode()
        return {
            "Digest": digest,
            "Signature": f'keyId="{self.certificate_id}",created="{now}",algorithm="hs2019",'
            f'headers="{" ".join(signed)}",signature="{signature}"',
        }


class PontoClient:
    """Calls Ponto, for one unit of work."""

    def __init__(
        self,
        client: Caller,
        endpoint: Endpoint,
        authorization: Authorization | None,
        *,
        signing: IbanitySigning | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """:param authorization: asked here and not by the client, because its header is signed, too"""
        self._client = client
        self._endpoint = endpoint
        self._authorization = authorization
        self._signing = signing
        self._sleep = sleep

    def accounts(self) -> tuple[OnlineAccount, ...]:
        """List the accounts of the integration."""
        found = []
        path: str | None = "accounts"
        query: dict[str, Any] = {"page[limit]": PAGE}
        for _page in range(MOST_PAGES):
            answer = self._good("GET", path or "", query=query)
            document = _object(answer)
            found += [_account(resource) for resource in _data(document)]
            path, query = _next(answer, document), {}
            if not path:
                return tuple(found)
        raise CursorRefused("The pages of Ponto turn in a circle.")

    def account(self, key: str) -> bytes:
        """Ask for an account with its balances; :return: the answer as it came"""
        return self._good("GET", f"accounts/{_segment(key)}").body

    def webhook_key(self, key_id: str) -> str | None:
        """Look for the key of a webhook in the published set; :return: its PEM, None when it is not there"""
        to = self._endpoint.target("")
        answer = self._client.request("GET", urljoin(to.url, WEBHOOK_KEYS), may_repeat=True)
        return pick(answer.json(), key_id, "RS512")

    def transactions(self, key: str, since: date, *, pending: bool = False) -> Iterator[bytes]:
        """Read a list, newest first, until it is older than the first day; :return: answers as they came"""
        path: str | None = f"accounts/{_segment(key)}/{'pending-transactions' if pending else 'transactions'}"
        query: dict[str, Any] = {"page[limit]": PAGE}
        asked: set[str] = set()
        while path:
            answer = self._good("GET", path, query=query)
            document = _object(answer)
            resources = _data(document)
            yield answer.body
            days = [str(_attributes(one).get("executionDate") or "")[:10] for one in resources]
            if not pending and days and min(days) and max(days) < since.isoformat():
                return
            path, query = _next(answer, document), {}
            if path and (path in asked or len(asked) >= MOST_PAGES):
                raise CursorRefused("The pages of Ponto turn in a circle.")
            if path:
                asked.add(path)

    def synchronise(self, key: str, person: Person) -> str:
        """Have Ponto ask the bank now, for a person who is there, and wait for it.

        :return: ``success``, ``error``, or ``running`` when it takes too long to wait for
        """
        told = self._json(
            "POST",
            "synchronizations",
            json={
                "data": {
                    "type": "synchronization",
                    "attributes": {
                        "resourceType": "account",
                        "resourceId": key,
                        "subtype": "accountTransactions",
                        "customerIpAddress": person.address,
                    },
                }
            },
        )
        for _look in range(LOOKS):
            resource = told.get("data")
            status = _attributes(resource).get("status")
            if status in ("success", "error"):
                return str(status)
            self._sleep(PAUSE)
            identity = resource.get("id") if isinstance(resource, dict) else None
            if not isinstance(identity, str):
                raise MalformedError("Ponto does not say how the synchronisation is called.")
            told = self._json("GET", f"synchronizations/{_segment(identity)}")
        return "running"

    # -- calls -----------------------------------------------------------------------------

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return _object(self._good(method, path, **options))

    def _good(self, method: str, path: str, **options: Any) -> Answer:
        answer = self._call(method, path, **options)
        if answer.status == 401 and self._authorization is not None and self._authorization.renew():
            answer = self._call(method, path, **options)
        if not 200 <= answer.status < 300:
            raise _error(answer)
        return answer

    def _call(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, json: Any = None) -> Answer:
        body = b"" if json is None else strict_json.dumps(json)
        headers = dict(self._authorization.headers()) if self._authorization is not None else {}
        if json is not None:
            headers["Content-Type"] = "application/vnd.api+json"
        to = self._endpoint.target(path, query)
        if self._signing:
            headers |= self._signing.headers(method, to, body, headers, now=int(time.time()))
        return self._client.request(
            method,
            to.url,
            body=body if json is not None else None,
            headers=headers,
            accept="application/vnd.api+json",
            may_repeat=True,
            expect=_REFUSALS,
        )


def _error(answer: Answer) -> FinanceError:
    """Give the error that a refusal means (JSON:API errors)."""
    try:
        document = strict_json.loads(answer.body)
    except SafetyError:
        document = {}
    errors = document.get("errors") if isinstance(document, dict) else None
    told = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    codes = {str(one.get("code") or "") for one in told}
    words = mask_text(" ".join(str(one[name]) for one in told for name in ("code", "detail") if one.get(name)))[:300]
    place = target(answer.url).authority
    said = f"{place} answered {answer.status}" + (f": {words}" if words else ".")
    params = {"http_status": answer.status}
    if answer.status == 404:
        return AccountGone(said, params=params)
    if answer.status == 400 and any("page" in code.lower() or "cursor" in code.lower() for code in codes):
        return CursorRefused(said, params=params)
    if answer.status == 409:
        return TransientError(said, params=params)
    error = http_outcome.refusal(answer.status, answer.headers, words, may_repeat=True, endpoint=place)
    return error or RejectedError(said, params=params)


def _account(resource: Mapping[str, Any]) -> OnlineAccount:
    told = _attributes(resource)
    number = told.get("reference")
    ends = _date(told.get("authorizationExpirationExpectedAt"))
    is_iban = told.get("referenceType") == "IBAN"
    written = number if isinstance(number, str) and number else str(resource.get("id"))
    return OnlineAccount(
        key=str(resource.get("id")),
        iban=written if is_iban else None,
        number=None if is_iban else written,
        currency=_word(told, "currency"),
        name=_word(told, "description") or _word(told, "product") or "",
        owner=_word(told, "holderName") or "",
        is_open=not told.get("deprecated"),
        until=ends,
    )


def _object(answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise MalformedError("The answer of Ponto is not a JSON object.")
    return document


def _data(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = document.get("data")
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise MalformedError("The answer of Ponto has no list of resources.")
    return data


def _attributes(resource: Any) -> dict[str, Any]:
    told = resource.get("attributes") if isinstance(resource, dict) else None
    return told if isinstance(told, dict) else {}


def _next(answer: Answer, document: Mapping[str, Any]) -> str | None:
    links = document.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    return urljoin(answer.url, following) if isinstance(following, str) and following else None


def _segment(text: str) -> str:
    return quote(text, safe="")


def _word(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
