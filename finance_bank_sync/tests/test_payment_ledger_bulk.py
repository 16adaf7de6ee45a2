"""Copied payments are what Odoo leaves: entry, payment, reconciliation, what was paid (K-34)."""

import json
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.finance_bank_ledger import BULK_FROM_PARAMETER
from ..models.finance_payment_ledger_bulk_batch import PaymentBatch
from ..models.finance_payment_ledger_bulk_copies import PaymentCopies
from ..models.finance_payment_ledger_bulk_planned import PlannedPayments
from ..models.finance_payment_ledger_bulk_proof import PaymentProof
from .payment_bills_case import BillsCase

LEDGER = "finance.payment.ledger"
BATCH_LOGGER = PaymentBatch.__module__
PROOF_LOGGER = PaymentProof.__module__
#: columns that hold ids of what is written, compared by what they point to
POINTERS = {
    "account_payment": ("id", "move_id"),
    "account_move": ("id", "origin_payment_id"),
    "account_move_line": ("id", "move_id", "payment_id", "full_reconcile_id", "matching_number"),
    "account_partial_reconcile": ("id", "debit_move_id", "credit_move_id", "full_reconcile_id", "exchange_move_id"),
    "account_full_reconcile": ("id",),
}


class Undo(Exception):
    """Rolls a savepoint back."""


class BulkCase(BillsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parent = cls.env["res.partner"].create({"name": "Parent & <Sons>", "is_company": True})
        child = cls.env["res.partner"].create({"name": "Branch", "parent_id": parent.id})
        french = cls.env["res.partner"].create({"name": "Français", "country_id": cls.env.ref("base.fr").id})
        cls.payees = cls.supplier | cls.second_supplier | child | french
        cls.ledger = cls.env[LEDGER]
        # copies from few payments on
        cls.env["ir.config_parameter"].set_param(BULK_FROM_PARAMETER, "6")

    @classmethod
    def order(cls, *payments, direction="transfer"):
        """:param payments: documents that are paid together, or a dict with what is not usual besides ``moves``"""
        lines = []
        for number, wanted in enumerate(payments):
            wanted = wanted if isinstance(wanted, dict) else {"moves": wanted}
            items = cls.env["account.move.line"].union(*map(cls.open_item, wanted["moves"]))
            paid = wanted.get("paid") or [abs(item.amount_residual_currency) for item in items]
            discount = wanted.get("discount", 0)
            partner = items.partner_id[:1] or cls.payees[number % 4]
            lines.append(
                {
                    "partner_id": partner.id,
                    "partner_bank_id": cls.supplier_account.id if partner == cls.supplier else False,
                    "amount": wanted.get("amount") or sum(paid),
                    "remittance": f"Bill {(number * 7) % 50:02d} <&> ä",
                    "date": cls.today + timedelta(days=wanted.get("days", 0)),
                    "item_ids": [
                        Command.create({"move_line_id": item.id, "amount": amount, "discount": discount})
                        for item, amount in zip(items, paid, strict=True)
                    ],
                }
            )
        order = cls.make_order(lines=lines, direction=direction)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE finance_payment_line SET end_to_end_id = 'E2E-' || id WHERE order_id = %s", [order.id]
        )
        cls.env.invalidate_all()
        return order.sudo()

    def bills(self, count, **values):
        return [
            self.make_bill(
                10.07 + number * 1.13, partner=self.payees[number % 4], ref=f"B{next(self._invoices)}", **values
            )
            for number in range(count)
        ]

    # -- three ways ------------------------------------------------------------------------

    @contextmanager
    def undone(self):
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)

    def by_copies(self, order):
        """:return: (groups of positions that the ORM made together, positions that were copied)"""
        groups, copied = [], []
        by_orm, copy_proved = PaymentBatch.by_orm, PaymentBatch.copy_proved

        def noted(batch, positions):
            groups.append(list(positions))
            return by_orm(batch, positions)

        def counted(batch):
            found = copy_proved(batch)
            copied.extend(batch.copies if found else [])
            return found

        with patch.object(PaymentBatch, "by_orm", noted), patch.object(PaymentBatch, "copy_proved", counted):
            booked = self.ledger._book(order.line_ids)
        self.assertEqual(len(booked), len(order.line_ids))
        return [group for group in groups if group], copied

    def by_orm(self, order, groups):
        lines = self.ledger._lock(order.line_ids).with_company(order.company_id)
        for group in groups:
            mine = lines.browse([lines.ids[position] for position in group])
            self.ledger._book_by_orm(mine, self.ledger._method(order))

    def by_core(self, order, groups):
        """As a person does it: payments are made and confirmed, each is reconciled with what it pays."""
        lines = self.ledger._lock(order.line_ids).with_company(order.company_id)
        method = self.ledger._method(order)
        for group in groups:
            mine = lines.browse([lines.ids[position] for position in group])
            payments = self.env["account.payment"].with_env(lines.env)
            payments = payments.create([self.ledger._values(line, method) for line in mine])
            payments.action_post()
            for line, payment in zip(mine, payments, strict=True):
                line.payment_id = payment
                payment.invoice_ids = line.item_ids.move_id.filtered(lambda move: move.is_invoice(True))
                counterpart = payment._seek_for_lines()[1]
                if line.item_ids:
                    (counterpart | line.item_ids.move_line_id).reconcile()
                    line.item_ids.claims = False

    # -- what is there afterwards ----------------------------------------------------------

    def stored(self, table, records):
        self.env.cr.execute(f"SELECT id, to_jsonb(t)::text FROM {table} t WHERE id = ANY(%s)", [records.ids])
        found = {row_id: json.loads(text, parse_float=Decimal) for row_id, text in self.env.cr.fetchall()}
        return [
            {name: cell for name, cell in found[row_id].items() if name not in POINTERS[table]}
            for row_id in records.ids
        ]

    def rows(self, order):
        """All columns of everything that was written or changed, payment by payment."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = []
        for line in order.line_ids:
            payment = line.payment_id
            items = payment.move_id.line_ids.sorted("id")
            self.assertEqual(payment.move_id.origin_payment_id, payment)
            self.assertEqual(items.payment_id, payment)
            paid = line.item_ids.move_line_id
            met = items[1:]
            partials = (met.matched_debit_ids | met.matched_credit_ids).sorted("amount")
            fulls = (items | paid).full_reconcile_id
            for item in items | paid:
                full = item.full_reconcile_id
                if full:
                    self.assertEqual(item.matching_number, str(full.id))
            found.append(
                {
                    "payment": self.stored("account_payment", payment),
                    "entry": self.stored("account_move", payment.move_id),
                    "items": self.stored("account_move_line", items),
                    "partials": self.stored("account_partial_reconcile", partials),
                    "met": [
                        tuple("own" if item in items else item.id for item in (p.debit_move_id, p.credit_move_id))
                        for p in partials
                    ],
                    "exchange": [len(partial.exchange_move_id) for partial in partials],
                    "fulls": self.stored("account_full_reconcile", fulls),
                    "matched": [
                        (bool(item.full_reconcile_id), item.matching_number and item.matching_number[0] == "P")
                        for item in items | paid
                    ],
                    "paid": self.stored("account_move_line", paid),
                    "documents": self.stored("account_move", paid.move_id),
                    "links": payment.invoice_ids.ids,
                    "claims": line.item_ids.mapped("claims"),
                }
            )
        return found

    def counts(self):
        """Number of rows of every table, but of the one at which who pays by hand meets who releases."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = current_schema"
        )
        tables = [name for (name,) in self.env.cr.fetchall() if name != "finance_waiting_key"]
        self.env.cr.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables))
        return Counter(dict(self.env.cr.fetchall()))

    def assertTwins(self, order, copied):
        """Copies leave what Odoo leaves, row by row and in the same number of rows of every table."""
        results = {}
        with self.undone():
            before = self.counts()
            groups, positions = self.by_copies(order)
            results["copies"] = (self.rows(order), self.counts() - before)
            self.assertEqual(sum(map(len, groups)) + len(positions), len(order.line_ids))
        self.assertEqual(len(positions), copied, groups)
        groups = [*groups, positions] if positions else groups
        for way in (self.by_orm, self.by_core):
            with self.undone():
                before = self.counts()
                way(order, groups)
                results[way.__name__] = (self.rows(order), self.counts() - before)
        rows, counts = results.pop("copies")
        for way, (expected, their_counts) in results.items():
            for position, (theirs, ours) in enumerate(zip(expected, rows, strict=True)):
                for part in theirs:
                    self.assertEqual(*different(theirs[part], ours[part]), f"{way}: {part} of payment {position}")
            self.assertEqual(their_counts, counts, way)


def different(theirs, ours):
    """:return: the two, without the columns that are the same in both"""
    if len(theirs) != len(ours) or not all(isinstance(row, dict) for row in (*theirs, *ours)):
        return theirs, ours
    pairs = [({k for k in one if one[k] != other.get(k)}, one, other) for one, other in zip(theirs, ours, strict=True)]
    return (
        [{column: one[column] for column in columns} for columns, one, _other in pairs],
        [{column: other.get(column) for column in columns} for columns, _one, other in pairs],
    )


@tagged("post_install", "-at_install")
class TestPaymentTwins(BulkCase):
    """Column by column what Odoo writes, in all tables."""

    def test_k34_bills_parts_credit_notes_and_payments_by_hand(self):
        bills = self.bills(18)
        note = self.make_bill(2.5, partner=self.payees[0], move_type="in_refund")
        together = [bills[0:5:4], bills[1:6:4], bills[2:7:4]]
        later = [{"moves": [bill], "days": -2} for bill in bills[8:10]]
        alone = [[bill] for bill in bills[10:17]]
        unusual = [
            {"moves": [bills[17]], "paid": [3.33]},
            {"moves": [bills[3], note], "paid": [13.46, -2.5], "amount": 10.96},
        ]
        by_hand = [{"moves": [], "amount": 5.01 + number} for number in range(6)]
        self.assertTwins(self.order(*together, *unusual, *later, *alone, *by_hand), copied=14)

    def test_k34_collections_and_entries_of_salaries(self):
        invoices = [
            self.make_bill(20.01 + number, partner=self.payees[number % 4], move_type="out_invoice")
            for number in range(8)
        ]
        self.assertTwins(self.order(*[[one] for one in invoices], direction="debit"), copied=6)
        salaries = [self.salary(2000.10 + number, self.payees[number % 4]) for number in range(8)]
        self.assertTwins(self.order(*[[one] for one in salaries]), copied=6)

    def salary(self, amount, partner):
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": self.today,
                "journal_id": self.env["account.journal"]
                .search([("type", "=", "general"), ("company_id", "=", self.company.id)], limit=1)
                .id,
                "line_ids": [
                    Command.create({"account_id": account.id, "partner_id": partner.id, "balance": balance})
                    for account, balance in (
                        (partner.property_account_payable_id, -amount),
                        (self.company.account_journal_early_pay_discount_gain_account_id, amount),
                    )
                ],
            }
        )
        entry.action_post()
        return entry


@tagged("post_install", "-at_install")
class TestPaymentsLeft(BulkCase):
    """What is not usual, or not proved, is Odoo's own business; nothing is lost by it."""

    def planned(self, order):
        lines = self.ledger._lock(order.line_ids).with_company(order.company_id)
        method = self.ledger._method(order)
        return PlannedPayments(self.ledger, lines, method, self.ledger._outstanding(order, method))

    def odd(self, *payments):
        """:return: positions that are left to Odoo, of these and of six payments that are usual"""
        usual = [{"moves": [], "amount": 77 + number} for number in range(6)]
        return [
            position
            for position in self.planned(self.order(*payments, *usual)).division.alone
            if position < len(payments)
        ]

    def test_k34_what_is_not_usual(self):
        bills = self.bills(8)
        part = {"moves": [bills[0]], "paid": [1]}
        discount = {"moves": [bills[1]], "paid": [10], "discount": 1.2}
        more = {"moves": [bills[2]], "amount": 1000}
        paid_already = bills[4]
        context = {"active_model": "account.move", "active_ids": paid_already.ids}
        self.env["account.payment.register"].with_context(**context).create({"amount": 2})._create_payments()
        self.assertEqual(self.odd(part, discount, more, [paid_already]), [0, 1, 2, 3])
        alone = self.odd([bills[5]], [bills[6]])
        self.assertEqual(alone, [0, 1], "too few of a shape to prove anything")

    def test_k34_closed_periods_currencies_and_taxes_on_payment(self):
        bills = self.bills(7)
        order = self.order(*[[bill] for bill in bills])
        self.assertTrue(self.planned(order).division.copies)
        self.company.fiscalyear_lock_date = self.today
        self.assertFalse(self.planned(order).division.copies)
        self.company.fiscalyear_lock_date = False
        self.company.tax_exigibility = True
        self.assertTrue(self.planned(order).division.copies, "bills without taxes")
        self.env.cr.execute(
            "INSERT INTO account_move_line_account_tax_rel (account_move_line_id, account_tax_id)"
            " SELECT l.id, (SELECT min(id) FROM account_tax) FROM account_move_line l"
            " WHERE l.move_id = ANY(%s) AND l.display_type = 'product'",
            [[bill.id for bill in bills]],
        )
        self.assertFalse(self.planned(order).division.copies)
        self.company.tax_exigibility = False
        self.assertTrue(self.planned(order).division.copies)
        self.env.cr.execute("UPDATE finance_payment_line SET currency_id = %s", [self.usd.id])
        self.env.invalidate_all()
        self.assertFalse(self.planned(order).division.copies)

    def few(self):
        return self.order(*[[bill] for bill in self.bills(7)])

    def assertBooked(self, order, copied):
        _groups, positions = self.by_copies(order)
        self.assertEqual(bool(positions), copied)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(order.line_ids.payment_id), len(order.line_ids))
        self.assertEqual(set(order.line_ids.item_ids.move_id.mapped("payment_state")), {"paid"})
        self.assertEqual(len(set(order.line_ids.payment_id.mapped("name"))), len(order.line_ids))

    def test_k34_a_rule_that_is_wrong(self):
        with patch.object(PaymentProof, "_keeps_residual", False), mute_logger(PROOF_LOGGER):
            self.assertBooked(self.few(), copied=False)

    def test_k34_a_number_that_is_taken(self):
        numbered = PaymentCopies._numbered

        def taken(writer, copies):
            first = self.env["account.payment"].browse(writer.made[0]).move_id
            numbers = numbered(writer, copies)
            return {position: replace(number, name=first.name) for position, number in numbers.items()}

        with patch.object(PaymentCopies, "_numbered", taken), mute_logger(BATCH_LOGGER, "odoo.sql_db"):
            self.assertBooked(self.few(), copied=False)

    def test_k34_a_module_that_is_not_known(self):
        safety = type(self.env["finance.payment.ledger.bulk.safety"])
        order = self.few()
        with patch.object(safety, "_overriding_modules", lambda _self: {"account", "payments_of_theirs"}):
            self.assertIn("payments_of_theirs", self.env[safety._name]._obstacle(order.journal_id))
            self.assertBooked(order, copied=False)

    def test_k34_documents_are_told_that_they_are_paid(self):
        told = []
        moves = type(self.env["account.move"])
        hook = moves._invoice_paid_hook

        def noted(records):
            told.extend(records.ids)
            return hook(records)

        order = self.few()
        with patch.object(moves, "_invoice_paid_hook", noted):
            self.assertBooked(order, copied=True)
        self.assertEqual(sorted(told), sorted(order.line_ids.item_ids.move_id.ids))
        self.assertEqual({partner.supplier_rank > 0 for partner in self.payees}, {True})
        numbered = {payment.name.split("/")[0] for payment in order.line_ids.payment_id}
        self.assertEqual(numbered, {f"P{self.journal.code}"})
        # once more does nothing
        self.assertFalse(self.ledger._book(order.line_ids))
        self.assertRanksAreCounted()

    def assertRanksAreCounted(self):
        """Who has no rank gets one at once, the others after the commit; a failure there loses counts and no more."""
        known, new = self.env["res.partner"].create([{"name": "Known", "supplier_rank": 5}, {"name": "New"}])
        self.env["res.partner"]._count_ranks({("supplier_rank", known.id): 2, ("supplier_rank", new.id): 3})
        self.env.flush_all()
        self.assertEqual((known.supplier_rank, new.supplier_rank), (5, 3))
        with patch.object(type(self.env.registry), "cursor", lambda _registry: nullcontext(self.env.cr)):
            self.env["res.partner"]._add_ranks()
        self.env.invalidate_all()
        self.assertEqual((known.supplier_rank, new.supplier_rank), (7, 3))
