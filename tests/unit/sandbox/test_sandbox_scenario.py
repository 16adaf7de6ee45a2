"""The demo days: every scene is in the files, and the manifest agrees with what the files say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sandbox.bank.camt_version import Dialect
from sandbox.bank.demand import DemandError, read_demand
from sandbox.bank.ledger import Ledger
from sandbox.bank.scenario import play
from sandbox.bank.scenes import DEFAULT, SCENES
from sandbox.bank.write import deliver, main
from sandbox.process import ROOT

MakeDemand = Callable[..., dict[str, Any]]


def run(folder: Path, demand: dict[str, Any], **options: Any) -> dict[str, Any]:
    with Ledger(folder / "bank.sqlite") as ledger:
        _, manifest = deliver(ledger, read_demand(json.dumps(demand)), folder, **options)
    return manifest


def entries(path: Path) -> dict[str, tuple[Decimal, str]]:
    """Signed amount and all text of the entries of a file, by the bank's reference."""
    found = {}
    for node in etree.parse(str(path)).getroot().iter("{*}Ntry"):
        sign = -1 if node.findtext("{*}CdtDbtInd") == "DBIT" else 1
        text = " ".join(str(text) for text in node.itertext())
        found[node.findtext("{*}AcctSvcrRef") or ""] = (sign * Decimal(node.findtext("{*}Amt") or ""), text)
    return found


def test_the_manifest_agrees_with_the_files(tmp_path: Path, make_demand: MakeDemand) -> None:
    manifest = run(tmp_path, make_demand(), kinds=tuple(SCENES))
    assert manifest["not_played"] == []
    items = {item["reference"]: item for item in manifest["items"]}
    seen: dict[str, tuple[Decimal, str]] = {}
    for file in manifest["files"]:
        found = entries(tmp_path / file["file"])
        assert len(found) == file["entries"]
        new = {reference for reference in found if reference not in seen}
        assert len(new) == file["new_entries"]
        seen.update(found)
        if file["kind"] == "statement":
            assert sum(amount for amount, _ in found.values()) == Decimal(file["closing"]) - Decimal(file["opening"])
    assert {reference: str(amount) for reference, (amount, _) in seen.items()} == {
        reference: item["amount"] for reference, item in items.items()
    }


def test_what_stays_open_follows_from_the_items(tmp_path: Path, make_demand: MakeDemand) -> None:
    demand = make_demand()
    manifest = run(tmp_path, demand)
    for invoice in demand["invoices"]:
        state = manifest["invoices"][invoice["number"]]
        parts = [
            (item["handling"], Decimal(part["amount"]))
            for item in manifest["items"]
            for part in item["pays"]
            if part["invoice"] == invoice["number"]
        ]
        amount = Decimal(str(invoice["amount"]))
        assert Decimal(state["open"]) == amount - sum(part for _, part in parts)
        assert Decimal(state["open_automatic"]) == amount - sum(part for how, part in parts if how == "automatic")
        assert 0 <= Decimal(state["open"]) <= amount
    assert any(Decimal(state["open"]) == Decimal(state["amount"]) for state in manifest["invoices"].values())


def test_the_files_say_what_the_scenes_promise(tmp_path: Path, make_demand: MakeDemand) -> None:
    manifest = run(tmp_path, make_demand())
    text = {}
    for file in manifest["files"][:2]:
        text.update(entries(tmp_path / file["file"]))
    items = {item["id"]: item for item in manifest["items"]}

    def of(key: str) -> str:
        return text[items[key]["reference"]][1]

    def invoice(key: str, index: int = 0) -> str:
        return str(items[key]["pays"][index]["invoice"])

    assert "SCOR" in of("exact_structured-1") and "RF18539007547034" in of("exact_structured-1")
    assert f"Payment {invoice('exact_text-1')} thank you" in of("exact_text-1")
    assert invoice("end_to_end-1") in of("end_to_end-1")
    assert "NOTPROVIDED" in of("exact_text-1")
    assert all(invoice("several-1", index) in of("several-1") for index in (0, 1))
    assert all(invoice("batch-1", index) in of("batch-1") for index in (0, 1, 2))
    assert items["foreign-1"]["original"]["currency"] == "USD"
    assert "AC04" in of("return-1") and items["return-1"]["returns"] == "return_original-1"
    assert items["return-1"]["date"] > items["return_original-1"]["date"]
    assert Decimal(items["fee-1"]["amount"]) < 0 < Decimal(items["interest-1"]["amount"])
    twins = [re.sub(items[key]["reference"], "", of(key)) for key in ("twin-1", "twin-2")]
    assert twins[0] == twins[1]
    assert set(manifest["left_for_a_person"]) == {
        "fee-1",
        "interest-1",
        "unknown_payer-1",
        "twin-1",
        "twin-2",
    }


def test_the_duplicate_is_the_same_file(tmp_path: Path, make_demand: MakeDemand) -> None:
    files = run(tmp_path, make_demand())["files"]
    assert [item["kind"] for item in files] == ["statement", "statement", "duplicate", "overlap"]
    first, duplicate = ((tmp_path / files[index]["file"]).read_bytes() for index in (0, 2))
    assert first == duplicate
    assert files[3]["from"] == files[0]["from"] and files[3]["to"] == files[1]["to"]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, make_demand: MakeDemand) -> None:
    def written(folder: str, seed: int) -> list[bytes]:
        (tmp_path / folder).mkdir()
        run(tmp_path / folder, make_demand(), seed=seed, faults=[("truncated", "")])
        return [path.read_bytes() for path in sorted((tmp_path / folder).glob("*.xml"))]

    assert written("one", 1) == written("two", 1) != written("three", 2)


def test_day_after_day_goes_on(tmp_path: Path, make_demand: MakeDemand) -> None:
    first = run(tmp_path, make_demand(), days=2)
    later = make_demand()
    later["invoices"] = [{**item, "number": f"{item['number']}x"} for item in later["invoices"]]
    second = run(tmp_path, later, days=3)
    assert second["account"]["opening"] == first["account"]["closing"]
    assert second["account"]["from"] > first["account"]["to"]
    with Ledger(tmp_path / "bank.sqlite") as ledger:
        statements = ledger.statements("DE02120300000000202051")
    assert [item.legal_sequence for item in statements] == [1, 2, 3, 4, 5]
    assert all(item.to_date.weekday() < 5 for item in statements)


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(0, 21),
    days=st.integers(1, 4),
    seed=st.integers(0, 99),
    currency=st.sampled_from(["EUR", "USD", "CHF", "JPY"]),
)
def test_any_number_of_invoices_can_be_played(
    count: int, days: int, seed: int, currency: str, make_demand: MakeDemand
) -> None:
    demand = make_demand(currency=currency, opening_balance="10000")
    demand["invoices"] = [{**item, "amount": 100 + index} for index, item in enumerate(demand["invoices"][:count])]
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(json.dumps(demand)), days=days, seed=seed)
    opening = Decimal(10000)
    for statement in outcome.statements:
        assert statement.opening == opening
        opening = statement.closing
        assert statement.opening + statement.totals.net == statement.closing
    assert {act.kind for act in outcome.acts} >= {"fee", "interest", "unknown_payer", "twin"}
    assert set(outcome.not_played) <= set(DEFAULT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["company"].pop("iban"), "company: iban is missing"),
        (lambda d: d["invoices"][3].update(amount="-1"), r"invoices\[3\]: the open amount must be positive"),
        (lambda d: d["invoices"][3].update(amount="1.005"), "not an amount of EUR"),
        (lambda d: d["invoices"][3].update(iban="DE00"), "not an IBAN"),
        (lambda d: d["invoices"][3].update(kind="other"), "customer or vendor"),
        (lambda d: d["invoices"].append(d["invoices"][0]), "occurs twice"),
    ],
)
def test_bad_demands_are_refused(change: Any, message: str, make_demand: MakeDemand) -> None:
    demand = make_demand()
    change(demand)
    with pytest.raises(DemandError, match=message):
        read_demand(json.dumps(demand))


def test_empty_values_of_odoo_are_no_values(make_demand: MakeDemand) -> None:
    demand = make_demand(bic=False)
    demand["invoices"][0].update(payment_reference=False, iban=None, end_to_end_id="")
    read = read_demand(json.dumps(demand))
    assert (read.company.bic, read.invoices[0].payment_reference, read.invoices[0].iban) == (None, None, None)


def test_the_command_line(tmp_path: Path, make_demand: MakeDemand) -> None:
    command = [sys.executable, "-m", "sandbox.bank.write", "--invoices", "-", "--out", str(tmp_path), "--version", "02"]
    text = json.dumps(make_demand())
    done = subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [i["file"] for i in manifest["files"]]
    assert b"camt.053.001.02" in (tmp_path / manifest["files"][0]["file"]).read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_the_command_line_for_size(tmp_path: Path) -> None:
    invoices = tmp_path / "invoices.jsonl"
    arguments = ["--bulk", "250", "--out", str(tmp_path), "--compact", "--bulk-invoices", str(invoices)]
    assert main(arguments) == 0
    found = entries(tmp_path / "bulk_250.xml")
    wanted = [json.loads(line) for line in invoices.read_text(encoding="utf-8").splitlines()]
    assert len(wanted) == 250
    for invoice, (amount, text) in zip(wanted, found.values(), strict=True):
        assert Decimal(invoice["amount"]) == amount and invoice["payment_reference"] in text


def test_mistakes_on_the_command_line_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text('{"company": {"name": "x"}}', encoding="utf-8")
    assert main(["--invoices", str(tmp_path / "bad.json"), "--out", str(tmp_path)]) == 2
    assert "company: iban, currency, start_date is missing" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--invoices", "-", "--out", str(tmp_path), "--spoil", "nonsense"])
    assert "no such fault: nonsense" in capsys.readouterr().err


def test_versions_are_written_in_any_way(tmp_path: Path) -> None:
    for text in ("4", "04", "camt.053.001.04"):
        assert main(["--bulk", "1", "--out", str(tmp_path), "--version", text]) == 0
        assert Dialect(version=4).namespace.encode() in (tmp_path / "bulk_1.xml").read_bytes()
