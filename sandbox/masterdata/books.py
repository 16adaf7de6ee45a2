"""What the system of record keeps: records with revisions, and the list of everything that ever changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

#: what there is, and what is said of it beside "active"
FIELDS = {
    "partner": (
        "name is_company reference vat email phone street street2 zip city country"
        " customer_payment_term vendor_payment_term"
    ),
    "partner_bank": "partner account_number holder currency",
    "payment_term": "name note net_days",
    "product": "name code type price can_be_sold can_be_bought sale_taxes purchase_taxes",
    "department": "name parent",
    "employee": "name email job_title department manager",
    "employee_bank": "employee account_number holder currency",
}
#: not said of an object by its fields
HEAD = ("domain", "version", "external_id", "source_id")


class Refused(Exception):
    """The record is not taken; the text says why."""


@dataclass(slots=True)
class Record:
    external_id: str
    revision: int = 0
    source_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """One change, with the record as it was right after it."""

    external_id: str
    revision: int
    key: str | None
    content: dict[str, Any]


@dataclass(slots=True)
class Books:
    """One kind of master data."""

    domain: str
    records: dict[str, Record] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def shown(self, record: Record) -> dict[str, Any]:
        return {"domain": self.domain, "version": 1, "external_id": record.external_id, **record.fields}

    def digest(self, record: Record) -> str:
        body = {"domain": self.domain, "version": 1, **record.fields}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def put(self, external_id: str, said: dict[str, Any], key: str | None = None) -> Record:
        """Make or change a record; the same again is no change.

        :raise Refused: something is said that this system does not keep
        """
        known = {*FIELDS[self.domain].split(), "active"}
        unknown = sorted(set(said) - known - set(HEAD))
        if unknown:
            raise Refused(f"{self.domain} has no {', '.join(unknown)}")
        record = self.records.get(external_id) or Record(external_id)
        fields = {**record.fields, **{name: value for name, value in said.items() if name in known}}
        source = said.get("source_id") or record.source_id
        if external_id in self.records and fields == record.fields and source == record.source_id:
            return record
        record.fields, record.source_id = fields, source
        record.revision += 1
        self.records[external_id] = record
        self.entries.append(Entry(external_id, record.revision, key, self.shown(record)))
        return record

    def by_source(self, source_id: str) -> Record | None:
        return next((record for record in self.records.values() if record.source_id == source_id), None)

    def next_id(self) -> str:
        number = len(self.records) + 1
        while f"{self.domain[0].upper()}-{number:05}" in self.records:
            number += 1
        return f"{self.domain[0].upper()}-{number:05}"
