"""A ledger: journal entries, as the Accounting API v3 of QuickBooks Online takes them."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, route, said

TOKEN, REALM = "sandbox-access-token", "4620816365000000001"
API = f"/v3/company/{REALM}"


class QuickBooks(RestSystem):
    """:param accounts: numbers that exist
    :param alters: a debit is taken for so much more than it says
    """

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, dict[str, Any]] = {}
        self.accounts = {"29", "35", "84"}
        self.alters = 0.0
        self._told: dict[str, str] = {}

    def lets_in(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        return self._fault("3200", "message=AuthenticationFailed", "AuthenticationFault", 401)

    def _fault(self, code: str, detail: str, kind: str = "ValidationFault", status: int = 400) -> Response:
        return said({"Fault": {"Error": [{"Message": "Error", "Detail": detail, "code": code}], "type": kind}}, status)

    @route("GET", f"{API}/companyinfo/{REALM}")
    def _company(self, request: Request) -> Response:
        return said({"CompanyInfo": {"CompanyName": "Sandbox Company"}})

    @route("GET", f"{API}/query")
    def _query(self, request: Request) -> Response:
        match = re.search(r"from JournalEntry where DocNumber = '([^']*)'", request.query.get("query", ""))
        if not match:
            return self._fault("4000", "Error parsing query")
        found = [entry for entry in self.entries.values() if entry.get("DocNumber") == match[1]]
        return said({"QueryResponse": {"JournalEntry": found} if found else {}})

    @route("POST", f"{API}/journalentry")
    def _entry(self, request: Request) -> Response:
        key = request.query.get("requestid", "")
        if key and key in self._told:
            return said({"JournalEntry": self.entries[self._told[key]]})
        entry = json.loads(request.body)
        sides = {"Debit": 0.0, "Credit": 0.0}
        for line in entry["Line"]:
            detail = line["JournalEntryLineDetail"]
            if detail["AccountRef"]["value"] not in self.accounts:
                # the vendor says so with a good status now and then
                return self._fault("610", "Object Not Found: account", status=200)
            sides[detail["PostingType"]] += line["Amount"]
        if round(sides["Debit"] - sides["Credit"], 2):
            return self._fault("6000", "Debits and credits are not equal")
        if any(entry.get("DocNumber") == other["DocNumber"] for other in self.entries.values()):
            return self._fault("6140", "Duplicate Document Number Error")
        number = str(226 + len(self.entries))
        for line in entry["Line"]:
            if line["JournalEntryLineDetail"]["PostingType"] == "Debit":
                line["Amount"] += self.alters
        self.entries[number] = {**entry, "Id": number, "SyncToken": "0", "domain": "QBO"}
        self._told[key] = number
        return said({"JournalEntry": self.entries[number]})
