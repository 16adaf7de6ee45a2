"""Bank lines against open invoices: what is proposed, what is taken without asking, and how often it is wrong.

A generator writes labelled bookings with the dirt of real remittance texts: numbers torn, in lower case, with words
around, with a wrong character, only their digits; structured references; several invoices in one payment; a part of
an invoice; only an account or a name; payments of nobody; payments made twice; neighbours of the same amount. It also
writes what people of several countries do with numbers: "Rg. 471 v. 3.2.", "saldo fatt. n. 12 del 3/2", "INV# 12 15
CK 2003", words, keys and days glued to the number or torn by the end of a line, lists and ranges of short numbers; and
what must not be taken: numbers of customers, orders and cheques that look like invoices of the payer, and returns that
only words tell. Each booking knows which invoices it pays, so precision (of what was taken without asking, how much was
right) and recall (of what has an answer, how much was taken; how often the right answer is the best proposal) are
counted in the run.

The peers: the automatic matching of OCA's account_reconcile_oca on lines whose label is exactly the number of the
invoice, which is the case it is made for (its time a line grows with the lines, so few of them are run); core has no
matching in Community. The floor is one SQL query that joins labels and numbers by equality.

"match again" is what the scheduled action does with lines that were on the ledger before their invoices were.

"propose" is the answers alone; "post and reconcile" is all of it, from staged bookings to reconciled lines on the
ledger, and its size is the lines that were reconciled, each of them with what it pays and nothing else.

What dominates: of the answers the decisions themselves (Python, a fifth of a millisecond each), then reading the texts,
then the candidates (three queries for 2,000 bookings); of the posting PostgreSQL that writes the rows and changes the
items they pay, then the few that Odoo makes of each kind.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))

from ledger import copy_rows, own_company

PEERS = ("account_reconcile_oca",)
#: lines that the peer gets; it needs about a second each
PEER_LINES = 200

#: open lines that are matched again
AGAIN = 600

DAY = date(2026, 3, 2)
PARTNERS = 500
AROUND = ("Invoice {} thank you", "pay. {} 02.03.2026", "Re. No. ({})", "EREF+77 SVWZ+{}", "{}, KD-NR 4711")


def run(context: Any) -> Iterator[dict[str, Any]]:
    rows = []
    with context.odoo() as env:
        bench = Bench(env)
        for size, items in ((1_000, 5_000), (10_000, 10_000), (10_000, 50_000)):
            if size not in context.sizes(1_000, 10_000):
                continue
            bench.grow(items)
            entries, labels = bench.bookings(size)
            measure = context.measure(bench.match, entries)
            floor = context.measure(bench.floor, entries)
            quality = score(measure.result, labels)
            print(f"  {size} bookings, {items} open items: {quality}")
            assert quality["wrong"] == 0, quality["examples"]
            assert quality["recall without asking"] >= 0.95, quality
            rows.append((f"propose, {items} open", size, measure, floor))
            measure = context.measure(bench.post, entries.statement_id)
            matched = bench.matched(entries, labels)
            print(f"  {matched} of them on the ledger and reconciled in {measure.seconds:.1f} s")
            rows.append((f"post and reconcile, {items} open", matched, measure, floor))
            bench.forget_paid()
        entries, size = bench.open_lines(AGAIN)
        lines = entries.line_id
        floor = context.measure(bench.floor, entries)
        rows.append((f"match again, {len(bench.items)} open", size, context.measure(bench.match_again, lines), floor))
        reconciled = len(lines.filtered("is_reconciled"))
        print(f"  {reconciled} of {len(lines)} open lines reconciled")
        assert reconciled >= size, "what has an answer is left open"
    peer = _measure_peer(context)
    for name, size, measure, floor in rows:
        yield context.row(
            name, size, measure,
            peer="OCA account_reconcile_oca", peer_measure=peer, peer_size=PEER_LINES,
            floor="SQL equality", floor_measure=floor,
        )  # fmt: skip


def _measure_peer(context: Any) -> Any:
    with context.odoo(*PEERS) as env:
        bench = Bench(env)
        bench.grow(1_000)
        lines = bench.env["account.bank.statement.line"]
        invoices = bench.items[:PEER_LINES]
        values = [
            {"journal_id": bench.journal.id, "date": DAY, "amount": item["amount"], "payment_ref": item["number"]}
            | {"partner_id": item["partner"]}
            for item in invoices
        ]
        # the peer matches each line when it is created; here that is done, and measured, afterwards
        with patch.object(type(lines), "_auto_reconcile", lambda lines: None):
            lines = lines.create(values)
        env.cr.commit()
        measure = context.measure(_of_peer, lines)
        print(f"  the peer reconciled {len(lines.filtered('is_reconciled'))} of {len(lines)} lines")
        return measure


def _of_peer(lines: Any) -> None:
    lines._auto_reconcile()
    lines.env.flush_all()


class Bench:
    """A company with customers and as many open invoices as asked."""

    def __init__(self, env: Any) -> None:
        self.env, self.company = own_company(env)
        self.random = random.Random(20260302)
        self.partners = self.env["res.partner"].create(
            [{"name": f"{self._word()} {self._word()} {n} GmbH"} for n in range(PARTNERS)]
        )
        self.ibans = {}
        for number, partner in enumerate(self.partners):
            if number % 2:
                self.ibans[partner.id] = f"DE{number:02d}5001051700000{number:05d}"
        if "finance.bank.matcher" in self.env:
            self.env["res.partner.bank"].create(
                [{"partner_id": partner, "acc_number": iban} for partner, iban in self.ibans.items()]
            )
        self.journal = self.env["account.journal"].create({"name": "Bank", "code": "BNK9", "type": "bank"})
        self.items: list[dict[str, Any]] = []
        self.made = 0
        self.statements = 0
        self.env.cr.commit()

    def _word(self) -> str:
        return "".join(self.random.choice("abcdefghiklmnoprstuvw") for _letter in range(7)).title()

    # -- open invoices -----------------------------------------------------------------------

    def grow(self, count: int) -> None:
        """Open invoices, copied in the database from one that Odoo posted."""
        missing = count - len(self.items)
        if missing <= 0:
            return
        [template] = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partners[0].id,
                "invoice_date": DAY,
                "invoice_line_ids": [(0, 0, {"name": "Work", "price_unit": 100, "tax_ids": [(5,)]})],
            }
        )
        template.action_post()
        self.env.flush_all()
        cr = self.env.cr
        # its number is one of those that are given below
        cr.execute("UPDATE account_move SET name = %s WHERE id = %s", [f"Template {self.made}", template.id])
        first = self.made + 1
        self.made += missing
        new = []
        for number in range(first, first + missing):
            partner = self.partners[self.random.randrange(PARTNERS)]
            amount = round(self.random.choice((49.9, 100.0, 250.0)) if number % 10 == 0
                           else self.random.randrange(500, 900_000) / 100, 2)  # fmt: skip
            new.append({"number": f"RE/2026/{number:06d}", "partner": partner.id, "amount": amount})
        cr.execute("CREATE TEMP TABLE new_items (n serial, move int, number text, partner int, amount numeric,"
                   " reference text) ON COMMIT DROP")  # fmt: skip
        for item in new:
            item["reference"] = _rf(item["number"]) if self.random.random() < 0.3 else item["number"]
        cr.execute_values(
            "INSERT INTO new_items (move, number, partner, amount, reference) VALUES %s",
            [(item["number"], item["partner"], item["amount"], item["reference"]) for item in new],
            template="(nextval('account_move_id_seq'), %s, %s, %s, %s)",
            page_size=1000,
        )
        copy_rows(cr, "account_move", "new_items c", "t.id", template.id, {
            "id": "c.move", "name": "c.number", "payment_reference": "c.reference",
            "sequence_number": "c.n", "sequence_prefix": "'RE/2026/x'", "partner_id": "c.partner",
            "commercial_partner_id": "c.partner",
            **dict.fromkeys(("amount_total", "amount_residual", "amount_untaxed", "amount_total_signed",
                             "amount_residual_signed", "amount_untaxed_signed", "amount_total_in_currency_signed",
                             "amount_untaxed_in_currency_signed"),
                            "c.amount"),
        })  # fmt: skip
        signed = "sign(t.balance) * c.amount"
        residual = f"CASE WHEN t.amount_residual <> 0 THEN {signed} ELSE 0 END"
        copy_rows(cr, "account_move_line", "new_items c", "t.move_id", template.id, {
            "id": "nextval('account_move_line_id_seq')", "move_id": "c.move", "move_name": "c.number",
            "partner_id": "c.partner", "balance": signed, "amount_currency": signed,
            "debit": f"greatest({signed}, 0)", "credit": f"greatest(-({signed}), 0)",
            "amount_residual": residual, "amount_residual_currency": residual,
        })  # fmt: skip
        cr.execute(
            "SELECT m.name, l.id FROM account_move m JOIN new_items c ON c.move = m.id"
            " JOIN account_move_line l ON l.move_id = m.id AND l.amount_residual <> 0"
        )
        found = dict(cr.fetchall())
        for item in new:
            item["id"] = found[item["number"]]
        cr.execute("DELETE FROM account_move_line WHERE move_id = %s", [template.id])
        cr.execute("DELETE FROM account_move WHERE id = %s", [template.id])
        cr.commit()
        cr.execute("ANALYZE")
        cr.commit()
        self.env.invalidate_all(flush=False)
        self.items += new

    # -- labelled bookings -------------------------------------------------------------------

    def bookings(self, size: int) -> tuple[Any, dict[int, set[int]]]:
        """Staged entries of one statement, and the items that each of them pays."""
        self.statements += 1
        statement = self.env["finance.bank.statement"].create(
            {"name": f"B{self.statements}", "company_id": self.company.id, "journal_id": self.journal.id,
             "currency_name": "USD", "closing_date": DAY}
        )  # fmt: skip
        wanted = Dirt(self.random, self.items, self.partners, self.ibans).write(size)
        self.env.flush_all()
        self.env.cr.execute_values(
            """
            INSERT INTO finance_bank_entry
                   (statement_id, company_id, position, detail_position, key, status, state, booking_date, amount,
                    currency_name, label, remittance, party_name, party_account, structured_references)
            VALUES %s
            """,
            [
                (statement.id, self.company.id, n, 0, f"{self.statements}-{n}", "BOOK", "staged", DAY, one["amount"],
                 "USD", one["text"], one["text"], one.get("name"), one.get("iban"),
                 f'["{one["structured"]}"]' if one.get("structured") else None)
                for n, one in enumerate(wanted, 1)
            ],
            page_size=1000,
        )  # fmt: skip
        self.env.cr.commit()
        self.env.cr.execute("ANALYZE finance_bank_entry")
        entries = self.env["finance.bank.entry"].search([("statement_id", "=", statement.id)], order="position")
        labels = {entry: set(one["pays"]) for entry, one in zip(entries.ids, wanted, strict=True)}
        return entries, labels

    def match(self, entries: Any) -> list[Any]:
        matcher = self.env["finance.bank.matcher"]
        return matcher._decide(self.company, matcher._rows(entries), self.journal)

    def open_lines(self, size: int) -> tuple[Any, int]:
        """Bookings on the ledger that were matched with nothing, and how many of them have an answer by now."""
        entries, _labels = self.bookings(size)
        self.journal.finance_match_automatic = False
        self.post(entries.statement_id)
        self.journal.finance_match_automatic = True
        self.env.cr.commit()
        self.env.invalidate_all()
        answers = self.match(entries)
        return entries, sum(1 for answer in answers if answer.outcome == "automatic")

    def match_again(self, lines: Any) -> None:
        self.env["finance.bank.rematcher"]._match_again(lines)
        self.env.cr.commit()

    def post(self, statement: Any) -> None:
        """All of it: decided, written, reconciled, remembered."""
        self.env["finance.bank.handler.statement"]._post(statement)
        self.env.cr.commit()

    def forget_paid(self) -> None:
        """What the lines above have paid, as a whole or a part of it, is paid by no line below."""
        self.env.cr.execute("SELECT debit_move_id FROM account_partial_reconcile")
        paid = {item for (item,) in self.env.cr.fetchall()}
        self.items = [item for item in self.items if item["id"] not in paid]

    def matched(self, entries: Any, labels: dict[int, set[int]]) -> int:
        """Count the lines that are reconciled; each of them is looked at on the ledger."""
        self.env.cr.execute(
            """
            SELECT e.id, array_agg(other.id) FILTER (WHERE other.id IS NOT NULL)
              FROM finance_bank_entry e
              JOIN account_bank_statement_line s ON s.id = e.line_id
              JOIN account_move_line l ON l.move_id = s.move_id
              LEFT JOIN account_partial_reconcile p ON l.id IN (p.debit_move_id, p.credit_move_id)
              LEFT JOIN account_move_line other ON other.id IN (p.debit_move_id, p.credit_move_id) AND other.id <> l.id
             WHERE e.id = ANY(%s) AND e.state = 'posted' GROUP BY e.id
            """,
            [entries.ids],
        )
        found = {entry: set(items or ()) for entry, items in self.env.cr.fetchall()}
        assert len(found) == len(entries)
        wrong = [entry for entry, items in found.items() if items and items != labels[entry]]
        assert not wrong, self.env["finance.bank.entry"].browse(wrong[:5]).mapped("label")
        return sum(map(bool, found.values()))

    def floor(self, entries: Any) -> int:
        self.env.cr.execute(
            "SELECT count(*) FROM finance_bank_entry e JOIN account_move m ON m.company_id = e.company_id"
            " AND m.name = e.label JOIN account_move_line l ON l.move_id = m.id AND l.amount_residual = e.amount"
            " WHERE e.id = ANY(%s)",
            [entries.ids],
        )
        return self.env.cr.fetchone()[0]


class Dirt:
    """Writes remittance texts as people and their banks do; each open item is paid once."""

    def __init__(self, rnd: random.Random, items: list[dict[str, Any]], partners: Any, ibans: dict[int, str]) -> None:
        self.random = rnd
        self.names = {partner.id: partner.name for partner in partners}
        self.ibans = ibans
        self.free = list(items)
        rnd.shuffle(self.free)
        self.by_partner: dict[int, list[dict[str, Any]]] = {}
        for item in self.free:
            self.by_partner.setdefault(item["partner"], []).append(item)
        self.taken: set[int] = set()
        self.second: dict[str, Any] | None = None

    def write(self, size: int) -> list[dict[str, Any]]:
        kinds = [
            (self.clean, 40), (self.torn, 18), (self.structured, 14), (self.digits, 6), (self.typo, 5),
            (self.several, 6), (self.part, 2), (self.only_party, 2), (self.nobody, 4), (self.twice, 2),
            (self.called, 5), (self.called_list, 2), (self.glued, 5), (self.trap, 2), (self.returned, 1),
        ]  # fmt: skip
        chosen = self.random.choices([kind for kind, _w in kinds], [weight for _k, weight in kinds], k=size)
        rows = []
        for kind in chosen:
            rows.append(kind() or self.nobody())
            if self.second:
                rows.append(self.second)
                self.second = None
        return rows[:size]

    def _next(self) -> dict[str, Any] | None:
        while self.free:
            item = self.free.pop()
            if item["id"] not in self.taken:
                self.taken.add(item["id"])
                return item
        return None

    def _row(self, item: dict[str, Any], text: str, **values: Any) -> dict[str, Any]:
        partner = item["partner"]
        party = {"name": self._dirty_name(self.names[partner])}
        if partner in self.ibans and self.random.random() < 0.8:
            party["iban"] = self.ibans[partner]
        return {"text": text, "amount": item["amount"], "pays": [item["id"]], **party, **values}

    def _dirty_name(self, name: str) -> str:
        return self.random.choice((name, name.upper(), name.replace(" GmbH", ""), " ".join(reversed(name.split()))))

    def clean(self) -> dict[str, Any] | None:
        item = self._next()
        return item and self._row(item, item["number"])

    def torn(self) -> dict[str, Any] | None:
        item = self._next()
        if not item:
            return None
        number = item["number"]
        dirty = self.random.choice(
            (number.lower(), number.replace("/", " / "), number.replace("/", "-"), number.replace("/", ""),
             number.replace("/", " "))
        )  # fmt: skip
        return self._row(item, self.random.choice(AROUND).format(dirty))

    def structured(self) -> dict[str, Any] | None:
        item = self._next()
        if not item:
            return None
        if item["reference"] == item["number"]:
            return self._row(item, f"Invoice {item['number']}")
        spaced = " ".join(item["reference"][place : place + 4] for place in range(0, len(item["reference"]), 4))
        if self.random.random() < 0.5:
            return self._row(item, "payment", structured=item["reference"])
        return self._row(item, f"ref {spaced} thanks")

    def digits(self) -> dict[str, Any] | None:
        item = self._next()
        return item and self._row(item, f"invoice {''.join(c for c in item['number'] if c.isdigit())}")

    def typo(self) -> dict[str, Any] | None:
        item = self._next()
        if not item:
            return None
        number = list(item["number"])
        place = self.random.randrange(4, len(number))
        if number[place] == "/":
            place += 1
        number[place] = self.random.choice("0123456789")
        return self._row(item, f"Invoice {''.join(number)}")

    def several(self) -> dict[str, Any] | None:
        item = self._next()
        if not item:
            return None
        mine = [one for one in self.by_partner[item["partner"]] if one["id"] not in self.taken]
        others = mine[: self.random.randint(1, 3)]
        for one in others:
            self.taken.add(one["id"])
        paid = [item, *others]
        text = self.random.choice((", ", " + ", " ")).join(one["number"] for one in paid)
        amount = round(sum(one["amount"] for one in paid), 2)
        return self._row(item, text, amount=amount, pays=[one["id"] for one in paid])

    def called(self) -> dict[str, Any] | None:
        """Only the running number, after a word for invoice."""
        item = self._next()
        short = item and int(item["number"][-6:])
        text = self.random.choice(
            ("Rg. {} v. 3.2.", "Rechnung-Nr. {} vom 03.02.2026", "saldo fatt. n. {} del 3/2", "Facture n° {}/2026",
             "FRA {} gracias", "INV# {} CK 20031", "CHECK 4711 INVOICE {}", "RMR*IV*{}**100.00")
        )  # fmt: skip
        return item and self._row(item, text.format(short))

    def called_list(self) -> dict[str, Any] | None:
        row = self.several()
        if not row:
            return None
        numbers = [int(number) for number in re.findall(r"/([0-9]{6})(?![0-9])", row["text"])]
        text = self.random.choice((", ", " + ", " u. ", " ")).join(map(str, numbers))
        return {**row, "text": f"{self.random.choice(('RG', 'INV#', 'Rechnungen', 'fatt. n.'))} {text}"}

    def glued(self) -> dict[str, Any] | None:
        item = self._next()
        if not item:
            return None
        number = item["number"]
        text = self.random.choice(
            ("RECHNUNGNR{}", "RE.{}KD4711", "RENR:{}VOM03.02.2026", "/VAT/23,00/IDC/5250007738/INV/{}/TXT/zaplata",
             "RG-{}-030226", "SVWZ+{}/03.02.26", "RMR*IV*{}*PI*12.50", "/REMI/USTD//{}/")
        ).format(number)  # fmt: skip
        cut = text.index(number) + self.random.randrange(3, len(number))
        return self._row(item, f"{text[:cut]}\n{text[cut:]}" if self.random.random() < 0.2 else text)

    def trap(self) -> dict[str, Any] | None:
        """The number of a customer, an order or a cheque looks like an invoice of the payer: a person decides."""
        item = self._next()
        if not item:
            return None
        word = self.random.choice(("Kd-Nr.", "Customer", "PO", "Auftrag Nr.", "CHK", "Vertrag"))
        return self._row(item, f"{word} {int(item['number'][-6:])}", pays=[])

    def returned(self) -> dict[str, Any] | None:
        item = self._next()
        return item and self._row(item, f"RUECKLASTSCHRIFT MANGELS DECKUNG {item['number']}", pays=[])

    def part(self) -> dict[str, Any] | None:
        item = self._next()
        return item and self._row(item, f"part of {item['number']}", amount=round(item["amount"] / 3, 2))

    def only_party(self) -> dict[str, Any] | None:
        item = self._next()
        return item and self._row(item, "thank you very much")

    def nobody(self) -> dict[str, Any]:
        return {
            "text": f"order {self.random.randrange(10**6)} of 2026",
            "amount": self.random.randrange(100, 10**6) / 100,
            "pays": [],
            "name": f"Stranger {self.random.randrange(10**6)}",
        }

    def twice(self) -> dict[str, Any] | None:
        """A payment made twice: the second one pays nothing, though a neighbour may have its amount."""
        item = self._next()
        if not item:
            return None
        row = self._row(item, item["number"])
        self.second = {**row, "pays": []}
        return row


def score(answers: list[Any], labels: dict[int, set[int]]) -> dict[str, Any]:
    """Count what was taken and what was proposed against the labels."""
    taken = right = best = has_answer = 0
    examples = []
    for answer in answers:
        wanted = labels[answer.row["id"]]
        found = {item.id for item in answer.decision.items}
        has_answer += bool(wanted)
        if found:
            taken += 1
            if found == wanted:
                right += 1
            else:
                examples.append((answer.row["label"], answer.decision.parts))
        first = found or set(answer.decision.suggestions[0].item_ids if answer.decision.suggestions else ())
        best += bool(wanted) and first == wanted
    return {
        "taken": taken,
        "wrong": taken - right,
        "precision": round(right / taken, 4) if taken else None,
        "recall without asking": round(right / has_answer, 4),
        "recall of the best answer": round(best / has_answer, 4),
        "examples": examples[:5],
    }


def _rf(number: str) -> str:
    digits = "".join(character for character in number if character.isdigit())
    return f"RF{98 - int(f'{digits}271500') % 97:02d}{digits}"
