"""Expense reports out of CSV files: one row for each expense line, rows of a report together or not.

Columns are known by their names in the first line (``COLUMNS``); more than these are dimensions when they begin with
``dim_``, and refused otherwise. Text is UTF-8, with or without a mark; separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from ..canonical import ExpenseReport
from .csv_rows import CsvError, rows_of, without

#: column -> what it is; those with a star are needed
COLUMNS = {
    "report_id": "*identity of the report",
    "revision": "counts up when a report is corrected",
    "report_name": "",
    "state": "approved (the default), paid, submitted, rejected, recalled ...",
    "employee_id": "*identity of the employee",
    "employee_name": "",
    "employee_email": "",
    "entity": "company that employs",
    "paying_entity": "company that reimburses, if another one",
    "report_country": "two letters",
    "report_currency": "*three letters",
    "approved": "date or moment of the approval",
    "approver": "",
    "reimbursed": "yes: the platform pays the employee",
    "advance_returned": "what the employee gives back of an advance",
    "line_id": "*identity of the line",
    "date": "*YYYY-MM-DD",
    "category": "*",
    "description": "",
    "merchant": "",
    "country": "two letters",
    "amount": "*gross, in the currency of the report, decimal point",
    "spent_amount": "in the currency in which it was paid",
    "spent_currency": "",
    "rate": "report currency for one unit of the other",
    "rate_source": "",
    "payment": "own (the default), company_card, personal_card, company, advance",
    "kind": "expense (the default), mileage, per_diem, advance (money given before anything is spent)",
    "service_from": "first day of what was paid for, where that is a time",
    "service_to": "its last day",
    "quantity": "",
    "distance_unit": "km or mi",
    "tax_code": "",
    "tax_rate": "per cent",
    "tax_amount": "",
    "tax_reclaimable": "part of tax_amount",
    "reverse_charge": "yes: the receiver owes the tax",
    "personal": "yes: private spending",
    "receipt": "address or name of the receipt",
    "receipt_missing": "yes",
    "violation": "text of what is against the policy",
    "violation_accepted": "yes: an approver has accepted it",
    "share": "per cent of the line: further rows of the same line are its other shares",
    "share_entity": "company that bears the share",
}
NEEDED = tuple(name for name, words in COLUMNS.items() if words.startswith("*"))
DIMENSION = re.compile(r"^dim_([a-z][a-z0-9_]{0,39})$")


def split(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Divide a file into its reports, without judging what is in them.

    :return: (identity of the report, revision, a file of its rows alone), in the order of their first rows
    :raise CsvError: it is no such file at all
    """
    header, rows, dialect = rows_of(content, NEEDED, _is_known)
    found: dict[str, list[list[str]]] = {}
    revisions: dict[str, int] = {}
    report, revision = header.index("report_id"), header.index("revision") if "revision" in header else None
    for place, row in rows:
        if len(row) != len(header):
            raise CsvError(f"has {len(row)} columns, the first line names {len(header)}", place)
        name = row[report].strip()
        if not name:
            raise CsvError("report_id is empty", place)
        found.setdefault(name, []).append(row)
        if revision is not None:
            value = row[revision].strip() or "0"
            if not value.isascii() or not value.isdigit() or len(value) > 9:
                raise CsvError("revision is no number", place)
            revisions[name] = int(value)
    for name, mine in found.items():
        text = io.StringIO()
        writer = csv.writer(text, delimiter=dialect, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(mine)
        yield name, revisions.get(name, 0), text.getvalue().encode()


def read(content: bytes) -> ExpenseReport:
    """Read a file of one report.

    :raise CsvError: saying where
    """
    header, rows, _dialect = rows_of(content, NEEDED, _is_known)
    records = [dict(zip(header, (cell.strip() for cell in row), strict=True)) for _place, row in rows]
    if not records:
        raise CsvError("holds no line")
    first = records[0]
    lines: dict[str, dict[str, Any]] = {}
    for place, record in enumerate(records, start=2):
        if record["report_id"] != first["report_id"]:
            raise CsvError("is of another report", place)
        known = lines.get(record["line_id"])
        if known is None:
            lines[record["line_id"]] = _line(record)
        elif not record.get("share"):
            raise CsvError("two rows have one line_id and no share", place)
        else:
            known["allocations"].append(_share(record))
    amounts = [line["amount"] for line in lines.values()]
    data = {
        "external_id": first["report_id"],
        "revision": int(first.get("revision") or 0),
        "number": first["report_id"],
        "name": first.get("report_name"),
        "state": first.get("state") or "approved",
        "employee": without(
            {
                "external_id": first["employee_id"],
                "name": first.get("employee_name"),
                "email": first.get("employee_email"),
            }
        ),
        "entity": first.get("entity"),
        "paying_entity": first.get("paying_entity"),
        "country": first.get("report_country"),
        "currency": first["report_currency"],
        "approved": first.get("approved"),
        "approver": first.get("approver"),
        "is_reimbursed": _yes(first.get("reimbursed")),
        "advance_returned": first.get("advance_returned"),
        "total": str(_sum(amounts)),
        "lines": list(lines.values()),
    }
    try:
        return ExpenseReport.model_validate(without(data))
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise CsvError(f"{field}: {str(problem['msg']).removeprefix('Value error, ')}") from None


def write_outcomes(outcomes: list[dict[str, str]]) -> bytes:
    """:return: file that says what became of reports: ``report_id, result, number, date, amount, currency, text``"""
    text = io.StringIO()
    names = ("report_id", "result", "number", "date", "amount", "currency", "text")
    writer = csv.DictWriter(text, names, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for outcome in outcomes:
        # no program that opens it may take a text for a formula
        writer.writerow({name: f"'{value}" if value[:1] in "=+-@\t\r" else value for name, value in outcome.items()})
    return text.getvalue().encode()


def _is_known(name: str) -> bool:
    return name in COLUMNS or DIMENSION.match(name) is not None


def _line(record: dict[str, str]) -> dict[str, Any]:
    taxes = []
    if record.get("tax_code") or record.get("tax_amount") or record.get("tax_rate"):
        taxes.append(
            without(
                {
                    "code": record.get("tax_code"),
                    "rate": record.get("tax_rate"),
                    "amount": record.get("tax_amount") or "0",
                    "reclaimable": record.get("tax_reclaimable"),
                    "is_reverse_charge": _yes(record.get("reverse_charge")),
                }
            )
        )
    spent = record.get("spent_amount")
    receipt = record.get("receipt") or ""
    violation = record.get("violation")
    return without(
        {
            "external_id": record["line_id"],
            "date": record["date"],
            "category": record["category"],
            "kind": record.get("kind") or "expense",
            "description": record.get("description"),
            "merchant": record.get("merchant"),
            "country": record.get("country"),
            "amount": record["amount"],
            "spent": {"amount": spent, "currency": record.get("spent_currency")} if spent else None,
            "rate": record.get("rate"),
            "rate_source": record.get("rate_source"),
            "payment": record.get("payment") or "own",
            "is_personal": _yes(record.get("personal")),
            "service_from": record.get("service_from"),
            "service_to": record.get("service_to"),
            "quantity": record.get("quantity"),
            "distance_unit": record.get("distance_unit"),
            "taxes": taxes,
            "dimensions": {} if record.get("share") else _dimensions(record),
            "allocations": [_share(record)] if record.get("share") else [],
            "receipts": [{"url": receipt} if "://" in receipt else {"external_id": receipt}] if receipt else [],
            "is_receipt_missing": _yes(record.get("receipt_missing")),
            "violations": [{"code": "policy", "text": violation, "is_accepted": _yes(record.get("violation_accepted"))}]
            if violation
            else [],
        }
    )


def _share(record: dict[str, str]) -> dict[str, Any]:
    return without(
        {
            "percentage": record["share"],
            "entity": record.get("share_entity"),
            "dimensions": _dimensions(record),
        }
    )


def _dimensions(record: dict[str, str]) -> dict[str, str]:
    return {found[1]: value for name, value in record.items() if value and (found := DIMENSION.match(name))}


def _yes(value: str | None) -> bool:
    return (value or "").lower() in ("yes", "y", "true", "1", "x")


def _sum(amounts: list[str]) -> Decimal:
    try:
        return sum((Decimal(amount) for amount in amounts), Decimal(0))
    except InvalidOperation:
        raise CsvError("amount is no decimal number") from None
