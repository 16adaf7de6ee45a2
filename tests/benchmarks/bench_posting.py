"""A camt.053 file to posted bank lines: received, read, staged, proved, matched, written, reconciled.

"posted" is a file whose bookings match nothing, which is all that the peer does with any file.
"reconciled" is a file in which each booking pays one open invoice by its number, reconciled at the
end; the peer's import, without reconciliation, stands beside it (OCA's automatic reconciliation
comes on top: 0.3 s a line at 10 lines, 0.9 s at 100). The floor is one INSERT .. SELECT of the rows
themselves into the real tables, with the reference from the entry back to its bank line.

What dominates: of the processor time of "posted" at 10,000 nearly half is the insert itself, which is the floor, a
twentieth reading, a tenth staging, a tenth deciding, the rest what surrounds the rows; at 1,000 a third is what a file
costs whatever its size (two fifths of that are the control lines that the ORM makes). Two thirds of the insert are
foreign keys: core's four rows of a bank line refer to 39 others, and PostgreSQL looks each of them up. Nothing is open
in this company: what it costs to find what a booking pays is measured by ``bench_matching``. "reconciled" costs twice
as much: two more rows, three that change, in tables with many indexes, and some sets that core's own
``_reconcile_plan`` makes for proof.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from ledger import copy_rows, own_company

#: fetched with all they depend on
PEERS = ("account_statement_import_camt",)
#: the peer writes about 20 entries a second
PEER_LIMIT = 1_000
#: an import and its floor are measured in turns, so often, each time with a journal of its own; the medians count
REPEATED = 3

DAY = date(2026, 3, 2)
PARTNERS = 200

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>{name}</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr><Stmt><Id>{name}</Id>
<ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>USD</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>{day}</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>{day}</Dt></Dt></Bal>
"""
ENTRY = """<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{name}{number:08d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>
<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E2E{number:08d}</EndToEndId></Refs>
<RltdPties><Dbtr><Nm>Customer {customer}</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
"""
TAIL = "</Stmt></BkToCstmrStmt></Document>\n"


def run(context: Any) -> Iterator[dict[str, Any]]:
    sizes = {"posted": context.sizes(100, 1_000, 10_000), "reconciled": context.sizes(100, 1_000)}
    ours: dict[tuple[str, int], Any] = {}
    floor = {}
    with context.odoo() as env:
        bank = Bank(env)
        bank.import_by_suite(30, matched=True)  # what a process does once: trigger trees, prepared views, statistics
        for kind, found in sizes.items():
            for size in found:
                turns = [bank.turn(context, size, matched=kind == "reconciled") for _time in range(REPEATED)]
                ours[kind, size], bare = (_median(measures) for measures in zip(*turns, strict=True))
                floor.setdefault(size, bare)
    peers = _measure_peer(context, [size for size in sizes["posted"] if size <= PEER_LIMIT])
    for (kind, size), measure in ours.items():
        compared = min(size, max(peers))
        yield context.row(
            f"camt.053 {kind}",
            size,
            measure,
            peer="OCA camt import",
            peer_measure=peers[compared],
            peer_size=compared,
            floor="INSERT .. SELECT",
            floor_measure=floor[size],
        )


def _median(measures: Any) -> Any:
    return sorted(measures, key=lambda measure: measure.seconds)[len(measures) // 2]


def _measure_peer(context: Any, sizes: list[int]) -> dict[int, Any]:
    with context.odoo(*PEERS) as env:
        bank = Bank(env)
        bank.import_by_peer(2)
        return {size: bank.measure(context, bank.import_by_peer, size) for size in sizes}


class Bank:
    """A company with a bank; each import has a journal, and open invoices, of its own."""

    def __init__(self, env: Any) -> None:
        self.env, self.company = own_company(env)
        self.partners = self.env["res.partner"].create([{"name": f"Customer {n}"} for n in range(PARTNERS)])
        self.count = 0
        self.env.cr.commit()

    def turn(self, context: Any, size: int, *, matched: bool) -> tuple[Any, Any]:
        """An import, and the floor right after it: a machine that is slower for a while is slower for both."""
        ours = self.measure(context, self.import_by_suite, size, matched=matched)
        return ours, self.measure(context, self.insert, size)

    def measure(self, context: Any, work: Any, size: int, **options: Any) -> Any:
        """Measure an import whose file, journal and invoices are there already."""
        is_floor = work == self.insert
        ready = self._prepare(size, matched=None if is_floor else options.get("matched", False))
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()
        measure = context.measure(work, size, ready=ready, **options)
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", ready[0].id)])
        assert len(lines) == size and set(lines.mapped("state")) == {"posted"}
        if options.get("matched"):
            open_items = [("move_id.journal_id.type", "=", "sale"), ("reconciled", "=", False)]
            receivable = ("account_id.account_type", "=", "asset_receivable")
            assert not self.env["account.move.line"].search_count([*open_items, receivable])
        self.env.invalidate_all()
        return measure

    # -- the ways ----------------------------------------------------------------------------

    def import_by_suite(self, size: int, *, matched: bool = False, ready: Any = None) -> None:
        from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

        journal, content = ready or self._prepare(size, matched=matched)
        messages = self.env["finance.connection"]._bank_receive(self.company, [(f"{journal.code}.xml", content)])
        self.env.cr.commit()
        self.env["finance.dispatcher"]._drain(CommittedSteps(self.env.cr))
        messages |= messages.search([("parent_id", "in", messages.ids)])
        assert set(messages.mapped("state")) == {"done"}, messages.mapped("detail")

    def import_by_peer(self, size: int, *, ready: Any = None) -> None:
        journal, content = ready or self._prepare(size, matched=False)
        wizard = self.env["account.statement.import"].create(
            {"statement_file": base64.b64encode(content), "statement_filename": f"{journal.code}.xml"}
        )
        wizard.import_file_button()
        self.env.cr.commit()

    def insert(self, size: int, *, ready: Any = None) -> None:
        """The rows alone: copies of one line, only ids and names differ."""
        journal, _content = ready
        line = self.env["account.bank.statement.line"].search([("journal_id", "=", journal.id)])
        self._copy_entry(line.move_id, size - 1, f"{journal.code}/2026/", line)
        self.env.cr.commit()

    # -- what they need ----------------------------------------------------------------------

    def _prepare(self, size: int, matched: bool | None = None) -> tuple[Any, bytes]:
        self.count += 1
        code = f"B{self.count}"
        iban = _iban(self.count)
        journal = self.env["account.journal"].create({"name": code, "code": code, "type": "bank"})
        journal.set_bank_account(iban)
        if matched is None:
            self.env["account.bank.statement.line"].create(
                {"journal_id": journal.id, "date": DAY, "amount": 10.0, "payment_ref": "Floor"}
            )
        texts = (
            self._invoices(size) if matched else [f"Thank you for order {number} of today" for number in range(size)]
        )
        self.env.cr.commit()
        return journal, _camt(code, iban, texts, Decimal("100.00"))

    def _invoices(self, size: int) -> list[str]:
        """Open invoices of 100.00 over many customers, copied from one; :return: their numbers"""
        [template] = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partners[0].id,
                "invoice_date": DAY,
                "invoice_line_ids": [(0, 0, {"name": "Work", "price_unit": 100, "tax_ids": [(5,)]})],
            }
        )
        template.action_post()
        prefix = f"BENCH{self.count}/2026/"
        self._copy_entry(template, size - 1, prefix)
        return [template.name, *(f"{prefix}{number:05d}" for number in range(2, size + 1))]

    def _copy_entry(self, move: Any, count: int, prefix: str, line: Any = None) -> None:
        """Copy an entry, its items and its bank line in the database."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("CREATE TEMP TABLE copies (number int, move int, line int) ON COMMIT DROP")
        cr.execute(
            "INSERT INTO copies SELECT n, nextval('account_move_id_seq'), nextval('account_bank_statement_line_id_seq')"
            " FROM generate_series(2, %s) n",
            [count + 1],
        )
        partner = f"(ARRAY{self.partners.ids})[1 + (number - 1) %% {PARTNERS}]" if line is None else "NULL::int"
        name = f"'{prefix}' || to_char(number, 'FM00000')"
        changed = {
            "account_move": {
                "id": "move",
                "name": name,
                "payment_reference": f"CASE WHEN t.payment_reference IS NOT NULL THEN {name} END",
                "sequence_prefix": f"'{prefix}'",
                "sequence_number": "number",
                "statement_line_id": "NULL::int",
                "partner_id": partner,
                "commercial_partner_id": partner,
            },
            "account_bank_statement_line": {"id": "line", "move_id": "move"},
            "account_move_line": {
                "id": "nextval('account_move_line_id_seq')",
                "move_id": "move",
                "move_name": name,
                "partner_id": partner,
                "statement_line_id": "line" if line else "NULL::int",
            },
        }
        wheres = {"account_move": "t.id", "account_bank_statement_line": "t.move_id", "account_move_line": "t.move_id"}
        for table, values in changed.items():
            if table == "account_bank_statement_line" and not line:
                continue
            copy_rows(cr, table, "copies", wheres[table], move.id, values)
        if line:
            cr.execute("UPDATE account_move m SET statement_line_id = c.line FROM copies c WHERE c.move = m.id")
        self.env.invalidate_all()


def _camt(name: str, iban: str, texts: list[str], amount: Decimal) -> bytes:
    facts = {"name": name, "iban": iban, "day": DAY}
    entries = (
        ENTRY.format(**facts, number=number, amount=amount, customer=number % PARTNERS, text=text)
        for number, text in enumerate(texts)
    )
    return (HEAD.format(**facts, closing=amount * len(texts)) + "".join(entries) + TAIL).encode()


def _iban(number: int) -> str:
    account = f"50010517{number:010d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
