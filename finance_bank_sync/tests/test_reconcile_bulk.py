"""Bank lines that are reconciled by copies: the rows are those that Odoo leaves, whatever it cannot prove is Odoo's."""

import json
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.finance_bank_ledger import BULK_FROM_PARAMETER
from ..models.finance_reconcile_batch import MatchedBatch
from .payment_bills_case import BillsCase

LEDGER = "finance.bank.ledger"
BATCH_LOGGER = "odoo.addons.finance_bank_sync.models.finance_reconcile_batch"
#: what each run draws anew: ids of reconciliations, and what is named by them
DRAWN = {
    "account_move_line": ("full_reconcile_id", "matching_number"),
    "account_partial_reconcile": ("id", "full_reconcile_id", "exchange_move_id"),
    "account_full_reconcile": ("id",),
}


class Undo(Exception):
    """Rolls a savepoint back."""


class ReconcileCase(BillsCase):
    """Bank lines that stand against the account of what they pay, not yet reconciled."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.supplier.property_account_receivable_id
        cls.payable = cls.supplier.property_account_payable_id
        cls.ledger = cls.env[LEDGER]
        cls.env["ir.config_parameter"].set_param(BULK_FROM_PARAMETER, "6")

    def bills(self, count, move_type="in_invoice", start=10.07, **values):
        partners = self.supplier | self.second_supplier
        return [
            self.make_bill(start + n * 1.13, partner=partners[n % 2], move_type=move_type, **values)
            for n in range(count)
        ]

    def booked(self, *payments):
        """Bank lines that pay; a payment is documents, or a dict with an amount or a number of days besides.

        :return: (bank lines, list of sets of ids that are to be reconciled)
        """
        found, values = [], []
        for number, payment in enumerate(payments):
            payment = payment if isinstance(payment, dict) else {"moves": payment}
            items = self.env["account.move.line"].union(*map(self.open_item, payment["moves"]))
            found.append(items)
            values.append(
                {
                    "journal_id": self.journal.id,
                    "date": self.today + timedelta(days=payment.get("days", 0)),
                    "payment_ref": f"Booking {number}",
                    "partner_id": items.partner_id[:1].id,
                    "amount": payment.get("amount") or sum(items.mapped("amount_residual")),
                    "counterpart_account_id": items.account_id.id,
                }
            )
        lines = self.env["account.bank.statement.line"].create(values)
        sets = []
        for line, items in zip(lines, found, strict=True):
            counterpart = line.move_id.line_ids.filtered(lambda item, items=items: item.account_id == items.account_id)
            sets.append({*counterpart.ids, *items.ids})
        self.env.flush_all()
        return lines, sets

    @contextmanager
    def undone(self):
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)

    def reconcile(self, sets, *, many=True):
        """:return: positions of the sets that were copied"""
        copied = []
        copy = MatchedBatch._copy

        def noted(batch, positions):
            found = copy(batch, positions)
            copied.extend(positions)
            return found

        way = patch.object(type(self.ledger), "_is_many", lambda _self, _count: many)
        with way, patch.object(MatchedBatch, "_copy", noted):
            self.ledger._reconcile_sets(self.company, sets)
        self.env.flush_all()
        self.env.invalidate_all()
        return sorted(copied)

    # -- what is there afterwards ------------------------------------------------------------

    def rows(self, lines, sets):
        """Every column of every row that could have changed, and of those that are new."""
        items = self.env["account.move.line"].browse(sorted(set().union(*sets)))
        partials = items.matched_debit_ids | items.matched_credit_ids
        for item in items.filtered("full_reconcile_id"):
            self.assertEqual(item.matching_number, str(item.full_reconcile_id.id))
        pairs = {partial.id: (partial.debit_move_id.id, partial.credit_move_id.id) for partial in partials}
        return {
            "items": self.stored("account_move_line", items.ids),
            "moves": self.stored("account_move", items.move_id.ids),
            "bank lines": self.stored("account_bank_statement_line", lines.ids),
            "partners": self.stored("res_partner", items.partner_id.ids),
            "partials": self.stored("account_partial_reconcile", sorted(pairs, key=pairs.get)),
            "fulls": self.stored("account_full_reconcile", items.full_reconcile_id.ids),
            "together": sorted(tuple(sorted(full.reconciled_line_ids.ids)) for full in items.full_reconcile_id),
            "numbers": [(item.matching_number or "")[:1] == "P" for item in items],
        }

    def stored(self, table, ids):
        self.env.cr.execute(
            SQL("SELECT id, to_jsonb(t)::text FROM %s t WHERE id = ANY(%s)", SQL.identifier(table), list(ids))
        )
        found = {row_id: json.loads(text, parse_float=Decimal) for row_id, text in self.env.cr.fetchall()}
        drawn = DRAWN.get(table, ())
        return [{name: cell for name, cell in found[row_id].items() if name not in drawn} for row_id in ids]

    def counts(self):
        self.env.cr.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = current_schema"
        )
        parts = [SQL("SELECT %s, count(*) FROM %s", name, SQL.identifier(name)) for (name,) in self.env.cr.fetchall()]
        self.env.cr.execute(SQL(" UNION ALL ").join(parts))
        return Counter(dict(self.env.cr.fetchall()))

    def assertTwins(self, *payments, copied):
        """:param copied: positions of the payments that are to be copied"""
        lines, sets = self.booked(*payments)
        results = {}
        for many in (False, True):
            with self.undone():
                before = self.counts()
                positions = self.reconcile(sets, many=many)
                results[many] = (self.rows(lines, sets), self.counts() - before)
        self.assertEqual(positions, copied)
        for part, theirs in results[False][0].items():
            self.assertEqual(theirs, results[True][0][part], part)
        self.assertEqual(results[False][1], results[True][1])


@tagged("post_install", "-at_install")
class TestReconciledTwins(ReconcileCase):
    """Column by column what Odoo writes, in all tables (K-24)."""

    def test_k24_bills_invoices_and_several_documents(self):
        bills = self.bills(14)
        invoices = self.bills(7, "out_invoice", start=100.01)
        self.assertTwins(
            *[[bill] for bill in bills[:7]],
            [bills[7], bills[9]],
            [bills[8], bills[10]],
            {"moves": [bills[11]], "days": -400},
            {"moves": [bills[12]], "days": -400},
            *[[invoice] for invoice in invoices],
            copied=[1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 14, 15, 16],
        )

    def test_k24_what_is_not_usual_is_left_to_odoo(self):
        bills = self.bills(12)
        note = self.make_bill(2.5, move_type="in_refund")
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 30)
                ],
            }
        )
        parts = self.make_bill(80, invoice_payment_term_id=terms.id)
        context = {"active_model": "account.move", "active_ids": bills[8].ids}
        self.env["account.payment.register"].with_context(**context).create({"amount": 2})._create_payments()
        self.assertTwins(
            {"moves": [bills[6]], "amount": -3},
            {"moves": [bills[7]], "amount": -500},
            [bills[8]],
            [bills[9], note],
            [parts],
            *[[bill] for bill in bills[:6]],
            copied=[6, 7, 8, 9],
        )

    def test_k24_two_lines_that_pay_one_bill_are_one_set(self):
        bills = self.bills(7)
        lines, sets = self.booked(*[[bill] for bill in bills], {"moves": [bills[0]], "amount": -1})
        together = sets[0] | sets[7]
        copied = self.reconcile([together, *sets[1:7]])
        self.assertEqual(copied, [2, 3, 4, 5])
        self.assertEqual(len(self.open_item(bills[0]).matched_debit_ids), 2)
        self.assertEqual(set(lines.mapped("is_reconciled")), {True})

    def test_k24_foreign_currencies_and_taxes_on_payment(self):
        bills = self.bills(7)
        _lines, sets = self.booked(*[[bill] for bill in bills])

        def odd():
            return MatchedBatch(self.env, self.company, sets)._odd()

        self.assertFalse(odd())
        self.company.tax_exigibility = True
        self.assertFalse(odd(), "bills without taxes")
        self.env.cr.execute(
            "INSERT INTO account_move_line_account_tax_rel (account_move_line_id, account_tax_id)"
            " SELECT l.id, (SELECT min(id) FROM account_tax) FROM account_move_line l"
            " WHERE l.move_id = %s AND l.display_type = 'product'",
            [bills[0].id],
        )
        self.assertEqual(odd(), {0})
        self.company.tax_exigibility = False
        self.env.cr.execute(
            "UPDATE account_move_line SET currency_id = %s WHERE move_id = %s", [self.usd.id, bills[3].id]
        )
        self.assertEqual(odd(), {3})
        self.env.cr.execute("UPDATE account_account SET reconcile = FALSE WHERE id = %s", [self.payable.id])
        self.assertEqual(odd(), set(range(7)))


@tagged("post_install", "-at_install")
class TestReconciledSafely(ReconcileCase):
    """A rule that is wrong costs speed; whoever follows reconciliations is told of copies too."""

    def few(self):
        bills = self.bills(8)
        return self.booked(*[[bill] for bill in bills])

    def assertReconciled(self, lines, sets, *, copied):
        self.assertEqual(bool(self.reconcile(sets)), copied)
        items = self.env["account.move.line"].browse(set().union(*sets))
        self.assertEqual(set(items.mapped("reconciled")), {True})
        self.assertEqual(len(items.full_reconcile_id), len(sets))
        self.assertEqual(set(lines.mapped("is_reconciled")), {True})

    def test_k24_a_rule_that_is_wrong(self):
        lines, sets = self.few()
        wrong = patch(
            "odoo.addons.finance_bank_sync.models.finance_bank_ledger_bulk_paid.paid_document",
            lambda _state: {"amount_residual": Decimal(1)},
        )
        with wrong, self.assertLogs(BATCH_LOGGER, "WARNING") as logs:
            self.assertReconciled(lines, sets, copied=False)
        self.assertIn("account_move.amount_residual", logs.output[0])

    def test_k24_something_that_changes_meanwhile(self):
        """What was proved is not what is there when it is written: nothing of the copies stays."""
        lines, sets = self.few()
        draw = MatchedBatch._draw

        def taken(batch, positions):
            found = draw(batch, positions)
            partial = self.env["account.partial.reconcile"].search([], limit=1, order="id desc").id
            first = found[positions[0]]
            first.partials.update(dict.fromkeys(first.partials, partial))
            return found

        with patch.object(MatchedBatch, "_draw", taken), mute_logger(BATCH_LOGGER, "odoo.sql_db"):
            copied = self.reconcile(sets)
        self.assertFalse(copied)
        self.assertEqual(set(lines.mapped("is_reconciled")), {True})
        items = self.env["account.move.line"].browse(set().union(*sets))
        self.assertEqual(len(items.matched_debit_ids | items.matched_credit_ids), len(sets))

    def test_k24_a_module_that_is_not_known(self):
        lines, sets = self.few()
        safety = type(self.env["finance.reconcile.safety"])
        with patch.object(safety, "_overriding_modules", lambda _self: {"account", "matching_of_theirs"}):
            self.assertIn("matching_of_theirs", self.env[safety._name]._obstacle(self.company))
            self.assertReconciled(lines, sets, copied=False)

    def test_k24_documents_are_told_that_they_are_paid(self):
        told = []
        hook = type(self.env["account.move"])._invoice_paid_hook

        def noted(records):
            told.extend(records.ids)
            return hook(records)

        lines, sets = self.few()
        with patch.object(type(self.env["account.move"]), "_invoice_paid_hook", noted):
            self.assertReconciled(lines, sets, copied=True)
        documents = self.env["account.move.line"].browse(set().union(*sets)).move_id - lines.move_id
        self.assertEqual(sorted(told), sorted(documents.ids))

    def test_k10_orders_over_what_was_paid_are_told(self):
        """A bill that a draft order pays is paid by a booking of the bank: the order says so, of copies too."""
        bills = self.bills(8)
        order = self.pay(bills[7])
        self.by(self.creator, order).action_propose()
        lines, sets = self.booked(*[[bill] for bill in bills])
        self.assertReconciled(lines, sets, copied=True)
        self.assertEqual(order.state, "draft")
        self.assertIn(bills[7].name, order.attention)
