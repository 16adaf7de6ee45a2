"""Expensify's Integration Server (specs/expense_platforms.md, section 4).

One address, jobs in a form field, and a code in the body that counts more than the status. Reports are exported to a
file that is fetched when it is there: an empty answer means not yet. A label that reports carry once they were exported
says which ones are done; it is put on only when a report is stored here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import (
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.safe.masking import mask_text
from odoo.addons.finance_connector_base.transports.http_endpoint import Answer as HttpAnswer

from .calling import Caller
from .contract import Answer, Batch, Handed, Outcome
from .dimensions import Fields
from .expensify_reader import revision
from .expensify_template import template
from .reading import Node, stable

#: reports of one export
PAGE = 200
#: how far back approvals are asked for; a span of more than a year is refused
DAYS = 360
#: looks at a file in one unit of work, seconds in between, and units of work after which it is given up
LOOKS, PAUSE, ROUNDS = 5, 2.0, 10
#: seconds to wait after too many calls, where the server does not say
WAIT = 60.0
_REFUSALS = frozenset({400, 401, 403, 404, 410, 429, 500})
_GOOD = frozenset({200, 207})
#: reasons for which a report is not set to reimbursed that mean that it is already
_ALREADY = ("already", "reimbursed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Of an integration of a person."""

    user: str
    secret: str = field(repr=False)


class FileGone(RejectedError):
    """There is no such file (any more)."""


class ExpensifyClient:
    """Calls Expensify, for one unit of work."""

    def __init__(
        self,
        client: Caller,
        credentials: Credentials,
        *,
        label: str,
        policies: Sequence[str] = (),
        fields: Fields | None = None,
        today: date | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """:param label: put on reports once they are stored here
        :param policies: workspaces whose reports are ours; empty: all that the person may see
        :param fields: which fields say what; custom ones have to be asked for
        """
        self._client = client
        self._credentials = credentials
        self._label = label
        self._policies = tuple(policies)
        self._custom = [name for names in (fields or {}).values() for name in names]
        self._today = today or date.today()
        self._sleep = sleep

    # -- reports ---------------------------------------------------------------------------

    def batch(self, position: Mapping[str, Any] | None) -> Batch:
        """Export what is approved and carries no label, and fetch it when it is there.

        A file that is not there yet is kept in the position and looked for again.
        """
        position = position or {}
        name, rounds = str(position.get("file") or ""), int(position.get("rounds") or 0)
        known = list(position.get("ids") or ())
        if not name:
            name, rounds = self._export(self._news()), 0
        try:
            reports = self._fetched(name)
        except FileGone:
            # kept for a while only: the next one is made anew
            return Batch(handed=(), position={})
        if reports is None:
            if rounds + 1 >= ROUNDS:
                return Batch(handed=(), position={})
            return Batch(handed=(), position={"file": name, "rounds": rounds + 1, "ids": known}, more=True)
        handed = tuple(_handed(report) for report in reports)
        is_new = bool({one.external_id for one in handed} - set(known))
        more = is_new and len(handed) >= PAGE
        return Batch(handed=handed, position={"ids": [one.external_id for one in handed]} if more else {}, more=more)

    def _news(self) -> dict[str, Any]:
        filters: dict[str, Any] = {
            "approvedAfter": (self._today - timedelta(days=DAYS)).isoformat(),
            "markedAsExported": self._label,
        }
        if self._policies:
            filters["policyIDList"] = ",".join(self._policies)
        return {"filters": filters, "reportState": "APPROVED,REIMBURSED", "limit": str(PAGE)}

    def _export(self, settings: Mapping[str, Any], *, marks: bool = False) -> str:
        """:return: name of the file that is being written"""
        job: dict[str, Any] = {
            "type": "file",
            "onReceive": {"immediateResponse": ["returnRandomFileName"]},
            "inputSettings": {"type": "combinedReportData", **settings},
            "outputSettings": {"fileExtension": "json", "fileBasename": "odoo"},
        }
        if marks:
            job["onFinish"] = [{"actionName": "markAsExported", "label": self._label}]
        answer = self._job(job, template=template(self._custom))
        name = answer.body.decode("utf-8", "replace").strip().strip('"')
        if not name or len(name) > 200 or not name.isprintable() or "/" in name:
            raise MalformedError("Expensify does not say how the file of the export is called.")
        return name

    def _fetched(self, name: str) -> list[Node] | None:
        """:return: what is in a file, None when it is not there yet, or not whole"""
        for look in range(LOOKS):
            if look:
                self._sleep(PAUSE)
            body = self._job({"type": "download", "fileName": name, "fileSystem": "integrationServer"}).body
            if not body.strip():
                continue
            try:
                found = strict_json.loads(body)
            except SafetyError:
                # there is no sign that it is whole but that it can be read
                continue
            if not isinstance(found, list):
                raise MalformedError("The export of Expensify is no list of reports.")
            return [Node(item, f"reports[{number}]") for number, item in enumerate(found)]
        return None

    def mark(self, external_ids: Sequence[str]) -> list[Answer]:
        """Put the label on reports that are stored; put on twice it is there once."""
        if not external_ids:
            return []
        self._export({"filters": {"reportIDList": ",".join(external_ids)}}, marks=True)
        return [Answer(external_id=one, taken=True) for one in external_ids]

    def reimbursed(self, outcome: Outcome) -> Answer:
        """Say that a report was paid. The lists of the answer say what became of it, and not its code."""
        settings = {
            "type": "reportStatus",
            "status": "REIMBURSED",
            "filters": {"reportIDList": outcome.external_id},
        }
        answer = self._job({"type": "update", "inputSettings": settings})
        told = Node(self._object(answer), "answer")
        done = {str(one) for one in told.get("reportIDs") or ()}
        failed = {str(one.get("reportID") if isinstance(one, dict) else one) for one in told.get("failedReports") or ()}
        skipped = {one.text("reportID"): one.text("reason", most=300) for one in told.nodes("skippedReports")}
        reason = skipped.get(outcome.external_id) or ""
        is_already = all(word in reason.lower() for word in _ALREADY)
        return Answer(
            external_id=outcome.external_id,
            taken=outcome.external_id in done or is_already,
            repeat=outcome.external_id in failed,
            code=told.text("responseCode"),
            text=None if outcome.external_id in done else reason or "Expensify says nothing about it.",
        )

    def receipt(self, url: str) -> tuple[str, bytes]:
        """:return: (type of the content, content)"""
        answer = self._client.request("GET", url, accept="*/*", expect={401, 403, 404, 410})
        if answer.status >= 400:
            # no word about our credentials: it is the file that is not to be had
            raise RejectedError("The receipt is not to be had any more.", params={"http_status": answer.status})
        return answer.headers.get("content-type", "application/octet-stream").partition(";")[0].strip(), answer.body

    # -- workspaces ------------------------------------------------------------------------

    def workspaces(self) -> list[Node]:
        """List the workspaces that the person may see."""
        return Node(self._object(self._job({"type": "get", "inputSettings": {"type": "policyList"}})), "answer").nodes(
            "policyList"
        )

    def workspace(self, policy: str, *names: str) -> Node:
        """Ask what a workspace has: ``categories``, ``tags``, ``tax``, ``employees``, ``reportFields``."""
        settings = {"type": "policy", "fields": list(names), "policyIDList": [policy]}
        told = Node(self._object(self._job({"type": "get", "inputSettings": settings})), "answer")
        found = told.node("policyInfo")
        inner = found.node(policy) if found else None
        if inner is None:
            raise RejectedError("Expensify knows no such workspace.", params={"policy": policy})
        return inner

    def set_categories(self, policy: str, categories: Iterable[Mapping[str, Any]]) -> None:
        """Add or change categories; the others stay. One that is not enabled cannot be picked any more."""
        settings = {"type": "policy", "policyID": policy}
        data = [dict(one) for one in categories]
        self._job({"type": "update", "inputSettings": settings, "categories": {"action": "merge", "data": data}})

    def keep_category(self, policy: str, identity: str, name: str, *, is_listed: bool) -> bool:
        """Have a category be in the list of a workspace, or not; said again it changes nothing.

        :param identity: what we call it, kept as its GL code; another name is another category over there
        :return: whether something has changed
        """
        rows = {row.needed("name"): row for row in self.workspace(policy, "categories").nodes("categories")}
        own = {key for key, row in rows.items() if row.text("glCode") == identity and row.yes("enabled") is not False}
        gone = own - ({name} if is_listed else set())
        changes = [{"name": key, "glCode": identity, "enabled": False} for key in sorted(gone)]
        if is_listed and name not in own:
            changes.append({"name": name, "glCode": identity, "enabled": True})
        if changes:
            self.set_categories(policy, changes)
        return bool(changes)

    def categories(self, policy: str) -> set[str]:
        """:return: GL codes of the categories of a workspace that can be chosen now"""
        rows = self.workspace(policy, "categories").nodes("categories")
        return {row.text("glCode") or "" for row in rows if row.yes("enabled") is not False} - {""}

    def keep_employee(self, person: Mapping[str, Any]) -> None:
        """Have a person be in workspaces, or not (``isTerminated``), by the employee updater; said again it changes
        nothing. The documentation asks for ``employeeEmail``, ``managerEmail``, ``employeeID`` and ``policyID``.
        """
        settings = {"type": "employees", "entity": "generic"}
        data = strict_json.dumps({"Employees": [dict(person)]}).decode()
        self._job({"type": "update", "dataSource": "request", "inputSettings": settings}, data=data)

    def employees(self, policy: str) -> dict[str, str]:
        """:return: email by our id of the people of a workspace; who was not told by us has none"""
        people = self.workspace(policy, "employees").nodes("employees")
        found = ((one.text("employeeID"), one.text("employeeEmail") or one.text("email") or "") for one in people)
        return {identity: email for identity, email in found if identity}

    def set_tags(self, policy: str, level: str, tags: Iterable[Mapping[str, Any]]) -> None:
        """Set all tags of a level: what is not named is deleted over there."""
        settings = {"type": "policy", "policyID": policy}
        data = [{"name": level, "tags": [dict(one) for one in tags]}]
        self._job({"type": "update", "inputSettings": settings, "tags": {"data": data}})

    def tags(self, policy: str) -> dict[str, dict[str, str]]:
        """:return: name of a level -> our id of each tag that can be chosen now -> its name"""
        return {
            level.needed("name"): {
                tag.text("glCode") or "": tag.needed("name")
                for tag in level.nodes("tags")
                if tag.text("glCode") and tag.yes("enabled") is not False
            }
            for level in self.workspace(policy, "tags").nodes("tags")
        }

    # -- calls -----------------------------------------------------------------------------

    def _job(self, job: Mapping[str, Any], **more: str) -> HttpAnswer:
        """:raise FinanceError: what the code in the body means"""
        who = {"partnerUserID": self._credentials.user, "partnerUserSecret": self._credentials.secret}
        text = strict_json.dumps({**job, "credentials": who}).decode()
        answer = self._client.request(
            "POST", form={"requestJobDescription": text, **more}, may_repeat=True, accept="*/*", expect=_REFUSALS
        )
        error = _error(answer)
        if error is not None:
            raise error
        return answer

    def _object(self, answer: HttpAnswer) -> Any:
        try:
            return strict_json.loads(answer.body)
        except SafetyError as error:
            raise MalformedError(f"The answer of Expensify cannot be read: {error}") from error


def _handed(report: Node) -> Handed:
    return Handed(
        external_id=report.needed("reportID"), revision=revision(report), content=stable(report.value), claim=True
    )


def _error(answer: HttpAnswer) -> FinanceError | None:
    """:return: the error that an answer means; the code in its body before the status"""
    code, words = _told(answer.body)
    code = code or answer.status
    if code in _GOOD:
        return None
    said = f"Expensify answered {code}" + (f": {words}" if words else ".")
    params = {"http_status": answer.status, "code": code}
    if code == 429:
        return ThrottledError(said, retry_after=_seconds(answer) or WAIT, params=params)
    if code in (401, 403):
        return AuthNeededError(said, params=params)
    if code == 404:
        return FileGone(said, params=params)
    if code >= 500 and code < 600:
        return TransientError(said, params=params)
    return RejectedError(said, params=params)


def _told(body: bytes) -> tuple[int, str]:
    """:return: (code, words) of an answer that has them, (0, empty) where it is something else"""
    if not body.lstrip().startswith(b"{"):
        return 0, ""
    try:
        found = strict_json.loads(body)
    except SafetyError:
        return 0, ""
    code = found.get("responseCode")
    words = found.get("responseMessage")
    number = int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else 0
    return number, mask_text(words)[:300] if isinstance(words, str) else ""


def _seconds(answer: HttpAnswer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text[:9]) if text.isdigit() else None
