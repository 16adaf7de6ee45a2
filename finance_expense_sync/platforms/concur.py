"""SAP Concur, Financial Integration Service v4 (specs/expense_platforms.md, section 2).

A queue with a protocol: what is ready is listed, acknowledged at once (that takes it out of the queue and keeps the
processor from recalling it), and confirmed after it is posted and after it is paid. Answers come with status 200 and a
verdict for each document. Every step may be repeated: what was done before says so by its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import MalformedError, TransientError
from odoo.addons.finance_connector_base.safe import xml
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer as HttpAnswer

from . import concur_advance
from .calling import Caller
from .concur_lists import ConcurLists
from .concur_reader import WHOLE_REPORT, document
from .contract import Answer, Batch, Handed, Outcome
from .reading import Node, loads, stable

PREFIX = "financialintegration/fi/v4/companies/transactiontypes"
IMAGES = "api/image/v1.0/report"
#: type of the documents that are reports
EXPENSE = "expense"
#: documents of one call
PAGE = 25
#: it is on record there
DONE = frozenset({"0", "101", "113", "213"})
#: the processor has taken it back: it comes again as another document with a higher revision
RECALLED = frozenset({"102", "112"})
#: try again later
LATER = "199"
#: it has to be acknowledged first
UNCLAIMED = "111"
#: what documents say that changes while they stay the same
_FLEETING = frozenset({"links", "docStatus"})
_RESULTS = ("acknowledgeResult", "postingConfirmationResult", "paymentConfirmationResult")
#: longest text of a message, and longest number of a document
_WORDS, _NUMBER = 1300, 80


class ConcurClient:
    """Calls Concur, for one unit of work."""

    def __init__(
        self, client: Caller, *, system_id: str = "", images: Caller | None = None, files: Caller | None = None
    ) -> None:
        """:param system_id: name of our system there, where a company has several
        :param images: calls the host that knows where receipts are, which is another one
        :param files: calls where receipts are, and proves nothing there
        """
        self._client = client
        self._system_id = system_id
        self._images = images or client
        self._files = files or client
        #: what people choose from
        self.lists = ConcurLists(client)

    # -- the queue -------------------------------------------------------------------------

    def batch(self, position: Mapping[str, Any] | None, *, advances: bool = False) -> Batch:
        """Read a page of what is ready.

        What is acknowledged leaves the queue, so the next page is at the same place; when nothing has left it, the
        page behind is read.

        :param advances: cash advances are read, too, after the reports
        """
        position = position or {}
        page, before = int(position.get("page") or 0), list(position.get("ids") or ())
        kind = concur_advance.KIND if advances and position.get("kind") == concur_advance.KIND else EXPENSE
        documents, pages = self._page(kind, page)
        if before and {one.needed("id") for one in documents} <= set(before):
            page += 1
            documents, pages = self._page(kind, page)
        handed = tuple(_handed(one) for one in documents)
        more = bool(handed) and pages > page + 1
        ids = [*(before if page else ()), *(one.handle for one in handed)]
        here = {"kind": kind} if kind != EXPENSE else {}
        if not more and advances and kind == EXPENSE:
            return Batch(handed=handed, position={"kind": concur_advance.KIND}, more=True)
        return Batch(handed=handed, position={**here, "page": page, "ids": ids} if more else {}, more=more)

    def _page(self, kind: str, page: int) -> tuple[list[Node], int]:
        query = {"page": page, "limit": PAGE, "ignoreDocumentStatus": "no"}
        if self._system_id:
            query["systemId"] = self._system_id
        answer = self._client.request(
            "GET", f"{PREFIX}/{kind}/transactions", query=query, headers={"DocumentFormatAs": "JSON"}
        )
        found = loads(answer.body, "transactions")
        documents = found.nodes("content") if "content" in found.value else found.nodes("fIDocuments")
        turned = found.node("page")
        return documents, (turned.number("totalPages") or 0) if turned else int(bool(documents))

    def acknowledge(self, handed: Sequence[Handed]) -> list[Answer]:
        """Claim documents; claimed before counts as claimed."""
        names = {one.handle or one.external_id: one.external_id for one in handed}
        if not names:
            return []
        answers = []
        for kind in (EXPENSE, concur_advance.KIND):
            mine = {name: external_id for name, external_id in names.items() if _kind(external_id) == kind}
            if mine:
                body = {"ids": list(mine), "systemId": self._system_id}
                answers += _answers(self._post("acknowledgements", body, kind), mine)
        return answers

    # -- what became of it -----------------------------------------------------------------

    def confirm_posting(self, outcome: Outcome, *, company: str) -> Answer:
        """Say that a document is posted, or why it cannot be.

        :param company: code of the company in our ledger, where the outcome has none
        """
        identity = outcome.handle or outcome.external_id
        company = (outcome.company or company)[:20]
        posted = {"companyId": company, "documentNumber": (outcome.number or outcome.key)[:_NUMBER]}
        if outcome.day:
            posted |= {"fiscalYear": str(outcome.day.year), "postingDate": outcome.day.isoformat()}
        failed = [_message(outcome.key, outcome.text or "", None)] if outcome.text or not outcome.lines else []
        failed += [_message(outcome.key, text, line) for line, text in outcome.lines]
        is_posted = outcome.result == "posted"
        confirmation = {
            "docId": identity,
            "overallPostingStatusCode": "success" if is_posted else "error",
            "postingDocs": [posted] if is_posted else [],
            "systemMessages": [] if is_posted else failed,
        }
        body = {"systemId": self._system_id, "postingConfirmations": [confirmation]}
        told = self._post("postingconfirmations", body, _kind(outcome.external_id))
        return _answers(told, {identity: outcome.external_id})[0]

    def confirm_payment(self, outcome: Outcome, *, company: str) -> Answer:
        """Say that what is owed to the employee, or to the card for him, was paid."""
        identity = outcome.handle or outcome.external_id
        details: dict[str, Any] = {
            "clearingReference": [
                {
                    "companyCode": outcome.company or company,
                    "financialDocumentId": (outcome.number or "")[:_NUMBER],
                    "paymentRef": outcome.key[:_NUMBER],
                    "paymentMethod": "E",
                    **({"fiscalYear": str(outcome.day.year)} if outcome.day else {}),
                }
            ]
        }
        if outcome.day:
            details["clearingDate"] = outcome.day.strftime("%Y%m%d")
        if outcome.amount is not None:
            details |= {"clearingAmount": outcome.amount, "clearingCurrency": outcome.currency}
        if outcome.receiver:
            details["receiver"] = [{"receiverId": outcome.receiver, "receiverType": "EMPL"}]
        confirmation = {"docId": identity, "processingStatusCode": "CP", "clearingDetails": [details]}
        body = {"systemId": self._system_id, "processingConfirmation": [confirmation]}
        return _answers(self._post("paymentconfirmations", body), {identity: outcome.external_id})[0]

    def _post(self, what: str, body: Mapping[str, Any], kind: str = EXPENSE) -> HttpAnswer:
        return self._client.request("POST", f"{PREFIX}/{kind}/transactions/{what}", json=body, may_repeat=True)

    # -- receipts --------------------------------------------------------------------------

    def receipt(self, external_id: str) -> tuple[str, bytes]:
        """Ask where an image is, and fetch it at once: the address is good for 15 minutes.

        :return: (type of the content, content)
        """
        name = external_id.removeprefix(WHOLE_REPORT)
        told = self._images.request("GET", f"{IMAGES}/{quote(name, safe='')}", accept="application/xml")
        image = self._files.request("GET", _address(told.body), accept="*/*", expect={401, 403, 404, 410})
        if image.status >= 400:
            # no word about us: the address is over, and another one is asked for
            raise TransientError("The address of a receipt is over.", params={"http_status": image.status})
        return image.headers.get("content-type", "application/octet-stream").partition(";")[0].strip(), image.body


def _kind(external_id: str) -> str:
    return concur_advance.KIND if external_id.startswith(concur_advance.PREFIX) else EXPENSE


def _handed(one: Node) -> Handed:
    _outer, inner = document(stable(one.value))
    report = inner.node("report") or Node({}, "document.report")
    lasting = {name: value for name, value in one.value.items() if name not in _FLEETING}
    return Handed(
        external_id=concur_advance.identity(inner) or report.needed("reportId"),
        handle=one.needed("id"),
        revision=report.number("revisionNumber") or 0,
        # of the content and not of its text, which may come in another order the next time
        content=stable({**lasting, "document": inner.value}),
        claim=True,
    )


def _answers(answer: HttpAnswer, names: Mapping[str, str]) -> list[Answer]:
    """:param names: name of the handing out -> external id; each gets an answer"""
    body = answer.json()
    items = body if isinstance(body, list) else [body] if isinstance(body, dict) else None
    if items is None:
        raise MalformedError("The answer of Concur is no list of results.")
    told = {node.text("docId"): node for node in (Node(item, f"results[{n}]") for n, item in enumerate(items))}
    return [_answer(external_id, told.get(identity)) for identity, external_id in names.items()]


def _answer(external_id: str, node: Node | None) -> Answer:
    if node is None:
        return Answer(external_id=external_id, taken=False, repeat=True, text="Concur says nothing about it.")
    code = node.text("code")
    result = next(filter(None, map(node.text, _RESULTS)), "")
    words = " ".join(dict.fromkeys(filter(None, map(node.text, ("errorMessage", "detailMessage")))))[:500] or None
    # a payment of something that is no expense of an employee changes nothing there
    taken = code in DONE if code else result in ("SUCCESS", "NOOP")
    gone = code in RECALLED or result == "WAS_RECALLED"
    repeat = code == LATER or (not code and result == "SYSTEM_ERROR_OCCURRED")
    return Answer(
        external_id=external_id,
        taken=taken or result == "NOOP",
        gone=gone,
        repeat=repeat,
        code=code,
        text=words or (None if taken else result or None),
    )


def _message(key: str, text: str, line: str | None) -> dict[str, Any]:
    words = " ".join(text.split()) or "Not posted."
    return {
        **({"concurTransactionLineItemId": line.partition("/")[0]} if line else {}),
        "messageId": key[:_NUMBER],
        "messageLanguage": "en",
        "messageShortText": words[:_WORDS],
        "messageLongText": words,
    }


def _address(body: bytes) -> str:
    try:
        image = xml.document(body)
    except SafetyError as error:
        raise MalformedError(f"image: {error}") from error
    found: Iterable[str] = (child.text or "" for child in image.iter("*") if xml.local_name(child) == "Url")
    address = next((text.strip() for text in found if text.strip()), "")
    if not address:
        raise MalformedError("image.Url is missing")
    return address
