"""The life of a payment order (K-07, K-08, K-30; RELIABILITY decisions 8, 10 and 11)."""

import re
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.finance_payment_order_content import PAYEE_NUMBERS
from ..payments import canonical, progress, schema
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestLife(PaymentCase):
    def test_a_proposal_binds_content_ids_and_file(self):
        order = self.proposed(100.0, 250.5)
        self.assertTrue(order.name.startswith("PAY-"))
        self.assertEqual(order.message_id_for_bank, order.name)
        self.assertEqual(order.digest, canonical.batch_digest(order._batch()))
        for line in order.line_ids:
            self.assertEqual(line.end_to_end_id, f"{order.name}-{line.id}")
            self.assertRegex(line.uetr, re.compile(r"[0-9a-f-]{36}"))
            self.assertEqual(line.approved_content["payment"]["amount"]["amount"], f"{line.amount:g}")
        with order._file() as stream:
            self.assertEqual(schema.validate(stream, "pain.001.001.09"), 2)
        self.assertEqual(order.approval_ids.mapped("decision"), ["propose"])
        self.assertEqual((order.payment_count, order.amount), (2, 350.5))

    def test_everything_the_bank_would_refuse_is_told_at_once(self):
        order = self.make_order(100.0, 200.0)
        self.supplier_account.acc_number = "BE00539007547034"
        order.line_ids[1].partner_bank_id = False
        issues = [issue for issue in order._issues() if issue["severity"] == "error"]
        self.assertEqual({issue["line_id"] for issue in issues}, set(order.line_ids.ids))
        with self.assertRaisesRegex(UserError, r"Payment 1: .*\n.*Payment 2: "):
            order.action_propose()
        self.assertEqual(order.state, "draft")

    def test_k32_who_it_is_in_registers_and_which_bank_by_its_clearing_number(self):
        """LEI, our number at the bank, the payee's tax number where the profile asks for it, a routing number."""
        lei = "5493001KJTIIGC8Y1R12"
        with self.assertRaises(ValidationError):
            self.supplier.finance_lei = lei.replace("12", "13")
        self.supplier.write({"finance_lei": lei, "is_company": True, "vat": "98-7654321"})
        self.company.partner_id.finance_lei = "213800WSGIIZCXF1P572"
        self.journal.write({"finance_initiator_number": "K-77", "finance_initiator_scheme": "CUST"})
        house = self.env["res.bank"].create({"name": "House bank", "bic": "CHASUS33XXX"})
        self.journal.bank_account_id.bank_id = house
        self.supplier.country_id = self.env.ref("base.us")
        self.supplier_account.write({"acc_number": "000123456", "clearing_number": "0210-0002-2"})
        self.usd.active = True
        order = self.make_order(100.0, profile="us_domestic", currency_id=self.usd.id)
        self.assertIn("clearing_invalid", [one["code"] for one in order._issues()])
        self.supplier_account.clearing_number = "021000021"
        order.action_propose()
        with order._file() as stream:
            told = stream.read().decode()
        for part in (
            f"<LEI>{lei}</LEI>",
            "<LEI>213800WSGIIZCXF1P572</LEI>",
            "<Id><OrgId><LEI>213800WSGIIZCXF1P572</LEI><Othr><Id>K-77</Id><SchmeNm><Cd>CUST</Cd></SchmeNm></Othr></OrgId></Id>",
            "<ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000021</MmbId>",
            "<Othr><Id>000123456</Id></Othr>",
        ):
            self.assertIn(part, told)
        self.assertNotIn("TXID", told)
        profile = order._profile()
        asked = replace(profile, required=(*profile.required, PAYEE_NUMBERS))
        with patch.object(type(order), "_profile", lambda _order: asked):
            payee = order._batch().groups[0].payments[0].counterparty
            self.assertEqual((payee.identifications[0].number, payee.lei), ("98-7654321", lei))
            order.sudo().version = "pain.001.001.03"
            self.assertFalse(order._batch().groups[0].payments[0].counterparty.lei, "this version has no LEI")

    def test_from_bill_to_settled(self):
        """The whole life; the last word is the account's."""
        order = self.sent(100.0, 250.0)
        self.assertEqual(order.approval_ids.mapped("decision"), ["propose", "approve", "release"])
        self.assertEqual(order.line_ids.mapped("state"), ["sent", "sent"])
        one, two = order.line_ids
        one._add_facts([(progress.Fact(kind="status", code="ACCP"), {})])
        self.assertEqual((one.state, order.state), ("accepted", "sent"), "the least finished one counts")
        two._add_facts([(progress.Fact(kind="status", code="RJCT", reasons=("AC04",)), {"text": "closed"})])
        self.assertEqual((two.state, two.reasons, order.state), ("rejected", "AC04", "accepted"))
        self.assertIn("1 of 2", order.attention)
        booked = progress.Fact(kind="booked", key="1", amount=Decimal(100))
        self.assertTrue(one._add_facts([(booked, {})]))
        self.assertFalse(one._add_facts([(booked, {})]), "told twice, known once")
        self.assertEqual((one.state, order.state), ("settled", "settled"))
        self.assertTrue(order.finished_at)

    def test_a_status_that_is_faster_than_the_answer_is_not_taken_back(self):
        order = self.released(100.0)
        order.line_ids._add_facts([(progress.Fact(kind="status", code="ACSC"), {})])
        order._sent()
        order._unknown("no answer")
        self.assertEqual(order.state, "accepted")

    def test_unknown_stays_until_something_is_known(self):
        order = self.released(100.0)
        order._unknown("The line was cut.")
        order.line_ids._stand()
        self.assertEqual((order.state, order.attention), ("unknown", "The line was cut."))
        order.line_ids._add_facts([(progress.Fact(kind="status", code="RJCT"), {})])
        self.assertEqual(order.state, "rejected")

    def test_building_takes_no_query_a_payment(self):
        few, many = self.make_order(*[10.0] * 3), self.make_order(*[10.0] * 60)
        counts = []
        for order in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            order._content()
            counts.append(self.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_every_rule_that_a_payer_meets_has_words_to_translate(self):
        """Where nobody speaks English, a sentence that is translated stands for the one of the rules."""
        self.env["res.lang"]._activate_lang("fr_FR")
        order = self.make_order(100.0).with_context(lang="fr_FR")
        self.supplier_account.acc_number = "BE00539007547034"
        [issue] = [one for one in order._issues() if one["code"] == "iban_invalid"]
        self.assertEqual(issue["message"], order._words()["iban_invalid"][0])
        [issue] = [one for one in order.with_context(lang="en_US")._issues() if one["code"] == "iban_invalid"]
        self.assertIn("check digits", issue["message"])
