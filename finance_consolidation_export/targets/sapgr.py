"""SAP S/4HANA Group Reporting: the file of "Flexible Upload of Reported Financial Data", and reading back by OData V2
(consolidation_targets.md, section 3). Written by the documentation, not yet tried against the live service.

There is no documented call that uploads the file: a person uploads it in the app, or a folder is delivered to that a
mapping job reads. Whether it has arrived is seen by reading back (``API_GRTRANSACTIONDATA_SRV``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError
from odoo.addons.finance_connector_base.transports.http import Answer, Client

from .contract import NOT_STARTED, Job, Known, Line, Mode, NotStarted, Parameter, Progress, Report, Total
from .lines import compare
from .tables import Delimited, nth, pairs, place_of, read, words

SERVICE = "sap/opu/odata/sap/API_GRTRANSACTIONDATA_SRV"
#: rows of one page, and pages before it is taken for endless
PAGE, PAGES = 5000, 2000

_OURS = {
    "entity": "ConsolidationUnit",
    "account": "FinancialStatementItem",
    "partner": "PartnerConsolidationUnit",
}


class SapFile:
    """Rows of the types P (parameter), D (names of fields) and 2 (data), as in the template of SAP Note 2659656."""

    SUFFIX, CONTENT_TYPE = "csv", "text/csv"
    MODES: tuple[Mode, ...] = ("whole", "cells", "amounts")
    BY_FOLDER = True
    PARAMETERS = (
        Parameter(name="version", about="ConsolidationVersion", default="Y10"),
        Parameter(name="chart", about="ConsolidationChartOfAccounts", default="Y1"),
        Parameter(name="ledger", about="ConsolidationLedger; empty: left out"),
        Parameter(name="document_type", about="DOCTY: type of the documents that are made; empty: left out"),
        Parameter(
            name="fields",
            about="Fields of the D row, in its order; more of the API's names may be added",
            default="ConsolidationVersion, FiscalYear, FiscalPeriod, ConsolidationChartOfAccounts, ConsolidationUnit, "
            "FinancialStatementItem, PartnerConsolidationUnit, SubItemCategory, SubItem, LocalCurrency, "
            "AmountInLocalCurrency, DocumentItemText",
            verified=False,
        ),
        Parameter(
            name="dimensions",
            about="Fields from dimensions of the cut: ProfitCenter = profit_center; Segment = segment",
        ),
        Parameter(name="subitem_category", about="SubItemCategory of balances with a movement", default="1"),
        Parameter(name="no_subitem", about="SubItem of balances without a movement"),
        Parameter(
            name="periodical",
            about="Parameter Periodical when figures are periodic; empty for ytd",
            default="X",
            verified=False,
        ),
        Parameter(
            name="update_mode",
            about="Update Mode of a whole package: 1 deletes all items and subassignments first, 2 overwrites what is "
            "uploaded, 3 deletes uploaded items with all subassignments, 4 apportions, A deletes all",
            default="1",
        ),
        Parameter(name="update_mode_cells", about="Update Mode of cells that changed", default="2"),
        Parameter(
            name="update_mode_amounts", about="Update Mode that adds, for later versions by difference", verified=False
        ),
        Parameter(name="number_format", about="NSEP: 1 is 1,000,000.00; 2 is 1.000.000,00", default="1"),
        Parameter(name="delimiter", about="Between columns", default=";", verified=False),
        Parameter(name="more_parameters", about="Further P rows: TOTALS = X; CUSTSIGN = 1"),
        Parameter(name="readback", about="yes: read back by OData; empty: nothing is read back", default="yes"),
        Parameter(name="patience", about="So often it is asked whether a file in a folder has arrived", default="20"),
        Parameter(
            name="posting_levels",
            about="PostingLevel values of reported data that are read back",
            default=", 00",
            verified=False,
        ),
        Parameter(
            name="period_field",
            about="How FiscalYearPeriod is written: {yyyy} and {ppp}",
            default="{yyyy}{ppp}",
            verified=False,
        ),
        Parameter(
            name="hierarchies",
            about="Hierarchy IDs of the query: unit, profit centre, segment; usually empty",
            default=", , ",
        ),
    )

    def compose(self, job: Job, lines: Iterable[Line], stream: BinaryIO) -> int:
        names = words(job.said("fields"))
        dimensions = pairs(job.said("dimensions"))
        unknown = set(names) - set(_FIELDS) - set(dimensions)
        if unknown or not set(_OURS.values()) - {"PartnerConsolidationUnit"} <= set(names):
            raise ValueError(f"fields: {', '.join(sorted(unknown)) or 'ConsolidationUnit, FinancialStatementItem'}")
        names = (*names, *(name for name in dimensions if name not in names))
        if job.said("number_format") not in ("1", "2"):
            raise ValueError("number_format")
        table = Delimited(stream, job.said("delimiter") or ";")
        for name, value in self._settings(job):
            table.add(["P", name, value])
        table.add(["D", *names])
        count = 0
        for line in lines:
            cells = {name: give(job, line) for name, give in _FIELDS.items()}
            cells |= {name: line.members.get(code, "") for name, code in dimensions.items()}
            table.add(["2", *(cells[name] for name in names)])
            count += 1
        table.close()
        return count

    def _settings(self, job: Job) -> list[tuple[str, str]]:
        update = {"whole": "update_mode", "cells": "update_mode_cells", "amounts": "update_mode_amounts"}[job.mode]
        found = [
            ("Periodical", job.said("periodical") if job.said("figures") == "periodic" else ""),
            ("Update Mode", job.said(update)),
            ("NSEP", job.said("number_format")),
        ]
        if not job.said(update):
            raise ValueError(update)
        if job.said("document_type"):
            found.append(("DOCTY", job.said("document_type")))
        return [*found, *pairs(job.said("more_parameters")).items()]

    def row(self, job: Job, stream: BinaryIO, number: int) -> Mapping[str, str]:
        header: list[str] = []
        for row in (rows := read(stream, job.said("delimiter") or ";")):
            if row[:1] == ["D"]:
                header = row
                break
        found = nth(rows, number)
        return place_of(header, found, _OURS) if found else {}


def _number(job: Job, amount: Decimal) -> str:
    text = format(amount, "f")
    return text.replace(".", ",") if job.said("number_format") == "2" else text


_FIELDS: dict[str, Callable[[Job, Line], str]] = {
    "ConsolidationLedger": lambda job, line: job.said("ledger"),
    "ConsolidationVersion": lambda job, line: job.said("version"),
    "ConsolidationChartOfAccounts": lambda job, line: job.said("chart"),
    "FiscalYear": lambda job, line: str(job.place.fiscal_year),
    "FiscalPeriod": lambda job, line: f"{job.place.period:03}",
    "FiscalYearPeriod": lambda job, line: year_period(job),
    "ConsolidationUnit": lambda job, line: line.entity,
    "FinancialStatementItem": lambda job, line: line.account,
    "PartnerConsolidationUnit": lambda job, line: line.partner,
    "SubItemCategory": lambda job, line: job.said("subitem_category") if line.movement else "",
    "SubItem": lambda job, line: line.movement or job.said("no_subitem"),
    "LocalCurrency": lambda job, line: job.place.currency,
    "GroupCurrency": lambda job, line: job.place.group_currency,
    "AmountInLocalCurrency": lambda job, line: "" if line.is_group else _number(job, line.amount),
    "AmountInGroupCurrency": lambda job, line: _number(job, line.amount) if line.is_group else "",
    # the one free text there is
    "DocumentItemText": lambda job, line: line.link,
}


def year_period(job: Job) -> str:
    """:return: fiscal year and period as one field
    :raise ValueError: the setting has other placeholders
    """
    known = {"yyyy": str(job.place.fiscal_year), "ppp": f"{job.place.period:03}"}
    try:
        return job.said("period_field").format_map(known)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError("period_field") from error


class SapGroupReporting:
    """One delivery; the file itself goes by hand or by a folder."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job

    def upload(self, stream: BinaryIO | None) -> Known:
        """Nothing to be called: a person uploads the file, or it lies in its folder by now."""
        return {} if stream is None else {"by_hand": True}

    def start(self) -> Known:
        """A mapping job takes the file by its own schedule."""
        return {"job": self._job.file}

    def inquire(self) -> Known | NotStarted | None:
        """Nothing is ever started from here."""
        return NOT_STARTED

    def poll(self) -> Progress:
        """There is no job to ask for: it has arrived once the figures are there. When that lasts, they are compared as
        they are, so that differences have names."""
        found = self.totals()
        if found is None or self._job.asked >= int(self._job.said("patience") or 20):
            return Progress(state="done")
        waits = any(one.difference for one in compare(self._job.sums, found))
        return Progress(state="running" if waits else "done")

    def report(self) -> Report:
        """The task log can be read in the app alone."""
        return Report()

    def totals(self) -> list[Total] | None:
        """Read back what the unit has in the period, page by page, and add it up by item."""
        if self._job.said("readback").lower() != "yes":
            return None
        sums: dict[tuple[str, str], Decimal] = {}
        path: str | None = self._query()
        for _page in range(PAGES):
            if path is None:
                break
            rows, path = self._page(path)
            for row in rows:
                for key, amount in self._amounts(row):
                    sums[key] = sums.get(key, Decimal(0)) + amount
        else:
            raise MalformedError("The pages of what is read back do not end.")
        entity = self._job.place.entity
        return [Total(entity=entity, account=item, currency=currency, amount=a) for (item, currency), a in sums.items()]

    def _query(self) -> str:
        place, job = self._job.place, self._job
        unit, center, segment = (*(part.strip() for part in job.said("hierarchies").split(",")), "", "", "")[:3]
        keys = (
            f"P_ConsolidationUnitHierId='{quote(unit)}',P_ConsolidationPrftCtrHierId='{quote(center)}',"
            f"P_ConsolidationSegmentHierId='{quote(segment)}',P_KeyDate=datetime'{place.last.isoformat()}T00:00:00'"
        )
        levels = " or ".join(f"PostingLevel eq '{_literal(level)}'" for level in _levels(job))
        where = [
            f"ConsolidationUnit eq '{_literal(place.entity)}'",
            f"FiscalYearPeriod eq '{_literal(year_period(job))}'",
            f"ConsolidationVersion eq '{_literal(job.said('version'))}'",
            *([f"({levels})"] if levels else []),
        ]
        names = ("ConsolidationUnit", "FinancialStatementItem", "LocalCurrency", "GroupCurrency")
        select = ",".join((*names, "AmountInLocalCurrency", "AmountInGroupCurrency"))
        query = f"$filter={quote(' and '.join(where))}&$select={select}&$format=json&$top={PAGE}"
        return f"{SERVICE}/GRTransactionData({keys})/Results?{query}"

    def _page(self, path: str) -> tuple[list[dict[str, Any]], str | None]:
        answer = self._client.get(path)
        told = _read(answer).get("d")
        rows = told.get("results") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(rows, list):
            raise MalformedError("The answer of SAP is no page of results.")
        onward = told.get("__next")
        return rows, onward if isinstance(onward, str) and onward else None

    def _amounts(self, row: dict[str, Any]) -> Iterable[tuple[tuple[str, str], Decimal]]:
        wish = self._job.said("amounts") or "local"
        try:
            item = str(row["FinancialStatementItem"])
            if wish in ("local", "both"):
                yield (item, str(row["LocalCurrency"])), Decimal(str(row["AmountInLocalCurrency"]))
            if wish in ("group", "both"):
                yield (item, str(row["GroupCurrency"])), Decimal(str(row["AmountInGroupCurrency"]))
        except (KeyError, InvalidOperation) as error:
            raise MalformedError("A row that was read back has no item or amount.") from error


def _levels(job: Job) -> list[str]:
    text = job.said("posting_levels")
    return [part.strip() for part in job.parameters.get("posting_levels", "").split(",")] if text else []


def _literal(text: str) -> str:
    """A text within a filter (OData V2): quotes are doubled."""
    return text.replace("'", "''")


def _read(answer: Answer) -> dict[str, Any]:
    try:
        told = strict_json.loads(answer.body)
    except SafetyError as error:
        raise MalformedError(f"The answer of SAP cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise RejectedError("The answer of SAP is no object.", reason="consolidation_not_loaded")
    return told
