"""What Concur answers when it behaves, after the documentation of its Financial Integration Service v4.

The books (``postings``, ``payments``, ``history``) count what was said: what is repeated changes nothing.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.concur.documents import Json
from sandbox.concur.lists import ListItems
from sandbox.concur.tokens import Tokens
from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

KINDS = "(expense|invoice|cashadvance|payroll)"
TRANSACTIONS = f"/financialintegration/fi/v4/companies/transactiontypes/{KINDS}/transactions"
READY, ACKNOWLEDGED = "READY", "ACKNOWLEDGED"
POSTED, REFUSED = "POSTING_CONFIRMED_SUCCESS", "POSTING_CONFIRMED_FAILURE"
TOPIC = "public.concur.financialintegration"
#: smallest thing that is a PNG
IMAGE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000000500010d0a2db40000000049454e44ae426082"
)
_DATES = (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"), re.compile(r"\d{8}"))


@dataclass(slots=True)
class Document:
    """A document in the queue, and what was said about it."""

    identity: str
    kind: str
    content: Json
    status: str = READY
    recalled: bool = False
    #: what the processor sees: number of the entry, or the words of the refusal
    number: str = ""
    words: list[str] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)
    payments: list[Json] = field(default_factory=list)

    @property
    def report(self) -> Json:
        found: Json = self.content.get("report") or {"reportId": "", "revisionNumber": ""}
        return found


class Concur(ListItems, RestSystem):
    """One company. Fields without underscore can be configured."""

    def __init__(self) -> None:
        super().__init__()
        self.oauth = Tokens()
        self.needs_token = True
        self.company_id, self.entity_id = "821599", "t0171945nik5"
        self.system_id = ""
        #: most documents of a page, whatever was asked for
        self.page = 25
        #: `document` is sent as text though JSON was asked for
        self.as_text = False
        #: fields come in another order each time
        self.shuffles = True
        #: so many calls of a kind are answered with 199 for each document
        self.later: dict[str, int] = {}
        #: id of a document, or of a report -> code that it gets, whatever is right
        self.codes: dict[str, int] = {}
        #: so many calls end with the documents that were named left out of the answer
        self.leaves_out = 0
        #: an image's address is good for so many reads
        self.image_reads = 1
        #: path of images that answer, id -> content
        self.images: dict[str, bytes] = {}
        self.documents: dict[str, Document] = {}
        self.history: list[tuple[str, str, int]] = []
        self.postings: dict[str, list[Json]] = {}
        self.subscriptions: dict[str, Json] = {}
        self._addresses: dict[str, tuple[str, int]] = {}
        self._random = random.Random(4)

    # -- what people do there --------------------------------------------------------------

    def approve(self, content: Json, *, kind: str = "expense") -> str:
        """The last approval of a report is given: it is ready; :return: id of its document"""
        name = content["report"]["reportId"] if kind == "expense" else content["cashAdvanceData"]["cashAdvanceId"]
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{len(self.documents)}").hex
        self.documents[identity] = Document(identity, kind, content)
        return identity

    def recall(self, identity: str) -> bool:
        """The processor takes a report back, which is possible before it is acknowledged and after it has failed."""
        document = self.documents[identity]
        if document.status in (READY, REFUSED):
            document.recalled = True
        return document.recalled

    def recall_by_force(self, identity: str) -> None:
        """It is gone while somebody works on it, which administrators can do."""
        self.documents[identity].recalled = True

    def of_report(self, report_id: str) -> list[Document]:
        """:return: everything that was handed out of a report, oldest first"""
        return [one for one in self.documents.values() if one.report["reportId"] == report_id]

    def event(self, identity: str) -> dict[str, Any]:
        """A delivery of the Event Subscription Service; it comes at least once."""
        document = self.documents[identity]
        href = f"{TRANSACTIONS.replace(KINDS, document.kind)}?docId={identity}"
        body = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"event {identity}")),
            "correlationId": str(uuid.uuid4()),
            "eventType": f"{document.kind}.readyForIntegration",
            "topic": TOPIC,
            "subtopic": "",
            "timeStamp": "2026-03-04T10:31:00.000Z",
            "route": "/",
            "data": None,
            "facts": {
                "companyId": self.company_id,
                "documentId": identity,
                "entityId": self.entity_id,
                "href": f"https://us.api.concursolutions.com{href}",
            },
        }
        return {"headers": {"content-type": "application/json"}, "body": json.dumps(body)}

    def configure(self, values: dict[str, Any]) -> None:
        """Set fields of ours or of the authorisation server."""
        for name, value in values.items():
            owner = self if hasattr(self, name) else self.oauth
            getattr(owner, name)  # an unknown name is a mistake
            setattr(owner, name, value)

    def state(self) -> dict[str, Any]:
        """What there is, for tests that run beside it."""
        return {
            **self.oauth.state(),
            "documents": {
                one.identity: {
                    "report": one.report["reportId"],
                    "revision": one.report["revisionNumber"],
                    "status": one.status,
                    "recalled": one.recalled,
                    "number": one.number,
                    "words": one.words,
                    "payments": one.payments,
                }
                for one in self.documents.values()
            },
            "history": self.history,
            "items": self.items,
        }

    # -- who is let in ---------------------------------------------------------------------

    def lets_in(self, request: Request) -> Response | None:
        if request.path.startswith(("/oauth2/", "/images/")) or not self.needs_token:
            return None
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return None if self.oauth.knows(token) else said({"error": "invalid_token"}, 401)

    @route("POST", "/oauth2/v0/token")
    def token(self, request: Request) -> Response:
        return self.oauth.token(request)

    # -- the queue -------------------------------------------------------------------------

    @route("GET", TRANSACTIONS)
    def listed(self, request: Request, kind: str) -> Response:
        query = request.query
        if query.get("systemId", "") != self.system_id:
            return _problem(400, "systemId")
        any_status = query.get("ignoreDocumentStatus", "no") == "yes"
        found = [
            one
            for one in self.documents.values()
            if one.kind == kind
            and (any_status or (one.status == READY and not one.recalled))
            and query.get("docId", one.identity) == one.identity
        ]
        limit = min(int(query.get("limit", 25)), self.page)
        number, pages = int(query.get("page", 0)), -(-len(found) // limit)
        content = [self._written(one, request) for one in found[number * limit : (number + 1) * limit]]
        names = {"first": 0, "self": number, "last": max(pages - 1, 0)} | (
            {"next": number + 1} if number + 1 < pages else {}
        )
        links = [
            {"rel": rel, "href": f"{request.path}?{urlencode({**query, 'page': there})}"}
            for rel, there in names.items()
        ]
        turned = {"size": limit, "totalElements": len(found), "totalPages": pages, "number": number}
        return self._said({"links": links, "content": content, "page": turned})

    def _written(self, one: Document, request: Request) -> Json:
        wants_text = request.headers.get("documentformatas", "text").lower() != "json" or self.as_text
        content = self._mixed(one.content)
        written: Json = self._mixed(
            {
                "id": one.identity,
                "docType": one.kind,
                "companyId": self.company_id,
                "entityId": self.entity_id,
                "companyUuid": self.oauth.company_uuid,
                "erpSystemId": self.system_id,
                "docStatus": one.status,
                "links": [],
                "document": said(content).body.decode() if wants_text else content,
            }
        )
        return written

    def _mixed(self, value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            if self.shuffles:
                self._random.shuffle(names)
            return {name: self._mixed(value[name]) for name in names}
        return [self._mixed(item) for item in value] if isinstance(value, list) else value

    def _said(self, body: Any, status: int = 200) -> Response:
        return said(body, status, concur_correlationid=str(uuid.uuid4()))

    # -- what is said about documents --------------------------------------------------------

    @route("POST", f"{TRANSACTIONS}/acknowledgements")
    def acknowledged(self, request: Request, kind: str) -> Response:
        body = json.loads(request.body)
        if not isinstance(body.get("ids"), list) or len(body["ids"]) > 100:
            return _problem(400, "ids")
        told = [self._acknowledge(str(identity), kind, body.get("systemId") or "") for identity in body["ids"]]
        return self._results("acknowledgements", told, "acknowledgeResult")

    def _acknowledge(self, identity: str, kind: str, system: str) -> tuple[str, int]:
        document, code = self._known(identity, kind, system, "acknowledgements", 104, 105, 102)
        if document and not code:
            code = 101 if document.status == ACKNOWLEDGED else 103 if document.status != READY else 0
            if not code:
                document.status = ACKNOWLEDGED
        return identity, code

    @route("POST", f"{TRANSACTIONS}/postingconfirmations")
    def posted(self, request: Request, kind: str) -> Response:
        body = json.loads(request.body)
        if "systemId" not in body or not isinstance(body.get("postingConfirmations"), list):
            return _problem(400, "postingConfirmations")
        told = [self._post(one, kind, body["systemId"] or "") for one in body["postingConfirmations"]]
        return self._results("postingconfirmations", told, "postingConfirmationResult")

    def _post(self, said_of: Json, kind: str, system: str) -> tuple[str, int]:
        identity = str(said_of.get("docId"))
        document, code = self._known(identity, kind, system, "postingconfirmations", 116, 115, 112)
        if document is None or code:
            return identity, code
        if document.status in (POSTED, REFUSED):
            return identity, 113
        if document.status != ACKNOWLEDGED:
            return identity, 111
        if not _is_posting(said_of):
            return identity, 198
        self.postings.setdefault(identity, []).append(said_of)
        if said_of["overallPostingStatusCode"] == "success":
            document.status, document.number = POSTED, said_of["postingDocs"][0]["documentNumber"]
        else:
            document.status = REFUSED
            document.words = [message["messageShortText"] for message in said_of["systemMessages"]]
            document.lines = {
                message["concurTransactionLineItemId"]: message["messageShortText"]
                for message in said_of["systemMessages"]
                if message.get("concurTransactionLineItemId")
            }
        return identity, 0

    @route("POST", f"{TRANSACTIONS}/paymentconfirmations")
    def paid(self, request: Request, kind: str) -> Response:
        body = json.loads(request.body)
        if not isinstance(body.get("processingConfirmation"), list):
            return _problem(400, "processingConfirmation")
        told = [self._pay(one, kind, body.get("systemId") or "") for one in body["processingConfirmation"]]
        return self._results("paymentconfirmations", told, "paymentConfirmationResult")

    def _pay(self, said_of: Json, kind: str, system: str) -> tuple[str, int]:
        identity = str(said_of.get("docId"))
        document, code = self._known(identity, kind, system, "paymentconfirmations", 116, 115, 112)
        if document is None or code:
            return identity, code
        if document.status != POSTED:
            return identity, 111
        if not _is_payment(said_of):
            return identity, 298
        if document.payments:
            return identity, 213
        document.payments.append(said_of)
        return identity, 0

    def _known(
        self, identity: str, kind: str, system: str, what: str, unknown: int, other: int, recalled: int
    ) -> tuple[Document | None, int]:
        """:return: (the document, or None; code that ends it, 0: go on)"""
        document = self.documents.get(identity)
        if document is None:
            return None, unknown
        for name in (identity, document.report["reportId"]):
            if name in self.codes:
                return None, self.codes[name]
        if self.later.get(what, 0):
            return None, 199
        if system != self.system_id:
            return None, 99
        if document.kind != kind:
            return None, other
        return document, recalled if document.recalled else 0

    def _results(self, what: str, told: list[tuple[str, int]], name: str) -> Response:
        self.later[what] = max(self.later.get(what, 0) - 1, 0)
        self.history += [(what, identity, code) for identity, code in told]
        if self.leaves_out:
            self.leaves_out -= 1
            told = told[:-1]
        return self._said(
            [
                self._mixed(
                    {
                        "code": code,
                        "docId": identity,
                        "systemId": self.system_id,
                        name: "SUCCESS" if not code else _WORDS.get(code, "FAILURE"),
                        "errorMessage": None if not code else f"Document {identity}: code {code}",
                        "detailMessage": None,
                    }
                )
                for identity, code in told
            ]
        )

    # -- images ----------------------------------------------------------------------------

    @route("GET", "/api/image/v1.0/report/([0-9A-Za-z]+)")
    def image(self, request: Request, identity: str) -> Response:
        if identity not in self.images:
            return _problem(404, "image")
        key = uuid.uuid4().hex
        self._addresses[key] = (identity, self.image_reads)
        url = f"http://{request.headers['host']}/images/{key}?sig=a&amp;exp=900"
        body = (
            '<?xml version="1.0" encoding="utf-8"?><Image xmlns="http://www.concursolutions.com/api/image/2011/02">'
            f"<Id>{identity}</Id><Url>{url}</Url></Image>"
        )
        return Response(200, body.encode(), {"Content-Type": "application/xml; charset=utf-8"})

    @route("GET", "/images/([0-9a-f]{32})")
    def content(self, request: Request, key: str) -> Response:
        identity, left = self._addresses.get(key, ("", 0))
        if left < 1 or "authorization" in request.headers:
            return Response(403, b"", {})
        self._addresses[key] = (identity, left - 1)
        return Response(200, self.images[identity], {"Content-Type": "image/png"})

    # -- events ----------------------------------------------------------------------------

    @route("GET", "/events/v4/topics")
    def topics(self, request: Request) -> Response:
        return self._said([TOPIC, "public.concur.expense.report"])

    @route("PUT", "/events/v4/subscriptions/webhook")
    def subscribe(self, request: Request) -> Response:
        body = json.loads(request.body)
        if body.get("topic") != TOPIC or not body.get("id") or not body.get("webHookConfig", {}).get("endpoint"):
            return _problem(400, "subscription")
        if len(self.subscriptions) >= 5 and body["id"] not in self.subscriptions:
            return _problem(409, "too many subscriptions")
        self.subscriptions[body["id"]] = body
        return self._said(body)

    @route("GET", "/events/v4/subscriptions")
    def subscribed(self, request: Request) -> Response:
        return self._said(list(self.subscriptions.values()))

    @route("DELETE", "/events/v4/subscriptions/([^/]+)")
    def unsubscribe(self, request: Request, identity: str) -> Response:
        self.subscriptions.pop(identity, None)
        return Response(204)


_WORDS = {
    199: "SYSTEM_ERROR_OCCURRED",
    111: "NOT_YET_ACKNOWLEDGED",
    104: "DOCUMENT_NOT_FOUND",
    116: "DOCUMENT_NOT_FOUND",
    102: "WAS_RECALLED",
    112: "WAS_RECALLED",
}


def _is_posting(said_of: Json) -> bool:
    """What the documentation demands of a confirmation."""
    posted, messages = said_of.get("postingDocs") or [], said_of.get("systemMessages") or []
    match said_of.get("overallPostingStatusCode"):
        case "success":
            return bool(posted) and all(
                one.get("companyId")
                and 0 < len(one.get("documentNumber") or "") <= 80
                and re.fullmatch(r"\d{4}-\d{2}-\d{2}", one.get("postingDate", "2026-01-01"))
                for one in posted
            )
        case "error":
            # all or nothing: what was posted of it was taken back before
            return (
                not posted
                and bool(messages)
                and all(0 < len(one.get("messageShortText") or "") <= 1300 for one in messages)
            )
    return False


def _is_payment(said_of: Json) -> bool:
    details = said_of.get("clearingDetails") or []
    return said_of.get("processingStatusCode") in ("CP", "PP", "RE", "OB") and all(
        any(pattern.fullmatch(str(one.get("clearingDate", "20260101"))) for pattern in _DATES)
        and all(ref.get("companyCode") and ref.get("paymentRef") for ref in one.get("clearingReference", ()))
        for one in details
    )


def _problem(status: int, place: str) -> Response:
    return said({"httpStatus": f"{status}", "errorMessage": f"{place} is not right"}, status)
