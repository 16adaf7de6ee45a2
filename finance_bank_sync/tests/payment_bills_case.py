"""Bills to pay, for the tests of payment runs and of the ledger of payments."""

from odoo import fields
from odoo.fields import Command

from .payment_case import PaymentCase


class BillsCase(PaymentCase):
    """Two suppliers with trusted accounts, and bills of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.supplier_account | cls.second_account).allow_out_payment = True
        cls.today = fields.Date.context_today(cls.env.user)
        cls.items = cls.env["account.move.line"]

    @classmethod
    def make_bill(cls, amount, *, ref=None, partner=None, move_type="in_invoice", due=None, **values):
        """:return: a posted bill that is due today"""
        count = cls.env["account.move"].search_count([("move_type", "=", move_type)])
        return cls.make_invoice(
            amount,
            move_type=move_type,
            partner=partner or cls.supplier,
            ref=ref or f"V-{move_type}-{count}",
            invoice_date_due=due or cls.today,
            **values,
        )

    @classmethod
    def open_item(cls, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type in ("liability_payable", "asset_receivable")
        )

    def wizard(self, user=None, **values):
        wizard = self.by(user or self.creator, self.env["finance.payment.propose.wizard"])
        return wizard.create({"company_id": self.company.id, "journal_id": self.journal.id, **values})

    def pay(self, *moves, user=None, **values):
        """:return: the orders that the wizard makes of these documents"""
        wizard = self.wizard(user, move_ids=[Command.set([move.id for move in moves])], **values)
        return self.orders_of(wizard.action_make())

    def orders_of(self, action):
        order = self.env["finance.payment.order"]
        return order.browse(action["res_id"]) if action.get("res_id") else order.search(action["domain"])

    def left(self, wizard):
        """:return: dict document -> why it is left out"""
        _selection, plan = wizard._plan()
        return {self.items.browse(one.item.id).move_id: one.code for one in plan.left}

    def release_all(self, order):
        """Propose, approve and release an order of the creator."""
        self.by(self.creator, order).action_propose()
        self.approve(order)
        self.release(order)
        return order

    def bank_says(self, lines, code, *, kind="status", amount=0, reasons=(), key="", **values):
        from decimal import Decimal

        from ..payments.progress import Fact

        fact = Fact(kind=kind, code=code, key=key, amount=Decimal(str(amount)), reasons=tuple(reasons))
        lines._note_facts([(line, fact, values) for line in lines])
