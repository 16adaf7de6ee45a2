"""Card transactions out of CSV files: one row for each, as banks and card companies give them daily (S-21, E-05).

Columns are known by their names in the first line (``COLUMNS``); others are refused, because one that is misspelt would
be missed in silence. Text is UTF-8, separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from ..canonical import CardTransaction
from .csv_rows import CsvError, rows_of, without

#: column -> what it is; those with a star are needed
COLUMNS = {
    "transaction_id": "*identity of the transaction",
    "pending_id": "identity it had while it was pending, where the charge has another one",
    "state": "pending, settled (the default), reversed, declined",
    "program": "code of the card programme",
    "card": "*last digits or name of the card; of a whole number only the last digits are kept",
    "holder_id": "identity of the employee; without it the card says who holds it",
    "holder_name": "",
    "holder_email": "",
    "entity": "company that pays the card company, if another one",
    "date": "*day of the purchase, YYYY-MM-DD",
    "settled": "day of the charge",
    "amount": "*what the card account is charged, decimal point; negative: given back",
    "currency": "*of the card account, three letters",
    "spent_amount": "in the currency of the merchant",
    "spent_currency": "",
    "rate": "currency of the card account for one unit of the merchant's",
    "fees": "part of the amount",
    "merchant": "",
    "merchant_id": "",
    "mcc": "category of the merchant",
    "country": "two letters",
    "statement": "bill of the card company that it is on",
    "updated": "moment it was last changed, e.g. 2026-03-12T08:30:00Z; without it the later file counts",
    "reference": "",
    "receipt": "address or name of the receipt",
    "report": "report that claims it",
    "line": "its line",
}
NEEDED = tuple(name for name, words in COLUMNS.items() if words.startswith("*"))


def split(content: bytes) -> Iterator[tuple[str, str, Decimal | None, bytes]]:
    """Divide a file into its transactions, without judging what is in them.

    :return: (identity, currency, amount if it is settled, a file of that row alone), in the order of the rows
    :raise CsvError: it is no such file, or a row has no identity
    """
    header, rows, delimiter = rows_of(content, NEEDED, COLUMNS.__contains__)
    place_of = {name: header.index(name) for name in header}
    for place, row in rows:
        if len(row) != len(header):
            raise CsvError(f"has {len(row)} columns, the first line names {len(header)}", place)
        key = row[place_of["transaction_id"]].strip()
        if not key:
            raise CsvError("transaction_id is empty", place)
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerow(row)
        state = row[place_of["state"]].strip().lower() if "state" in place_of else ""
        amount = _amount(row[place_of["amount"]]) if state in ("", "settled") else None
        yield key, row[place_of["currency"]].strip().upper(), amount, text.getvalue().encode()


def read(content: bytes) -> CardTransaction:
    """Read a file of one transaction.

    :raise CsvError: saying where
    """
    header, rows, _delimiter = rows_of(content, NEEDED, COLUMNS.__contains__)
    found = [dict(zip(header, (cell.strip() for cell in row), strict=True)) for _place, row in rows]
    if len(found) != 1:
        raise CsvError("is not one transaction")
    row = found[0]
    spent, receipt = row.get("spent_amount"), row.get("receipt") or ""
    data = {
        "external_id": row["transaction_id"],
        "pending_id": row.get("pending_id"),
        "state": (row.get("state") or "settled").lower(),
        "program": row.get("program"),
        "card": row["card"],
        "holder": without(
            {"external_id": row["holder_id"], "name": row.get("holder_name"), "email": row.get("holder_email")}
        )
        if row.get("holder_id")
        else None,
        "entity": row.get("entity"),
        "date": row["date"],
        "settled": row.get("settled"),
        "charged": {"amount": row["amount"], "currency": row["currency"].upper()},
        "spent": {"amount": spent, "currency": (row.get("spent_currency") or "").upper()} if spent else None,
        "rate": row.get("rate"),
        "fees": row.get("fees"),
        "merchant": row.get("merchant"),
        "merchant_id": row.get("merchant_id"),
        "merchant_category": row.get("mcc"),
        "country": row.get("country"),
        "statement": row.get("statement"),
        "updated": row.get("updated"),
        "reference": row.get("reference"),
        "receipts": [{"url": receipt} if "://" in receipt else {"external_id": receipt}] if receipt else [],
        "report": row.get("report"),
        "line": row.get("line"),
    }
    try:
        return CardTransaction.model_validate(without(data))
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise CsvError(f"{field}: {str(problem['msg']).removeprefix('Value error, ')}") from None


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        # the transaction is held by itself
        return None
    return found if found.is_finite() else None
