"""What others are told: declared once, written down for readers, and never broken (B-21, B-26, S-26)."""

from __future__ import annotations

import copy
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odoo.addons.finance_bank_sync.cash.events import TYPES as BANK
from odoo.addons.finance_bank_sync.cash.payment_events import TYPES as PAYMENTS
from odoo.addons.finance_connector_base.api.identifiers import PublicNames
from odoo.addons.finance_connector_base.events import CATALOGUE as BASE
from odoo.addons.finance_connector_base.events import CloudEvent, Data, EventType, by_name, cloud_event, waking
from odoo.addons.finance_connector_base.events.asyncapi import document, table
from odoo.addons.finance_connector_base.events.cloud import source_of, trace_of

#: of all modules
CATALOGUE = dict(sorted({**BASE, **by_name(BANK, PAYMENTS)}.items()))
ROOT = Path(__file__).parents[3]
#: the events as readers know them; replaced (FIN_PUBLISH_API=1) when something was added, never when it broke
PUBLISHED = ROOT / "tests" / "fixtures" / "events" / "asyncapi-v1.json"
DOCS = ROOT / "docs" / "events.md"
NAMES = PublicNames("a secret of one database")


def current() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(document(CATALOGUE)))
    return made


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """:return: what a reader of the old events would stumble over"""
    found = [f"{name} is gone" for name in old["components"]["messages"].keys() - new["components"]["messages"].keys()]
    for name, schema in old["components"]["schemas"].items():
        other = new["components"]["schemas"].get(name)
        # a version that is told no longer needs no schema, but the type of event stays
        if other is None:
            continue
        given = other.get("properties", {})
        for field, kind in schema.get("properties", {}).items():
            if field not in given:
                found.append(f"{name}.{field} is gone")
            elif _meaning(kind) != _meaning(given[field]):
                found.append(f"{name}.{field} means something else")
        found += [
            f"{name}.{field} may be missing now"
            for field in set(schema.get("required", [])) - set(other.get("required", []))
        ]
    return found


def _meaning(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _meaning(value) for key, value in schema.items() if key not in ("description", "title")}
    return [_meaning(value) for value in schema] if isinstance(schema, list) else schema


def test_b21_what_is_published_does_not_break() -> None:
    if not PUBLISHED.exists() and os.environ.get("FIN_PUBLISH_API"):
        PUBLISHED.write_text(json.dumps(current(), indent=1, sort_keys=True) + "\n")
    published = json.loads(PUBLISHED.read_text())
    assert breaks(published, current()) == []
    if os.environ.get("FIN_PUBLISH_API"):
        PUBLISHED.write_text(json.dumps(current(), indent=1, sort_keys=True) + "\n")
        published = json.loads(PUBLISHED.read_text())
    assert published == current(), "something was added: publish it by running this test with FIN_PUBLISH_API=1"


def _schemas(made: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = made["components"]["schemas"]
    return schemas


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["components"]["messages"].pop("finance.invoice.paid"),
        lambda d: _schemas(d)["finance.invoice.paid-1"]["properties"].pop("total"),
        lambda d: _schemas(d)["finance.invoice.paid-1"]["properties"].update(total={"type": "number"}),
        lambda d: _schemas(d)["finance.invoice.paid-1"]["required"].remove("currency"),
        lambda d: _schemas(d)["CloudEvent"]["properties"].pop("correlationid"),
    ],
)
def test_b21_a_breaking_change_is_seen(damage: Any) -> None:
    changed = copy.deepcopy(current())
    damage(changed)
    assert breaks(current(), changed)


def test_b21_what_is_added_does_not_break() -> None:
    changed = copy.deepcopy(current())
    changed["components"]["messages"]["finance.new"] = {}
    _schemas(changed)["finance.invoice.paid-1"]["properties"]["incoterm"] = {"type": "string"}
    assert breaks(current(), changed) == []


def test_b26_every_reference_of_the_document_leads_somewhere() -> None:
    made = current()
    assert made["asyncapi"] == "3.0.0"
    assert made["channels"]["events"]["messages"].keys() == CATALOGUE.keys()
    for text in json.dumps(made).split('"$ref": "#/')[1:]:
        there: Any = made
        for part in text.partition('"')[0].split("/"):
            there = there[part]
        assert there


def test_b26_the_table_for_people_is_that_of_the_code() -> None:
    text = DOCS.read_text()
    begin, end = "<!-- types: begin -->\n", "<!-- types: end -->"
    head, rest = text.split(begin)
    _old, tail = rest.split(end)
    made = head + begin + table(CATALOGUE) + end + tail
    if os.environ.get("FIN_PUBLISH_API"):
        DOCS.write_text(made)
    assert DOCS.read_text() == made, "run this test with FIN_PUBLISH_API=1"


@pytest.mark.parametrize("one", CATALOGUE.values(), ids=lambda one: one.key)
def test_b26_a_type_says_who_answers_for_it_and_tells_no_account(one: EventType) -> None:
    assert one.owner and one.summary and not one.summary.endswith(".")
    schema = one.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "additionalProperties" not in json.dumps(schema), "fields are added over time"
    assert not {"iban", "account_number", "bic"} & set(schema["properties"])


def test_an_envelope_is_one_of_cloudevents() -> None:
    attributes: dict[str, Any] = {
        "id": "6f2c",
        "source": source_of("a database"),
        "subject": NAMES.of("invoice", 7),
        "time": datetime(2026, 3, 1, 12, 0, 0, 5),
        "correlationid": "c1",
    }
    event = cloud_event(base_url="https://erp.example.com/", key="finance.invoice.paid/1", data={"a": 1}, **attributes)
    made = json.loads(event.model_dump_json(exclude_none=True))
    assert made["specversion"] == "1.0" and made["time"] == "2026-03-01T12:00:00.000005Z"
    assert made["type"] == "finance.invoice.paid"
    assert made["dataschema"] == "https://erp.example.com/finance/events/schemas/finance.invoice.paid/1"
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in made)
    assert "company" not in made, "an attribute without a value is left out"
    jsonschema.validate(made, CloudEvent.model_json_schema(mode="serialization"))


def test_a_source_tells_nothing_of_the_database_and_a_trace_is_that_of_the_transaction() -> None:
    assert source_of("a database") == source_of("a database") != source_of("another")
    assert "a database" not in source_of("a database")
    one, other = trace_of("c1", "e1").split("-"), trace_of("c1", "e2").split("-")
    assert one[1] == other[1] and one[2] != other[2] and [len(part) for part in one] == [2, 32, 16, 2]


def test_many_messages_of_a_drain_wake_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(waking.time, "monotonic", lambda: now[0])
    drain = waking.Drain(woken_at=100.0)
    assert not drain.is_due() and drain.is_owed, "the first ones wait for a moment"
    now[0] += waking.SECONDS
    assert drain.is_due() and not drain.is_owed
    assert not drain.is_due() and drain.is_owed, "what comes last is owed until the end"


def test_a_name_is_declared_once_and_well_formed() -> None:
    one = EventType(name="finance.x", summary="s", owner="o", subject="x", data=Data)
    with pytest.raises(ValueError, match="twice"):
        by_name([one], [one])
    for wrong in ("invoice.paid", "finance.", "finance.Paid", "finance.a b", "finance"):
        with pytest.raises(ValueError, match="no name"):
            EventType(name=wrong, summary="s", owner="o", subject="x", data=Data)
