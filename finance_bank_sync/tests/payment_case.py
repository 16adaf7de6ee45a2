"""What the tests of payments share: a company that pays, three people, orders in each state."""

import itertools

from odoo.fields import Command

from ..const import APPROVER, CONFIDENTIAL, CREATOR, RELEASER
from .common import FOREIGN_IBAN, SUPPLIER_IBAN, BankCase

DUTIES = {"creator": CREATOR, "approver": APPROVER, "releaser": RELEASER}


class PaymentCase(BankCase):
    """A company in euro with an account, two suppliers with theirs, a creator, two approvers and two releasers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # activities are made, Odoo's own mails about them are not: they are a third of what an order costs
        cls.env = cls.env(context={**cls.env.context, "mail_activity_quick_update": True})
        cls._invoices = itertools.count(1)
        # accounts of the tests are all new; test_payment_approval.py is about that
        cls.company.payment_account_days = 0
        cls.creator = cls.make_user("payment_creator", CREATOR, CONFIDENTIAL)
        cls.approver = cls.make_user("payment_approver", APPROVER, CONFIDENTIAL)
        cls.second_approver = cls.make_user("payment_approver_2", APPROVER, CONFIDENTIAL)
        cls.releaser = cls.make_user("payment_releaser", RELEASER, CONFIDENTIAL)
        cls.second_releaser = cls.make_user("payment_releaser_2", RELEASER, CONFIDENTIAL)
        cls.supplier_account = cls.make_partner_account(cls.supplier, SUPPLIER_IBAN)
        cls.second_supplier = cls.env["res.partner"].create({"name": "Cedar Supplier"})
        cls.second_account = cls.make_partner_account(cls.second_supplier, FOREIGN_IBAN)

    @classmethod
    def by(cls, user, records):
        """:return: the records as a person sees them"""
        context = {**records.env.context, "allowed_company_ids": user.company_ids.ids}
        return records.with_env(cls.env(user=user, su=False, context=context))

    @classmethod
    def make_order(cls, *amounts, user=None, lines=None, **values):
        """:return: a draft of the creator, one payment an amount, in turn to the two suppliers"""
        payees = [(cls.supplier, cls.supplier_account), (cls.second_supplier, cls.second_account)]
        lines = lines or [
            {
                "partner_id": payees[number % 2][0].id,
                "partner_bank_id": payees[number % 2][1].id,
                "amount": amount,
                # of its own: the same to the same payee twice is a duplicate
                "remittance": f"Invoice {next(cls._invoices)}",
            }
            for number, amount in enumerate(amounts or (100.0,))
        ]
        orders = cls.by(user or cls.creator, cls.env["finance.payment.order"])
        return orders.create(
            {
                "company_id": cls.company.id,
                "journal_id": cls.journal.id,
                "currency_id": cls.eur.id,
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )

    def proposed(self, *amounts, **values):
        """:return: an order that waits for approval"""
        order = self.make_order(*amounts, **values)
        order.action_propose()
        self.assertEqual(order.state, "proposed")
        return order

    def approve(self, order, user=None):
        user = user or self.approver
        with self.at_the_screen(user):
            return self.by(user, order).action_approve()

    def release(self, order, user=None):
        user = user or self.releaser
        with self.at_the_screen(user):
            return self.by(user, order).action_release()

    def approved(self, *amounts, **values):
        """:return: an order that waits for release"""
        order = self.proposed(*amounts, **values)
        self.approve(order)
        self.assertEqual(order.state, "approved")
        return order

    def released(self, *amounts, **values):
        """:return: an order on its way"""
        order = self.approved(*amounts, **values)
        self.release(order)
        self.assertNotIn(order.state, ("draft", "proposed", "approved", "cancelled"))
        return order

    def sent(self, *amounts, **values):
        """:return: an order that the bank has"""
        order = self.released(*amounts, **values)
        order._sent()
        self.assertEqual(order.state, "sent")
        return order
