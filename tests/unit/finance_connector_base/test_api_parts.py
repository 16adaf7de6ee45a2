"""The interface for programs, as values: names, cursors, problems, and a contract that does not break (B-20, B-21)."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.cash import contracts as bank
from odoo.addons.finance_bank_sync.cash import payment_contracts as payments
from odoo.addons.finance_connector_base.api import contract
from odoo.addons.finance_connector_base.api.cursor import Cursors
from odoo.addons.finance_connector_base.api.endpoints import ENDPOINTS, RIGHTS
from odoo.addons.finance_connector_base.api.identifiers import PublicNames
from odoo.addons.finance_connector_base.api.openapi import document
from odoo.addons.finance_connector_base.api.problem import CODES, Fault, Problem

ALL = {**ENDPOINTS, **bank.ENDPOINTS, **payments.ENDPOINTS}
NAMES = PublicNames("a secret of one database")
CURSORS = Cursors("a secret of one database")
#: the interface as clients know it; replaced (FIN_PUBLISH_API=1) when something was added, never when it broke
PUBLISHED = Path(__file__).parents[2] / "fixtures" / "api" / "openapi-v1.json"
kinds = st.sampled_from(["invoice", "message", "counterparty"])
numbers = st.integers(0, 2**63 - 1)


# -- names -------------------------------------------------------------------------------------


@given(kinds, numbers)
def test_a_name_is_read_back_and_is_always_the_same(kind: str, number: int) -> None:
    name = NAMES.of(kind, number)
    assert NAMES.read(kind, name) == number and NAMES.of(kind, number) == name
    jsonschema.validate(name, {"type": "string", "pattern": r"^[a-z]+_[a-z2-7]{26}$"})


@given(numbers, numbers)
def test_names_tell_nothing_of_their_numbers(one: int, other: int) -> None:
    assert (NAMES.of("invoice", one) == NAMES.of("invoice", other)) == (one == other)
    assert PublicNames("a secret of another one").read("invoice", NAMES.of("invoice", one)) is None
    assert NAMES.read("message", NAMES.of("invoice", one).replace("invoice", "message")) is None


@given(numbers, st.integers(8, 33), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_name_is_none(number: int, place: int, letter: str) -> None:
    name = NAMES.of("invoice", number)
    changed = name[:place] + letter + name[place + 1 :]
    assert NAMES.read("invoice", changed) == (number if changed == name else None)


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_not_but_never_an_error(text: str) -> None:
    assert NAMES.read("invoice", text) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="short"):
        PublicNames("short")


# -- cursors -----------------------------------------------------------------------------------

places = st.lists(st.integers() | st.text(max_size=20), max_size=3)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5), max_size=3), places)
def test_a_cursor_is_read_back_by_its_own_list_only(filters: dict[str, Any], place: list[Any]) -> None:
    text = CURSORS.write("invoices", filters, place)
    assert CURSORS.read("invoices", filters, text) == place
    for name, others, cursors in (
        ("messages", filters, CURSORS),
        ("invoices", {**filters, "more": "x"}, CURSORS),
        ("invoices", filters, Cursors("another secret")),
    ):
        with pytest.raises(Problem, match="cursor"):
            cursors.read(name, others, text)


@given(st.text(max_size=60))
def test_any_text_is_no_cursor(text: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        CURSORS.read("invoices", {}, text)


# -- problems ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_problem_says_what_rfc_9457_wants(code: str) -> None:
    facts = json.loads(Problem(code, "Do this.", faults=[Fault("wrong", "/a/0")]).write("abc"))
    assert facts["type"].endswith(code) and facts["status"] == CODES[code][0]
    assert facts["instance"].endswith("abc")
    assert facts["errors"] == [{"detail": "wrong", "pointer": "/a/0"}]


def test_faults_name_their_place_and_no_value() -> None:
    with pytest.raises(Problem) as caught:
        contract.read(contract.InvoiceQuery, {"limit": "0", "state": "paid,secret-value"}, place="?")
    assert [fault.pointer for fault in caught.value.faults] == ["?limit", "?state/1"]
    assert "secret-value" not in str(caught.value.facts())


@pytest.mark.parametrize("amount", ["1", "-1.5", "1190.00", "0.000001"])
def test_amounts_are_texts(amount: str) -> None:
    schema = contract.Invoice.model_json_schema(mode="serialization")["properties"]["total"]
    jsonschema.validate(amount, schema)
    for wrong in ("1,5", "1e3", "NaN", "", "1.", 1.5):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


# -- the document ------------------------------------------------------------------------------


def current() -> dict[str, Any]:
    """:return: the document of a database with all modules"""
    made: dict[str, Any] = json.loads(json.dumps(document(ALL, rights={**RIGHTS, **bank.RIGHTS, **payments.RIGHTS})))
    return made


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """:return: what a client of the old document would stumble over"""
    found = []
    for path, methods in old["paths"].items():
        for method, one in methods.items():
            other = new["paths"].get(path, {}).get(method)
            where = f"{method} {path}"
            if not other:
                found.append(f"{where} is gone")
                continue
            if one["description"] != other["description"]:
                found.append(f"{where} needs another right")
            known = {parameter["name"]: parameter for parameter in one["parameters"]}
            given = {parameter["name"]: parameter for parameter in other["parameters"]}
            found += [f"{where}: parameter {name} is gone" for name in known.keys() - given.keys()]
            found += [
                f"{where}: parameter {name} is new and required"
                for name in given.keys() - known.keys()
                if given[name].get("required")
            ]
            found += [
                f"{where}: parameter {name} takes something else"
                for name in known.keys() & given.keys()
                if known[name]["schema"] != given[name]["schema"] and not _is_wider(known[name], given[name])
            ]
    for name, schema in old["components"]["schemas"].items():
        other = new["components"]["schemas"].get(name)
        if other is None:
            found.append(f"{name} is gone")
            continue
        for field, kind in schema.get("properties", {}).items():
            there = other.get("properties", {}).get(field)
            if there is None:
                found.append(f"{name}.{field} is gone")
            elif {k: v for k, v in kind.items() if k != "description"} != {
                k: v for k, v in there.items() if k != "description"
            }:
                found.append(f"{name}.{field} means something else")
        found += [
            f"{name}.{field} may be missing now"
            for field in set(schema.get("required", [])) - set(other.get("required", []))
        ]
    return found


def _is_wider(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Say whether only values were added to a choice."""
    one, other = json.dumps(old["schema"], sort_keys=True), json.dumps(new["schema"], sort_keys=True)
    return set(_choices(old["schema"])) < set(_choices(new["schema"])) and _plain(one) == _plain(other)


def _choices(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        return [*map(str, schema.get("enum", [])), *(c for value in schema.values() for c in _choices(value))]
    return [c for value in schema for c in _choices(value)] if isinstance(schema, list) else []


def _plain(text: str) -> Any:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items() if key != "enum"}
        return [without(item) for item in value] if isinstance(value, list) else value

    return without(json.loads(text))


def test_b21_what_is_published_does_not_break() -> None:
    published = json.loads(PUBLISHED.read_text())
    assert breaks(published, current()) == []
    if os.environ.get("FIN_PUBLISH_API"):
        PUBLISHED.write_text(json.dumps(current(), indent=1, sort_keys=True) + "\n")
        published = json.loads(PUBLISHED.read_text())
    assert published == current(), "something was added: publish it by running this test with FIN_PUBLISH_API=1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["paths"].pop("/invoices/{id}"),
        lambda d: d["paths"]["/invoices"]["get"]["parameters"].pop(0),
        lambda d: d["paths"]["/invoices"]["get"]["parameters"].append({"name": "x", "required": True, "schema": {}}),
        lambda d: d["components"]["schemas"]["Invoice"]["properties"].pop("total"),
        lambda d: d["components"]["schemas"]["Invoice"]["properties"].update(total={"type": "number"}),
        lambda d: d["components"]["schemas"]["Invoice"]["required"].remove("currency"),
        lambda d: d["components"]["schemas"].pop("Message"),
        lambda d: d["paths"]["/messages"]["get"].update(description="Needs the right `all`."),
    ],
)
def test_b21_a_breaking_change_is_seen(damage: Any) -> None:
    changed = copy.deepcopy(current())
    damage(changed)
    assert breaks(current(), changed)


def test_b21_what_is_added_does_not_break() -> None:
    changed = copy.deepcopy(current())
    changed["paths"]["/receipts"] = changed["paths"]["/invoices"]
    changed["components"]["schemas"]["Invoice"]["properties"]["incoterm"] = {"type": "string"}
    changed["paths"]["/invoices"]["get"]["parameters"].append({"name": "tag", "in": "query", "schema": {}})
    assert breaks(current(), changed) == []


def test_every_reference_leads_somewhere_and_every_right_is_known() -> None:
    made = current()
    for text in json.dumps(made).split('"$ref": "#/components/schemas/')[1:]:
        assert text.partition('"')[0] in made["components"]["schemas"]
    assert {endpoint.right for endpoint in ENDPOINTS.values()} == set(RIGHTS)
    assert {endpoint.right for endpoint in bank.ENDPOINTS.values()} == set(bank.RIGHTS)
    # what is confidential is a right beside the others, of no endpoint alone
    rights = {endpoint.right for endpoint in payments.ENDPOINTS.values()} | {"payments:confidential"}
    assert rights == set(payments.RIGHTS)
