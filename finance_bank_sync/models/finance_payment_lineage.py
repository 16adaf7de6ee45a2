"""From a bill to its payment, its order and the bank's booking, and back (K-30)."""

from collections import Counter

from odoo import api, fields, models

#: who reads payment orders
READERS = ",".join(
    (
        "finance_bank_sync.finance_group_payment_creator",
        "finance_bank_sync.finance_group_payment_approver",
        "finance_bank_sync.finance_group_payment_releaser",
        "finance_connector_base.finance_group_auditor",
    )
)


def _window(env, name, records, **more):
    """:return: the action that shows records, a form where there is one"""
    action = {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": records._name,
        "view_mode": "list,form",
        "domain": [("id", "in", records.ids)],
        "context": {"create": False},
        **more,
    }
    return {**action, "view_mode": "form", "res_id": records.id} if len(records) == 1 else action


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _bookings(self):
        """:return: the bank's bookings of these payments: told by a status, or reconciled with the payment"""
        return self.fact_ids.statement_line_id | self.payment_id.reconciled_statement_line_ids

    def action_view_documents(self):
        self.check_access("read")
        return _window(self.env, self.env._("Documents"), self.item_ids.move_id)

    def action_view_payment(self):
        self.check_access("read")
        return _window(self.env, self.env._("Payments in the Ledger"), self.payment_id)

    def action_view_bookings(self):
        self.check_access("read")
        return _window(self.env, self.env._("Booked by the Bank"), self._bookings())


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    document_count = fields.Integer(string="Documents", compute="_compute_lineage_counts")
    ledger_count = fields.Integer(string="In the Ledger", compute="_compute_lineage_counts")

    @api.depends("line_ids.item_ids", "line_ids.payment_id")
    def _compute_lineage_counts(self):
        # sudo: how many there are; what they are is seen as roles say
        items, lines = self.env["finance.payment.item"].sudo(), self.env["finance.payment.line"].sudo()
        for order in self:
            [(documents,)] = items._read_group([("line_id.order_id", "=", order.id)], [], ["move_id:count_distinct"])
            order.document_count = documents
            order.ledger_count = lines.search_count([("order_id", "=", order.id), ("payment_id", "!=", False)])


class ResPartner(models.Model):
    _inherit = "res.partner"

    finance_payment_count = fields.Integer(
        string="Payments by Order", compute="_compute_finance_payment_count", groups=READERS
    )

    def _compute_finance_payment_count(self):
        found = dict(
            self.env["finance.payment.line"]._read_group(
                [("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        counts = Counter()
        for partner, count in found.items():
            counts[partner.commercial_partner_id] += count
        for partner in self:
            partner.finance_payment_count = counts[partner.commercial_partner_id]

    def action_view_finance_payments(self):
        """The payments by order to this firm and from it, whatever became of them."""
        self.check_access("read")
        domain = [("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)]
        # one is opened, many are a list, however many
        lines = self.env["finance.payment.line"].search(domain, limit=2)
        return _window(self.env, self.env._("Payments by Order"), lines, domain=domain)


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_payment_count = fields.Integer(
        string="Payments by Order", compute="_compute_finance_payment_count", groups=READERS
    )

    @api.depends("state")
    def _compute_finance_payment_count(self):
        found = dict(
            self.env["finance.payment.item"]._read_group(
                [("move_id", "in", self.ids)], ["move_id"], ["line_id:count_distinct"]
            )
        )
        for move in self:
            move.finance_payment_count = found.get(move, 0)

    def action_view_finance_payments(self):
        """The payments by order of these documents, whatever became of them."""
        lines = self.env["finance.payment.item"].search([("move_id", "in", self.ids)]).line_id
        return _window(self.env, self.env._("Payments by Order"), lines)


class AccountPayment(models.Model):
    _inherit = "account.payment"

    finance_line_ids = fields.One2many("finance.payment.line", "payment_id", readonly=True)

    def action_view_finance_order(self):
        """The order that this payment left with."""
        self.check_access("read")
        order = self.finance_line_ids.order_id
        order.check_access("read")
        return _window(self.env, self.env._("Payment Order"), order)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_view_finance_payments(self):
        """The payments by order that this booking is about."""
        facts = self.env["finance.payment.fact"].search([("statement_line_id", "in", self.ids)])
        payments = self.env["account.payment"]
        for line in self:
            items = line.move_id.line_ids
            met = items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
            payments |= met.payment_id
        lines = facts.line_id | self.env["finance.payment.line"].search([("payment_id", "in", payments.ids)])
        return _window(self.env, self.env._("Payments by Order"), lines)
