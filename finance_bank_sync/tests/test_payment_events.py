"""Decisions about payment orders and the end of payments are told (B-26); of confidential ones nothing is."""

from decimal import Decimal

from odoo.tests import tagged

from ..payments.progress import Fact
from .common import FOREIGN_IBAN, IBAN, SUPPLIER_IBAN
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentEvents(PaymentCase):
    def setUp(self):
        super().setUp()
        listeners = {self.company.id: frozenset(["*"])}
        self.patch(type(self.env["finance.event"]), "_listeners", lambda model: listeners)

    def told(self):
        self.env.flush_all()
        events = self.env["finance.event"].search([("type", "=like", "finance.payment.%")], order="id")
        self.assertFalse(events.filtered("fault"))
        for number in (IBAN, SUPPLIER_IBAN, FOREIGN_IBAN):
            self.assertNotIn(number, str(events.mapped("data")))
        return [(event.type.removeprefix("finance.payment."), event.data) for event in events]

    def book(self, line, kind="booked", code=""):
        fact = Fact(kind=kind, code=code, key=f"{kind}{line.id}", amount=Decimal(str(line.amount)))
        line._add_facts([(fact, {})])

    def test_b26_from_proposal_to_the_bank_statement(self):
        order = self.sent(100.0, 50.0)
        paid, refused = order.line_ids
        self.book(paid)
        refused._add_facts([(Fact(kind="status", code="RJCT", reasons=("AC04",)), {})])
        self.book(paid)  # known already
        self.book(paid, "returned", "AC04")
        told = self.told()
        self.assertEqual(
            [name for name, _data in told], ["proposed", "approved", "released", "settled", "rejected", "returned"]
        )
        names = self.env["finance.api"]._names()
        self.assertEqual((told[0][1]["total"], told[0][1]["payments"]), ("150.00", 2))
        self.assertEqual(told[4][1]["reasons"], ["AC04"])
        self.assertEqual(told[4][1]["counterparty"], names.of("counterparty", refused.partner_id.id))
        self.assertEqual(told[4][1]["order"], told[0][1]["id"])

    def test_b26_that_nobody_knows_is_told_once(self):
        order = self.released(100.0)
        order._unknown("no answer")
        order._unknown("no answer")
        self.assertEqual([name for name, _data in self.told()][-1], "unknown")
        self.assertEqual(len(self.told()), 4)

    def test_attack_confidential_payments_are_not_told(self):
        order = self.sent(100.0, is_confidential=True)
        self.book(order.line_ids)
        told = self.told()
        self.assertEqual({name for name, _data in told}, {"proposed", "approved", "released"})
        self.assertEqual({(data["confidential"], data["total"]) for _name, data in told}, {(True, None)})
