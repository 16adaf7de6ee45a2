"""Open bills to a validated payment file, and released payments posted and reconciled.

Ours: the plan of Pay Bills, the orders, the proposal with ids, digest, file and official schema; then Odoo's payments,
posted and reconciled, a thousand a transaction as in the background. The peer: OCA's account_payment_batch_oca with
account_payment_sepa_credit_transfer on the same bills, also with the official schema; its time a bill grows little with
the bills, so fewer of them are run. Both pay one payee in one payment; "post and reconcile" counts payments, each of
five bills. The floor of it: the same rows by `COPY` into tables with the same indexes, without foreign keys and without
the changes of what is paid. The file alone, beside sepaxml: bench_payments.py.

After the rows it says how time and memory grow from the smallest to the largest size: 1.0 is linear in time, and the
memory an item takes is that above what the process had before.

What dominates: of the file the records of orders, payments and items; of posting what PostgreSQL takes for rows,
indexes and foreign keys, and a few payments of each thousand that Odoo makes to copy from.
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from ledger import Floor, copy_rows, own_company

PEERS = ("account_payment_batch_oca", "account_payment_sepa_credit_transfer")
PEER_BILLS = 200
#: bills of one payee
EACH = 5
IBAN = "BE68539007547034"


def run(context: Any) -> Iterator[dict[str, Any]]:
    rows = []
    with context.odoo() as env:
        sizes = context.sizes(1_000, 10_000, 20_000, 50_000)
        # as many vendors as payments: with fewer of them, the payments of a larger run would pay more bills each
        bench = Bench(env, vendors=max(sizes) // EACH)
        bench.warm()
        before = context.measure(gc.collect).peak_mib
        for size in sizes:
            bench.grow(size)
            measure = context.measure(bench.to_file, size)
            rows.append(("bills to file", size, measure, None))
            orders = measure.result
            payments = sum(orders.mapped("payment_count"))
            booked = context.measure(bench.book, orders)
            bench.check(orders)
            floor = Floor(env.cr, orders.line_ids.payment_id.ids)
            rows.append(("post and reconcile", payments, booked, context.measure(floor.copy)))
            del floor
            bench.forget()
    for line in growth(rows, before):
        print(line, flush=True)
    peer = _measure_peer(context)
    for name, size, measure, floor in rows:
        found = peer.get(name)
        yield context.row(
            f"payments: {name}", size, measure,
            peer="OCA payment batch + SEPA" if found else None,
            peer_measure=found[1] if found else None, peer_size=found[0] if found else None,
            floor="COPY of the rows" if floor else None, floor_measure=floor,
        )  # fmt: skip


def growth(rows: list[tuple[str, int, Any, Any]], before: float) -> Iterator[str]:
    """Lines that say how seconds and memory grow with the size.

    :param before: MiB of the process with nothing measured yet
    """
    for name in dict.fromkeys(row[0] for row in rows):
        found = [(size, measure) for its, size, measure, _floor in rows if its == name]
        # what is done once for any size is no part of the growth
        first, base = found[min(1, len(found) - 1)]
        for size, measure in found:
            an_item = measure.seconds / size
            yield (
                f"   {name}, {size:,}: {an_item * 1000:.2f} ms each, {an_item / (base.seconds / first):.2f} of that at"
                f" {first:,}; {measure.peak_mib:,.0f} MiB, {(measure.peak_mib - before) * 1024 / size:.1f} KiB each"
            )


class Bench:
    """A company with vendors that have trusted accounts, and as many bills as asked."""

    def __init__(self, env: Any, vendors: int = 2_000) -> None:
        self.env, self.company = own_company(env, currency="EUR", tracking_disable=True)
        self.random = random.Random(20260302)
        self.day = date.today() + timedelta(days=3)
        partners = self.env["res.partner"].create([{"name": f"Vendor {number} GmbH"} for number in range(vendors)])
        accounts = self.env["res.partner.bank"].create(
            [{"partner_id": partner.id, "acc_number": _iban(n)} for n, partner in enumerate(partners)]
        )
        accounts.allow_out_payment = True
        self.accounts = dict(zip(partners.ids, accounts.ids, strict=True))
        self.vendors = partners.ids
        self.journal = self.env["account.journal"].create({"name": "Bank", "code": "BNK9", "type": "bank"})
        self.journal.set_bank_account(IBAN)
        self.made = 0
        self.env.cr.commit()

    def grow(self, count: int) -> None:
        """Posted bills, copied in the database from one that Odoo posted."""
        [template] = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendors[0],
                "partner_bank_id": self.accounts[self.vendors[0]],
                "invoice_date": self.day,
                "ref": "template",
                "invoice_line_ids": [(0, 0, {"name": "Work", "price_unit": 100, "tax_ids": [(5,)]})],
            }
        )
        template.action_post()
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("UPDATE account_move SET name = %s WHERE id = %s", [f"Template {self.made}", template.id])
        cr.execute(
            "CREATE TEMP TABLE new_items (n serial, move int, number text, partner int, bank int, amount numeric)"
            " ON COMMIT DROP"
        )
        rows = []
        for number in range(self.made + 1, self.made + count + 1):
            partner = self.vendors[number // EACH % len(self.vendors)]
            rows.append(
                (f"BILL/{number:06d}", partner, self.accounts[partner], self.random.randrange(500, 90_000) / 100)
            )
        self.made += count
        cr.execute_values(
            "INSERT INTO new_items (move, number, partner, bank, amount) VALUES %s",
            rows,
            template="(nextval('account_move_id_seq'), %s, %s, %s, %s)",
            page_size=1000,
        )
        totals = ("amount_total", "amount_residual", "amount_untaxed")
        signed = ("amount_total_signed", "amount_residual_signed", "amount_untaxed_signed",
                  "amount_total_in_currency_signed", "amount_untaxed_in_currency_signed")  # fmt: skip
        copy_rows(cr, "account_move", "new_items c", "t.id", template.id, {
            "id": "c.move", "name": "c.number", "ref": "'R' || c.number", "partner_bank_id": "c.bank",
            "sequence_number": "c.n", "sequence_prefix": "'BILL/x'", "partner_id": "c.partner",
            "commercial_partner_id": "c.partner", **dict.fromkeys(totals, "c.amount"),
            **dict.fromkeys(signed, "-c.amount"),
        })  # fmt: skip
        amount = "sign(t.balance) * c.amount"
        residual = f"CASE WHEN t.amount_residual <> 0 THEN {amount} ELSE 0 END"
        copy_rows(cr, "account_move_line", "new_items c", "t.move_id", template.id, {
            "id": "nextval('account_move_line_id_seq')", "move_id": "c.move", "move_name": "c.number",
            "ref": "'R' || c.number", "partner_id": "c.partner", "balance": amount, "amount_currency": amount,
            "debit": f"greatest({amount}, 0)", "credit": f"greatest(-({amount}), 0)",
            "amount_residual": residual, "amount_residual_currency": residual,
        })  # fmt: skip
        cr.execute("DELETE FROM account_move_line WHERE move_id = %s", [template.id])
        cr.execute("DELETE FROM account_move WHERE id = %s", [template.id])
        cr.commit()
        cr.execute("ANALYZE")
        cr.commit()
        self.env.invalidate_all(flush=False)

    # -- ours --------------------------------------------------------------------------------

    def to_file(self, size: int) -> Any:
        """Open bills to orders whose files are validated and bound to a digest."""
        wizard = self.env["finance.payment.propose.wizard"].create(
            {"company_id": self.company.id, "journal_id": self.journal.id, "day": self.day, "due_until": False}
        )
        selection, plan = wizard._plan()
        orders = self.env["finance.payment.run"]._make(plan, selection)
        del plan
        self.env.flush_all()
        for order in orders:
            # one after the other, as people propose them: what one needed is not kept for the next
            self.env.invalidate_all(flush=False)
            order._propose()
            self.env.cr.commit()
        self.env.invalidate_all(flush=False)
        assert self.env["finance.payment.item"].search_count([("line_id.order_id", "in", orders.ids)]) == size
        return orders

    def book(self, orders: Any) -> None:
        """As the background does it: a piece a transaction."""
        from odoo.addons.finance_bank_sync.models.finance_payment_booking import BATCH

        ids = orders.line_ids.ids
        for start in range(0, len(ids), BATCH):
            lines = self.env["finance.payment.line"].browse(ids[start : start + BATCH])
            self.env["finance.payment.ledger"]._book(lines)
            self.env.cr.commit()
            self.env.invalidate_all(flush=False)

    def warm(self) -> None:
        """What a process does once: trigger trees, prepared views."""
        self.grow(150)
        self.book(self.to_file(150))
        self.forget()

    def check(self, orders: Any) -> None:
        """Everything that was booked is reconciled."""
        self.env.cr.execute(
            "SELECT count(*), count(*) FILTER (WHERE l.reconciled) FROM finance_payment_item i"
            " JOIN finance_payment_line p ON p.id = i.line_id JOIN account_move_line l ON l.id = i.move_line_id"
            " WHERE p.order_id = ANY(%s) AND p.payment_id IS NOT NULL",
            [orders.ids],
        )
        items, reconciled = self.env.cr.fetchone()
        assert items == reconciled, (items, reconciled)
        self.env.invalidate_all(flush=False)

    def forget(self) -> None:
        """The next size pays bills of its own."""
        self.env.cr.execute("UPDATE account_move_line SET reconciled = true, amount_residual = 0,"
                            " amount_residual_currency = 0 WHERE NOT reconciled AND company_id = %s",
                            [self.company.id])  # fmt: skip
        self.env.cr.commit()
        self.env.invalidate_all(flush=False)

    # -- the peer ----------------------------------------------------------------------------

    def peer_to_file(self, moves: Any) -> Any:
        moves.create_account_payment_line()
        order = self.env["account.payment.order"].search([("state", "=", "draft")], limit=1)
        order.draft2open()
        order.open2generated()
        self.env.cr.commit()
        return order

    def peer_post(self, order: Any) -> int:
        order.generated2uploaded()
        self.env.cr.commit()
        return len(order.payment_ids)


def _measure_peer(context: Any) -> dict[str, Any]:
    with context.odoo(*PEERS) as env:
        bench = Bench(env, vendors=200)
        bench.journal.bank_account_id.bank_id = env["res.bank"].create({"name": "Bank", "bic": "GEBABEBB"})
        method = env["account.payment.method"].search([("code", "=", "sepa_credit_transfer")], limit=1)
        values = {"name": "SEPA", "payment_method_id": method.id, "journal_id": bench.journal.id}
        lines = bench.env["account.payment.method.line"]
        if "selectable" in lines._fields:
            values["selectable"] = True
        line = lines.create(values)
        bench.grow(PEER_BILLS)
        moves = bench.env["account.move"].search([("move_type", "=", "in_invoice"), ("state", "=", "posted")])
        moves.preferred_payment_method_line_id = line
        env.cr.commit()
        filed = context.measure(bench.peer_to_file, moves)
        posted = context.measure(bench.peer_post, filed.result)
        return {"bills to file": (PEER_BILLS, filed), "post and reconcile": (posted.result, posted)}


def _iban(number: int) -> str:
    """A Belgian account with right check digits."""
    body = f"{539_000_0000 + number:010d}"
    national = body + f"{int(body) % 97 or 97:02d}"
    return f"BE{98 - int(national + '111400') % 97:02d}{national}"
