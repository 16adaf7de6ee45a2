"""Counterparties, balances and exposures told to programs (B-20)."""

from unittest.mock import patch

from odoo.tests import tagged

from ..api.counterparty import Screening
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiCounterparties(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rights = ("counterparties:check", "balances:read", "exposures:read")
        cls.client.right_ids |= cls.env["finance.api.right"].search([("code", "in", rights)])

    def check(self, **question):
        answer = self.ask("/counterparties/check", body=question)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def test_b20_numbers_are_checked_by_their_digits(self):
        for question, expected in (
            ({"iban": "DE89 3704 0044 0532 0130 00"}, (True, "DE", None)),
            ({"iban": "DE88370400440532013000"}, (False, "DE", "checksum")),
            ({"iban": "ZZ89370400440532013000"}, (False, "ZZ", "country")),
            ({"iban": "DE8937040044"}, (False, "DE", "length")),
            ({"vat": "DE136695976"}, (True, "DE", None)),
            ({"vat": "DE136695977"}, (False, "DE", "checksum")),
            ({"vat": "EL094259216"}, (True, "GR", None)),
            ({"vat": "FR 40 303 265 045"}, (True, "FR", None)),
            ({"vat": "136695976", "country": "DE"}, (True, "DE", None)),
            ({"vat": "FR40303265045", "country": "DE"}, (False, "FR", "country")),
            ({"vat": "XQ12345678"}, (None, "XQ", None)),
            ({"vat": "12345678"}, (None, None, "country")),
        ):
            with self.subTest(question=question):
                told = self.check(**question)
                verdict = told["iban"] or told["vat"]
                found = (verdict["valid"], verdict["country"], verdict["reason"])
                self.assertEqual(found, expected)
        self.assertEqual(self.problem(self.ask("/counterparties/check", body={})), (422, "invalid"))

    def test_b20_who_is_here_already(self):
        self.env["res.partner.bank"].create({"partner_id": self.partner.id, "acc_number": "DE89370400440532013000"})
        stranger = self.env["res.partner"].create({"name": "Alder Furniture", "company_id": self.other_company.id})
        by_name = self.check(name="ALDER FURNITURE Ltd.")["duplicates"]
        self.assertEqual([one["name"] for one in by_name], [self.partner.name])
        self.assertEqual(by_name[0]["reasons"], ["name", "similar"])
        names = self.env["finance.api"]._names()
        self.assertEqual(by_name[0]["id"], names.of("counterparty", self.partner.id))
        self.assertNotIn(names.of("counterparty", stranger.id), str(by_name))
        self.assertEqual(self.check(vat="de136695976")["duplicates"][0]["reasons"], ["vat"])
        [by_account] = self.check(iban="DE89 3704 0044 0532 0130 00", name="Somebody Else")["duplicates"]
        self.assertEqual((by_account["reasons"], by_account["score"]), (["account"], 90))
        self.assertEqual(self.check(name="Quite Another Thing")["duplicates"], [])

    def test_b20_what_is_not_screened_is_never_passed(self):
        self.assertEqual(self.check(name="Anybody")["screening"]["verdict"], "not_screened")

        def screen(api, question):
            return Screening(verdict="hold", source="Sanctions", detail=f"{question.name} is on a list")

        with patch.object(type(self.env["finance.api"]), "_screen", screen):
            told = self.check(name="Anybody")["screening"]
        self.assertEqual(told, {"verdict": "hold", "source": "Sanctions", "detail": "Anybody is on a list"})

    def test_b20_balances_at_the_end_of_a_day(self):
        told = self.ask("/balances", date="2026-03-02", accounts="400000,120000").json()
        self.assertEqual(told["date"], "2026-03-02")
        found = {row["account"]: (row["debit"], row["credit"], row["balance"]) for row in told["data"]}
        total = "220.49"
        self.assertEqual(found, {"400000": ("0.00", total, f"-{total}"), "120000": (total, "0.00", total)})
        before = self.ask("/balances", date="2026-03-01", accounts="400000").json()["data"]
        self.assertEqual(before[0]["balance"], "0.00")
        parts = self.ask("/balances", limit=1).json()
        more = self.ask("/balances", limit=1, cursor=parts["next"]).json()
        self.assertNotEqual(parts["data"], more["data"])

    def test_b20_what_customers_owe(self):
        self.partner.with_company(self.company).write({"use_partner_credit_limit": True, "credit_limit": 200.0})
        self.company.account_use_credit_limit = True
        exposures = self.env["finance.credit.exposure"]
        exposures._refresh([(self.company.id, self.partner.id), (self.other_company.id, self.partner.id)])
        [told] = self.ask("/exposures").json()["data"]
        self.assertEqual((told["exposure"], told["credit_limit"], told["headroom"]), ("220.49", "200.00", "-20.49"))
        self.assertEqual(told["status"], "over")
        self.assertEqual(self.ask("/exposures", status="ok,near").json()["data"], [])
        self.assertEqual(self.ask("/exposures", counterparty=told["counterparty"]).json()["data"], [told])
        self.assertEqual(self.ask("/exposures", counterparty="invoice_" + "a" * 26).json()["data"], [])
        foreign = self.env["finance.api"]._names().of("company", self.other_company.id)
        self.assertEqual(self.problem(self.ask("/balances", company=foreign)), (404, "not_found"))
