"""What SAP Group Reporting makes of a flexible upload file, and what its transaction data service answers (OData V2).

Books of its own: the consolidation units and items it knows, and journal lines. Update modes 1 (deletes what the unit
has in the period), 2 (overwrites what is uploaded) and 4 (here: adds) are carried out.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from sandbox.http.messages import Request, Response, as_json
from sandbox.rest.base import basic

SERVICE = "/sap/opu/odata/sap/API_GRTRANSACTIONDATA_SRV"
USER, PASSWORD = "GR_LOADER", "sap-password-1"
_KEY = ("ConsolidationUnit", "FinancialStatementItem", "PartnerConsolidationUnit", "SubItem")


class Sap:
    """One client. The fields without underscore can be configured."""

    def __init__(self) -> None:
        self.units: list[str] = []
        self.items: list[str] = []
        #: rows of one page
        self.page = 2
        #: documents of the group itself, which are no reported data
        self.adjusted: dict[str, str] = {}
        self.lines: list[dict[str, str]] = []
        self.tasks: list[dict[str, Any]] = []
        self.log: list[tuple[str, str, int]] = []

    def configure(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def state(self) -> dict[str, Any]:
        return {"lines": self.lines, "tasks": self.tasks, "log": self.log}

    # -- the app ---------------------------------------------------------------------------

    def upload(self, content: bytes) -> list[str]:
        """A person uploads a file in the app; :return: what the task log says, empty: posted"""
        rows = list(csv.reader(io.StringIO(content.decode()), delimiter=";"))
        settings = {row[1]: row[2] for row in rows if row[0] == "P"}
        [names] = [row[1:] for row in rows if row[0] == "D"]
        data = [dict(zip(names, row[1:], strict=True)) for row in rows if row[0] == "2"]
        said = []
        for number, row in enumerate(data, 1):
            if row["ConsolidationUnit"] not in self.units:
                said.append(f"Row {number}: consolidation unit {row['ConsolidationUnit']} is not defined")
            if row["FinancialStatementItem"] not in self.items:
                said.append(f"Row {number}: FS item {row['FinancialStatementItem']} is not defined")
            if not re.fullmatch(r"\d{3}", row["FiscalPeriod"]) or not re.fullmatch(r"\d{4}", row["FiscalYear"]):
                said.append(f"Row {number}: period")
        self.tasks.append({"settings": settings, "rows": len(data), "log": said})
        if not said:
            self._post(settings, data)
        return said

    def _post(self, settings: dict[str, str], data: list[dict[str, str]]) -> None:
        places = {(row["ConsolidationUnit"], row["FiscalYear"], row["FiscalPeriod"]) for row in data}
        keys = {tuple(row[name] for name in _KEY) for row in data}
        mode = settings["Update Mode"]
        self.lines = [
            line
            for line in self.lines
            if not (
                (line["ConsolidationUnit"], line["FiscalYear"], line["FiscalPeriod"]) in places
                and (mode == "1" or (mode == "2" and tuple(line[name] for name in _KEY) in keys))
            )
        ]
        for row in data:
            for name in ("AmountInLocalCurrency", "AmountInGroupCurrency"):
                amount = row.get(name) or "0"
                if settings["NSEP"] == "2":
                    amount = amount.replace(".", "").replace(",", ".")
                row[name] = str(Decimal(amount))
            self.lines.append(
                {
                    "GroupCurrency": "EUR",
                    **row,
                    "FiscalYearPeriod": row["FiscalYear"] + row["FiscalPeriod"],
                    "PostingLevel": "",
                }
            )

    # -- the service -----------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        response = self._guarded(request)
        self.log.append((request.method, request.path, response.status))
        return response

    def _guarded(self, request: Request) -> Response:
        if request.headers.get("authorization") != basic(USER, PASSWORD):
            return as_json(401, {"error": {"code": "401", "message": {"value": "Unauthorized"}}})
        path = unquote(request.path)
        if path == f"{SERVICE}/$metadata":
            return Response(200, b"<edmx/>", {"Content-Type": "application/xml"})
        wanted = re.fullmatch(
            re.escape(SERVICE)
            + r"/GRTransactionData\(P_ConsolidationUnitHierId='[^']*',P_ConsolidationPrftCtrHierId='[^']*',"
            r"P_ConsolidationSegmentHierId='[^']*',P_KeyDate=datetime'\d{4}-\d\d-\d\dT00:00:00'\)/Results",
            path,
        )
        if not wanted:
            return as_json(404, {"error": {"code": "404", "message": {"value": path}}})
        return self._results(request)

    def _results(self, request: Request) -> Response:
        where = request.query["$filter"]
        fixed = dict(
            re.findall(r"(?<!\()(ConsolidationUnit|FiscalYearPeriod|ConsolidationVersion) eq '([^']*)'", where)
        )
        levels = re.findall(r"PostingLevel eq '([^']*)'", where)
        found = [
            line
            for line in [*self.lines, *self._adjustments(fixed)]
            if all(line[name] == value for name, value in fixed.items())
            and (not levels or line["PostingLevel"] in levels)
        ]
        begin = int(request.query.get("$skiptoken", "0"))
        page = found[begin : begin + self.page]
        told: dict[str, Any] = {
            "results": [{name: line.get(name, "") for name in request.query["$select"].split(",")} for line in page]
        }
        if begin + self.page < len(found):
            query = "&".join(
                f"{name}={_quoted(value)}" for name, value in request.query.items() if name != "$skiptoken"
            )
            host = request.headers["host"]
            told["__next"] = f"http://{host}{request.path}?{query}&$skiptoken={begin + self.page}"
        return as_json(200, {"d": told})

    def _adjustments(self, fixed: dict[str, str]) -> list[dict[str, str]]:
        return [
            {
                **fixed,
                "FinancialStatementItem": item,
                "PostingLevel": "10",
                "LocalCurrency": "EUR",
                "GroupCurrency": "EUR",
                "AmountInLocalCurrency": amount,
                "AmountInGroupCurrency": amount,
            }
            for item, amount in self.adjusted.items()
        ]


def _quoted(text: str) -> str:
    return text.replace(" ", "%20").replace("'", "%27")
