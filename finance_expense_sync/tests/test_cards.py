"""Transactions of cards: what comes in any order is one record; what is in the way waits by name (S-21, E-05)."""

import csv
import io

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..const import CARD, CARD_FILE
from .common import DAY, ExpenseCase


class CardCase(ExpenseCase):
    """A company whose bank drops a file of card transactions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cards_flow = cls.make_flow(cls.connection, handler=CARD_FILE, name="Cards")
        cls.taking = cls.connection._expense_flow(CARD)
        cls.map("employee", "•••• 4711", cls.ann)

    @classmethod
    def as_expense_user(cls, records, role="accountant"):
        if not getattr(cls, "_people", None):
            cls._people = {}
        if role not in cls._people:
            groups = [f"finance_expense_sync.finance_group_expense_{role}", "base.group_user"]
            cls._people[role] = cls.env["res.users"].create(
                {
                    "name": f"Cards {role}",
                    "login": f"cards-{role}",
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    "group_ids": [Command.set([cls.env.ref(name).id for name in groups])],
                }
            )
        return records.with_user(cls._people[role])

    def row(self, key="T-1", amount="42.50", **values):
        return {
            "transaction_id": key,
            "card": "5500 0000 0000 4711",
            "date": str(DAY),
            "amount": amount,
            "currency": "EUR",
            "merchant": "Harbour Cafe",
            **values,
        }

    def card_file(self, *rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    def charge(self, *rows, file=None):
        """Bring a file of transactions and have it worked; :return: their records, in the order of the rows"""
        content = file or self.card_file(*rows)
        payload = self.env["finance.payload"]._store(content, company=self.company, name="cards.csv")
        self.file_message = self.enqueue(self.cards_flow, Envelope(subject="cards.csv", payload_id=payload.id))
        self.drain()
        return self.cards(*(row["transaction_id"] for row in rows))

    def cards(self, *keys):
        found = self.env["finance.card.transaction"].search([("external_id", "in", keys)])
        return found.sorted(lambda one: keys.index(one.external_id))


@tagged("post_install", "-at_install")
class TestCards(CardCase):
    def test_s21_pending_and_charge_are_one_in_any_order(self):
        """One id: one record. Two ids: two that know each other, of which one is money. Never counted twice."""
        pending = self.row("T-1", "40.00", state="pending")
        [card] = self.charge(pending)
        self.assertEqual((card.state, card.card, card.partner_id), ("pending", "•••• 4711", self.ann))
        [again] = self.charge(self.row("T-1", "42.50", state="settled", settled="2026-03-12"))
        self.assertEqual((again, card.state, card.amount, str(card.settled_on)), (card, "settled", 42.5, "2026-03-12"))
        self.charge({**pending, "reference": "the page was read again"})
        self.assertEqual((card.state, card.amount), ("settled", 42.5), "out of order")
        # two ids, the charge first; two partial charges of one authorisation
        first, second = self.charge(
            self.row("S-1", "60.00", pending_id="A-1", merchant="Air"),
            self.row("S-2", "40.00", pending_id="A-1", merchant="Air"),
        )
        [hold] = self.charge(self.row("A-1", "110.00", state="pending", merchant="Air"))
        self.assertEqual((hold.state, first.authorisation_id, second.authorisation_id), ("cleared", hold, hold))
        self.assertEqual(hold.rest_amount, 10.0)
        # nobody names it: the merchant and a tip
        [guess] = self.charge(self.row("P-9", "50.00", state="pending", merchant="Golden Spoon"))
        [tipped] = self.charge(self.row("S-9", "57.50", merchant="GOLDEN SPOON BERLIN", date="2026-03-12"))
        self.assertEqual((tipped.authorisation_id, guess.state), (guess, "cleared"))
        settled = self.env["finance.card.transaction"].search([("state", "=", "settled")])
        self.assertEqual(sum(settled.mapped("amount")), 42.5 + 100.0 + 57.5)
        self.assertAccounted(self.taking)

    def test_lapsed_declined_taken_back_and_refunded(self):
        lapsed, declined, charged = self.charge(
            self.row("L-1", state="pending"), self.row("D-1", state="declined"), self.row("C-1", merchant="Shop")
        )
        self.charge(self.row("L-1", state="reversed"), self.row("C-1", state="reversed", merchant="Shop"))
        self.assertEqual((lapsed.state, declined.state, charged.state), ("released", "declined", "reversed"))
        self.charge(self.row("L-1", "42.50", settled="2026-03-30"))
        self.assertEqual(lapsed.state, "settled", "a late charge is a charge")
        bought, back = self.charge(
            self.row("B-1", "80.00", merchant="Book Store 12"),
            self.row("B-2", "-80.00", merchant="BOOK STORE", date="2026-03-14"),
        )
        self.assertEqual((back.refund_of_id, bought.refund_ids), (bought, back))
        self.assertEqual(self.env["finance.card.transaction"]._unsubmitted(self.company, DAY), bought)
        day = DAY.replace(day=31)
        self.assertEqual(self.env["finance.card.transaction"]._unsubmitted(self.company, day), bought | back | lapsed)

    def test_e05_what_is_in_the_way_waits_by_name_and_goes_on(self):
        """E-05, E-10: the file comes to what is taken in plus exceptions; each has its cause and goes on by itself."""
        rows = [
            self.row("K-1", "10.00"),
            self.row("K-2", "20.00", holder_id="E-404", holder_name="Nobody"),
            self.row("K-3", "30.00", currency="USD"),
            self.row("K-4", "10.00"),
        ]
        one, unknown, foreign, twin = self.charge(*rows)
        self.assertEqual(self.file_message.result["charged"], {"EUR": "40.00", "USD": "30.00"})
        self.assertEqual(
            [card.reason_code for card in (one, unknown, foreign, twin)],
            [False, "card_holder_unknown", "expense_no_rate", "card_duplicate"],
        )
        self.assertEqual(self.file_message.result["transactions"], 4)
        fix = unknown.message_id.exception_ids.action_fix()
        self.assertEqual((fix["res_model"], fix["context"]["default_code"]), ("finance.mapping", "E-404"))
        self.map("employee", "E-404", self.ann)
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "name": DAY, "rate": 1.25, "company_id": self.company.id}
        )
        self.drain()
        self.assertEqual((unknown.reason_code, unknown.partner_id), (False, self.ann))
        self.assertEqual((foreign.reason_code, foreign.company_amount, foreign.company_rate), (False, 24.0, 0.8))
        # the rate is frozen
        self.env["res.currency.rate"].search([("currency_id", "=", self.usd.id)]).rate = 2.0
        self.charge(self.row("K-3", "30.00", currency="USD", reference="said again"))
        self.assertEqual((foreign.company_amount, foreign.reference), (24.0, "said again"))
        self.as_expense_user(twin).action_distinct()
        self.drain()
        self.assertEqual((twin.reason_code, twin.state), (False, "settled"), "somebody says that they are two")
        again = self.charge(*rows)
        self.assertEqual((again, self.file_message.result["known_already"]), (one | unknown | foreign | twin, 4))

    def test_a_broken_file_is_refused_whole(self):
        self.charge(file=b"transaction_id,card\nT-1,1\n")
        self.assertState(self.file_message, "held", "card_file_broken")
        self.charge(self.row("X-1", amount="ten"))
        held = self.env["finance.message"].search([("flow_id", "=", self.taking.id)])
        self.assertState(held, "held", "card_malformed")
        self.assertNotIn("ten", held.exception_ids.detail or "")
