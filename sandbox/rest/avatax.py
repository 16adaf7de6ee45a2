"""A tax engine: transactions, as the REST API v2 of AvaTax makes them."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.http.messages import Request, Response
from sandbox.rest.base import RestSystem, basic, route, said

ACCOUNT, KEY = "2000000001", "LICENSEKEY0001"
COMPANY = "DEFAULT"
#: tax by where the goods go: the first figures of the postal code
RATES = {"9": Decimal("0.0775"), "1": Decimal("0.08875")}
_ESTIMATES = frozenset({"SalesOrder", "ReturnOrder", "PurchaseOrder"})


class AvaTax(RestSystem):
    """:param adds: to the tax of every first line: it knows of something that we do not"""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: dict[tuple[str, str], dict[str, Any]] = {}
        self.quoted: list[dict[str, Any]] = []
        self.adds = Decimal(0)

    def _is_known(self, request: Request) -> bool:
        return request.headers.get("authorization") == basic(ACCOUNT, KEY)

    def lets_in(self, request: Request) -> Response | None:
        if request.path == "/api/v2/utilities/ping" or self._is_known(request):
            return None
        return self._error("AuthenticationException", "Authentication failed.", 401)

    def _error(self, code: str, message: str, status: int = 400) -> Response:
        detail = {"code": code, "message": message, "description": message, "faultCode": "Client", "severity": "Error"}
        return said({"error": {"code": code, "message": message, "target": "Unknown", "details": [detail]}}, status)

    @route("GET", "/api/v2/utilities/ping")
    def _ping(self, request: Request) -> Response:
        """Answers everybody with 200."""
        if not self._is_known(request):
            return said({"version": "26.10.0", "authenticated": False, "authenticationType": "None"})
        account = {"authenticatedAccountId": int(ACCOUNT), "authenticationType": "LicenseKey"}
        return said({"version": "26.10.0", "authenticated": True, **account})

    @route("POST", "/api/v2/transactions/create")
    def _create(self, request: Request) -> Response:
        asked = json.loads(request.body, parse_float=Decimal, parse_int=Decimal)
        if asked.get("companyCode") != COMPANY:
            return self._error("CompanyNotFoundError", "Company not found.", 404)
        # without a type it is an estimate, and nothing is recorded
        kind = asked.get("type", "SalesOrder")
        known = self.recorded.get((kind, asked.get("code", "")))
        if known and known["status"] != "Saved":
            return self._error("GetTaxError", "The document is committed.")
        rate = RATES.get(asked["addresses"]["shipTo"].get("postalCode", "")[:1])
        if rate is None:
            return self._error("InvalidAddress", "The address is incomplete or invalid.")
        lines = []
        for place, line in enumerate(asked["lines"]):
            amount = Decimal(line["amount"])
            tax = (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP) + (0 if place else self.adds)
            lines.append(
                {
                    "lineNumber": line["number"],
                    "itemCode": line.get("itemCode", ""),
                    "lineAmount": amount,
                    "quantity": line.get("quantity", Decimal(1)),
                    "tax": tax,
                    "taxableAmount": amount,
                    "isItemTaxable": True,
                }
            )
        is_estimate = kind in _ESTIMATES
        made = {
            "id": 0 if is_estimate else 289450369 + len(self.recorded),
            "code": asked.get("code"),
            "date": asked["date"],
            "status": "Temporary" if is_estimate else "Committed" if asked.get("commit") else "Saved",
            "type": kind,
            "currencyCode": asked.get("currencyCode", "USD"),
            "customerCode": asked["customerCode"],
            "totalAmount": sum(line["lineAmount"] for line in lines),
            "totalTax": sum(line["tax"] for line in lines),
            "lines": lines,
        }
        if is_estimate:
            self.quoted.append(asked)
        else:
            self.recorded[kind, made["code"]] = made
        return said(made, 201)
