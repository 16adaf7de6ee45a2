"""Transactions of cards: what comes in any order is one record; what is in the way waits by name (S-21, E-05)."""

import csv
import io
from datetime import timedelta

from odoo.exceptions import AccessError
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
        groups = ("finance_expense_sync.finance_group_expense_accountant", "base.group_user")
        cls.accountant = cls.env["res.users"].create(
            {
                "name": "Cards accountant",
                "login": "cards-accountant",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set([cls.env.ref(name).id for name in groups])],
            }
        )

    def as_expense_user(self, records):
        return records.with_user(self.accountant)

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

    def claim(self, name, amount="42.50", **values):
        values = {"merchant": "Harbour Cafe", "category": "MEALS", "payment": "company_card", **values}
        [report] = self.bring(self.report(name, self.line(amount=amount, **values)))
        return report

    def entry(self, day, *lines):
        """:param lines: (name of the account, amount, text), a debit above zero"""
        move = self.env["account.move"].create(
            {
                "journal_id": self.books["journal"].id,
                "date": day,
                "line_ids": [
                    Command.create({"account_id": self.books[name].id, "balance": amount, "name": text})
                    for name, amount, text in lines
                ],
            }
        )
        move.action_post()
        return move

    def balance(self, name):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.books[name].id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("balance")), 2)

    def total(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["finance.card.total"].search([("connection_id", "=", self.connection.id)])

    def decide(self, cards, operation, **values):
        """Decide as an expense accountant does on the screen."""
        opens = {
            "personal": "action_personal",
            "undo": "action_not_personal",
            "difference": "action_accept_difference",
            "claim": "action_choose_claim",
            "date": "action_book_on",
        }
        cards = self.as_expense_user(cards)
        action = getattr(cards, opens[operation])()
        wizard = cards.env[action["res_model"]].with_context(**action["context"]).create({"reason": "why", **values})
        wizard.action_confirm()

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
        # gone back to what was said before is news; the same file again, or what says it is older, is none
        said = self.row("T-1", "42.50", state="settled", settled="2026-03-12")
        other = {**said, "transaction_id": "T-0", "state": "declined"}
        changed = {**said, "amount": "43.00"}
        for rows, amount in (
            ([changed], 43.0),
            ([said, other], 42.5),
            ([changed], 42.5),
            ([{**said, "amount": "44.00", "updated": "2026-03-13T08:00:00+01:00"}], 44.0),
            ([{**changed, "updated": "2026-03-13T06:59:00Z"}], 44.0),
            ([{**said, "updated": "2026-03-13T07:01:00Z"}], 42.5),
        ):
            self.charge(*rows)
            self.assertEqual(card.amount, amount)
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

    def test_e06_three_ways_in_any_order_with_one_entry(self):
        """E-06: charge, claim and bank line agree, whichever comes last; the ledger has one entry for each fact."""
        [card] = self.charge(self.row())
        self.assertEqual((card.match_state, card.is_on_ledger), ("unclaimed", False))
        report = self.claim("R-1")
        self.assertEqual((card.match_state, card.claim_ids.state), ("proposed", "proposed"))
        self.as_expense_user(card.claim_ids).action_confirm()
        self.assertEqual((card.match_state, card.is_claimed, card.is_on_ledger), ("booked", True, True))
        self.assertEqual(self.env["finance.card.transaction"]._unsubmitted(self.company, DAY), card.browse())
        self.assertEqual(card._unsubmitted(self.company, DAY.replace(day=9)), card.browse(), "not charged by then")
        paying = self.entry(DAY, ("card", 42.5, "HARBOUR CAFE 4711"), ("prepaid", -42.5, "bank"))
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual((card.match_state, card.is_paid, card.bank_line_id.move_id), ("matched", True, paying))
        self.assertEqual((self.balance("card"), self.balance("meals")), (0.0, 42.5))
        self.assertEqual((report.card_count, self.moves(report).finance_card_count, card.move_count), (1, 1, 1))
        paying.line_ids.remove_move_reconcile()
        self.assertEqual((card.match_state, card.is_paid), ("booked", False), "undone by anybody")
        self.assertEqual((self.total().ledger_total, self.total().proof), (42.5, "proved"))
        # the scheduled action does not call itself, though nobody claims this one
        [alone] = self.charge(self.row("T-0", "3.00", merchant="Kiosk"))
        triggers = self.env["ir.cron.trigger"].search_count([])
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual((alone.match_state, self.env["ir.cron.trigger"].search_count([])), ("unclaimed", triggers))
        # a claim and its charge that see nothing of each other are looked at once more
        triggers = self.env["ir.cron.trigger"].search_count([])
        other = self.claim("R-2", "18.00", merchant="City Taxi", category="TRAVEL")
        self.assertGreater(self.env["ir.cron.trigger"].search_count([]), triggers)
        # the claim is there first; the claim is named by nobody, refused, then chosen
        [late] = self.charge(self.row("T-2", "18.00", merchant="City Taxi"))
        self.as_expense_user(late.claim_ids).action_refuse()
        self.charge(self.row("T-2", "18.00", merchant="City Taxi", reference="again"))
        self.assertEqual((late.match_state, late.claim_ids.state), ("unclaimed", "refused"), "not proposed again")
        self.decide(late, "claim", line_id=other.line_ids.id)
        self.assertEqual((late.match_state, late.claim_ids.origin), ("booked", "person"))

    def test_e06_differences_are_named_and_accepted(self):
        [tipped] = self.charge(self.row("A-1", "40.00", state="pending", report="R-1"))
        self.charge(self.row("A-1", "46.00", report="R-1"))
        report = self.claim("R-1", "40.00")
        self.assertEqual(tipped.claim_ids.origin, "platform")
        self.assertEqual((tipped.match_state, tipped.difference, tipped.difference_kind), ("difference", 6.0, "tip"))
        total = self.total()
        self.assertEqual((total.ledger_total, total.differing_total, total.proof), (40.0, 6.0, "proved"))
        self.policy.card_difference_account_id = self.books["meals"]
        self.decide(tipped, "difference")
        self.assertEqual((tipped.match_state, tipped.difference, self.balance("card")), ("booked", 0.0, -46.0))
        self.assertEqual((self.total().ledger_total, self.total().proof), (46.0, "proved"))
        # a corrected report claims it all: what was accepted is taken back
        rows = self.report("R-1", self.line(amount="46.00", category="MEALS", payment="company_card"), revision="2")
        self.bring(rows)
        self.assertEqual((report.state, tipped.match_state, self.balance("card")), ("posted", "booked", -46.0))

    def test_e06_private_spending_is_owed_set_off_and_taken_back(self):
        self.policy.card_net = True
        [card] = self.charge(self.row("P-1", "30.00"))
        self.claim("OWN", "20.00", payment="own")
        self.decide(card, "personal")
        self.assertEqual((card.match_state, card.posting_ids.mapped("kind")), ("personal", ["personal", "netting"]))
        self.assertEqual((self.balance("personal"), self.balance("payable"), self.balance("card")), (10.0, 0.0, -30.0))
        self.decide(card, "undo")
        self.assertEqual((self.balance("personal"), self.balance("payable"), self.balance("card")), (0.0, -20.0, 0.0))
        self.assertEqual(card.match_state, "unclaimed")
        # private by hand, and claimed all the same: the claim is the truth
        self.decide(card, "personal")
        self.claim("R-9", "30.00", merchant="Harbour Cafe", personal="yes")
        self.assertEqual(card.match_state, "personal", "a proposal changes nothing")
        self.as_expense_user(card.claim_ids).action_confirm()
        self.assertEqual((card.match_state, card.is_claimed), ("personal", True))
        self.assertEqual((self.balance("card"), self.balance("personal") + self.balance("payable")), (-30.0, 10.0))
        self.assertEqual(self.total().proof, "proved")
        # a card in another currency: owed at the frozen rate; one currency at two rates is a gain of exchange
        rates = self.env["res.currency.rate"]
        rates.create({"currency_id": self.usd.id, "name": DAY, "rate": 1.25, "company_id": self.company.id})
        [foreign] = self.charge(self.row("F-1", "30.00", currency="USD"))
        owed = self.balance("payable")
        self.claim("OWN-2", "8.00", payment="own")
        self.decide(foreign, "personal")
        netted = foreign.posting_ids.filtered(lambda row: row.kind == "netting")
        self.assertEqual((netted.amount, self.balance("payable")), (10.0, owed))
        self.decide(foreign, "undo")
        self.company.income_currency_exchange_account_id = self.books["due_from"]
        rates.search([("currency_id", "=", self.usd.id)]).rate = 1.0
        lines = (("payable", -20.0), ("travel", 20.0))
        move = self.env["account.move"].create(
            {
                "journal_id": self.books["journal"].id,
                "date": DAY,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.books[name].id,
                            "partner_id": self.ann.id,
                            "currency_id": self.usd.id,
                            "amount_currency": amount,
                        }
                    )
                    for name, amount in lines
                ],
            }
        )
        move.action_post()
        self.decide(foreign, "personal")
        self.assertEqual(self.balance("due_from"), -4.0, "20 USD were booked for 20 and are worth 16")
        self.assertTrue(all(move.line_ids.filtered("credit").mapped("reconciled")))
        left = foreign.posting_ids.filtered(lambda row: row.kind == "personal" and not row.reversal_id).move_id.line_ids
        self.assertEqual(sum(left.filtered("debit").mapped("amount_residual_currency")), 0.0, "10 USD by OWN-2")
        self.ann.user_ids = self.accountant
        with self.assertRaises(AccessError, msg="nobody decides about an own card"):
            self.as_expense_user(card).action_personal()

    def test_charges_booked_at_once_are_taken_off_by_claims(self):
        """One entry for each fact: the charge, then the claim; a closed period is asked about (fault 53)."""
        bank = self.env["account.journal"].create(
            {"name": "Card", "code": "CRD", "type": "bank", "default_account_id": self.books["prepaid"].id}
        )
        self.policy.write({"card_booking": "settled"})
        self.company.fiscalyear_lock_date = DAY
        [card] = self.charge(self.row("S-1", program="GOLD", report="R-1"))
        self.assertEqual(card.reason_code, "card_program_unknown")
        self.map("card_program", "GOLD", bank)
        self.drain()
        self.assertEqual(card.reason_code, "expense_period_closed")
        self.decide(card, "date")
        self.drain()
        self.assertEqual((card.reason_code, card.match_state, card.is_on_ledger), (False, "unclaimed", True))
        self.assertEqual((self.balance("card"), self.balance("prepaid")), (42.5, -42.5))
        self.assertEqual(str(card.posting_ids.move_id.date), "2026-03-11")
        self.company.fiscalyear_lock_date = False
        self.claim("R-1")
        self.assertEqual((card.match_state, self.balance("card")), ("booked", 0.0))
        self.assertTrue(all(card.posting_ids.move_id.line_ids.filtered("debit").mapped("reconciled")))
        self.entry(DAY, ("prepaid", 42.5, "card bill"), ("payable", -42.5, "bank"))
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual(card.match_state, "matched")
        self.charge(self.row("S-1", program="GOLD", state="reversed", report="R-1"))
        self.assertEqual((card.state, card.match_state), ("reversed", "difference"))
        self.assertEqual(self.balance("card"), -42.5, "the claim stays until its report is corrected")

    def test_reminders_end_with_the_claim(self):
        self.policy.card_user_id = self.accountant
        self.ann.email = "ann@example.com"
        today = self.env.cr.now().date()
        old, new = self.charge(
            self.row("O-1", date=str(today - timedelta(days=31))), self.row("N-1", "9.00", date=str(today))
        )
        notify = self.env["mail.message"].search_count([("partner_ids", "in", self.ann.ids)])
        for _time in range(2):
            self.env["finance.card.chase"]._cron_chase()
        self.assertEqual((old.reminder_step, new.reminder_step), (3, 0))
        told = self.env["mail.message"].search([("partner_ids", "in", self.ann.ids)])
        self.assertEqual(len(told) - notify, 1, "once")
        self.assertIn("Harbour Cafe", told[:1].body)
        self.assertEqual(
            (len(old.activity_ids), len(new.activity_ids)), (1, 0), "the last reminder tells an accountant"
        )
        self.claim("R-1", date=str(today - timedelta(days=30)), approved=str(today))
        self.as_expense_user(old.claim_ids).action_confirm()
        self.assertFalse(old.activity_ids, "it has come")
