"""Journal entries and invoices that programs hand in (B-20, X-13): once each, held with a reason, told by status."""

from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .api_case import BASE, ApiCase

ENGINE = "odoo.addons.finance_connector_base"
LINES = [{"account": "400000", "debit": "10.00", "text": "Fee"}, {"account": "120000", "credit": "10.00"}]


@tagged("post_install", "-at_install")
class TestApiSubmissions(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,account.group_account_invoice"
        cls.writer = new_test_user(
            cls.env, login="writer", groups=groups, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)]
        )
        rights = ("postings:write", "invoices:draft", "submissions:read")
        cls.sender = cls.make_client(cls.writer, cls.company, *rights, owner_id=cls.user("operator").id)
        cls.sender_key = cls.sender._new_key(30)
        cls.journal = cls.env["account.journal"].create(
            {"name": "Misc", "code": "MISC", "type": "general", "company_id": cls.company.id}
        )
        cls.purchases = cls.env["account.journal"].create(
            {"name": "Bills", "code": "BILL", "type": "purchase", "company_id": cls.company.id}
        )
        cls.expense, cls.payable = cls.env["account.account"].create(
            [
                {"name": "Expense", "code": "600000", "account_type": "expense"},
                {"name": "Payable", "code": "210000", "account_type": "liability_payable"},
            ]
        )
        cls.purchases.default_account_id = cls.expense
        cls.partner.with_company(cls.company).property_account_payable_id = cls.payable

    def posting(self, number="P-1", **values):
        return {
            "external_id": number,
            "date": "2026-03-31",
            "currency": self.company.currency_id.name,
            "lines": LINES,
            **values,
        }

    def bill(self, number="B-1", **values):
        return {
            "external_id": number,
            "kind": "vendor_bill",
            "number": "88121",
            "counterparty": "DE 136695976",
            "issued_on": "2026-03-02",
            "currency": self.company.currency_id.name,
            "lines": [{"text": "Paper", "quantity": "3", "net": "100.00"}],
            "total": "100.00",
            **values,
        }

    def send(self, path, body, once=None, **options):
        once = once or f"k-{body['external_id']}"
        return self.ask(path, body=body, key=self.sender_key, once=once, **options)

    def status(self, answer):
        """:return: the submission as it is told after what is queued was worked"""
        self.drain()
        self.assertEqual(answer.status_code, 202, answer.text)
        return self.ask(answer.headers["Location"].removeprefix(BASE), key=self.sender_key).json()

    def move(self, told):
        number = self.env["finance.api"]._names().read(told["document"]["kind"], told["document"]["id"])
        return self.env["account.move"].browse(number)

    # -- journal entries -------------------------------------------------------------------

    def test_x13_an_entry_is_handed_in_worked_and_told(self):
        answer = self.send("/postings", self.posting(reference="Fees"), headers={"X-Correlation-Id": "order-4711"})
        first = answer.json()
        self.assertEqual((first["state"], first["document"]), ("waiting", None))
        told = self.status(answer)
        self.assertEqual(
            (told["state"], told["document"]["state"], told["correlation_id"]), ("done", "draft", "order-4711")
        )
        move = self.move(told)
        self.assertEqual((move.journal_id, move.ref, str(move.date)), (self.journal, "Fees", "2026-03-31"))
        self.assertEqual(sorted(move.line_ids.mapped("balance")), [-10.0, 10.0])
        # it is for somebody to confirm, who finds it among the own tasks
        self.assertEqual(move.activity_ids.user_id, self.user("operator"))
        reference = self.env["finance.external.reference"].search([("res_id", "=", move.id)])
        self.assertEqual((reference.external_id, reference.connection_id), ("P-1", self.sender.connection_ids))

    def test_a_program_that_is_trusted_posts_at_once(self):
        self.sender.posting_mode = "posted"
        told = self.status(self.send("/postings", self.posting()))
        self.assertEqual(told["document"]["state"], "posted")
        self.assertEqual(told["document"]["number"], self.move(told).name)
        self.assertFalse(self.move(told).activity_ids)

    def told_of_entries(self):
        """:return: events of the feed about entries that were made, as the program reads them"""
        right = self.env["finance.api.right"].search([("code", "=", "events:read")])
        self.sender.right_ids |= right
        self.writer.group_ids |= self.env.ref("finance_connector_base.finance_group_viewer")
        return self.ask("/events", key=self.sender_key, type="finance.posting.made").json()["data"]

    def test_x13_the_entry_is_told_by_an_event(self):
        self.assertEqual(self.told_of_entries(), [])
        self.sender.posting_mode = "posted"
        told = self.status(self.send("/postings", self.posting(), headers={"X-Correlation-Id": "order-4711"}))
        [event] = self.told_of_entries()
        made = {"message": told["message"], "entry": told["document"]["id"], "number": told["document"]["number"]}
        self.assertEqual(event["data"], {**made, "posted": True, "date": "2026-03-31"})
        self.assertEqual((event["subject"], event["correlationid"]), (told["document"]["id"], "order-4711"))
        self.sender.posting_mode = "draft"
        self.status(self.send("/postings", self.posting("P-2")))
        event = self.told_of_entries()[-1]
        self.assertEqual((event["data"]["posted"], event["data"]["number"]), (False, None))

    def test_b19_an_entry_that_is_rolled_back_is_not_told(self):
        """Whatever fails after the entry was made takes its event away with it."""
        self.assertEqual(self.told_of_entries(), [])
        dispatcher = type(self.env["finance.dispatcher"])
        link = dispatcher._link_documents

        def break_off(model, *arguments):
            link(model, *arguments)
            raise ValueError("after the entry and its event")

        answer = self.send("/postings", self.posting())
        with patch.object(dispatcher, "_link_documents", break_off), mute_logger(ENGINE):
            told = self.status(answer)
        self.assertIsNone(told["document"])
        self.assertEqual(self.told_of_entries(), [])
        self.assertFalse(self.env["account.move"].search([("journal_id", "=", self.journal.id)]))
        held = self.posting("P-2", lines=[{"account": "K-77", "debit": "10.00"}, LINES[1]])
        self.assertEqual(self.status(self.send("/postings", held))["state"], "needs_attention")
        self.assertEqual(self.told_of_entries(), [], "what is held has made nothing")

    def test_b15_the_same_external_id_is_never_booked_twice(self):
        first = self.send("/postings", self.posting(), once="k-1")
        again = self.send("/postings", self.posting(), once="k-2")
        self.assertEqual(first.json()["id"], again.json()["id"])
        other = self.send("/postings", self.posting(date="2026-03-30"), once="k-3")
        self.assertEqual(self.problem(other), (409, "conflict"))
        told = self.status(first)
        # also when the answers are long forgotten, and after it was worked
        self.assertEqual(self.send("/postings", self.posting(), once="k-4").json(), told)
        self.assertEqual(self.env["account.move"].search_count([("journal_id", "=", self.journal.id)]), 1)

    def test_an_unknown_account_holds_it_until_it_is_mapped(self):
        lines = [{"account": "K-77", "debit": "10.00"}, LINES[1]]
        answer = self.send("/postings", self.posting(lines=lines))
        told = self.status(answer)
        self.assertEqual((told["state"], told["reason"]), ("needs_attention", "mapping_missing"))
        self.assertIn("K-77", told["detail"])
        mapping = self.env["finance.mapping"].create(
            {
                "domain_id": self.env.ref("finance_connector_base.finance_mapping_domain_account").id,
                "connection_id": self.sender.connection_ids.id,
                "code": "K-77",
                "res_id": self.expense.id,
            }
        )
        mapping.with_user(self.user("steward")).action_propose()
        mapping.with_user(self.user("steward", number=2)).action_approve()
        told = self.status(answer)
        self.assertEqual(told["state"], "done")
        self.assertIn(self.expense, self.move(told).line_ids.account_id)

    def test_what_holds_an_entry(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        decimals = [{"account": "400000", "debit": "10.001"}, {"account": "120000", "credit": "10.001"}]
        stranger = [{**LINES[0], "counterparty": "nobody"}, LINES[1]]
        for number, (values, reason) in enumerate(
            [
                ({"date": "2026-01-15"}, "booking_period_closed"),
                ({"currency": "XTS"}, "booking_currency_unknown"),
                ({"lines": decimals}, "booking_precision"),
                ({"lines": stranger}, "mapping_missing"),
                ({"journal": "SAL"}, "mapping_missing"),
            ]
        ):
            with self.subTest(reason=reason, values=values):
                body = self.posting(f"H-{number}", **values)
                checked = self.ask("/postings/validate", body=body, key=self.sender_key).json()
                self.assertFalse(checked["accepted"])
                self.assertEqual([one["code"] for one in checked["findings"]], [reason])
                told = self.status(self.send("/postings", body))
                self.assertEqual((told["state"], told["reason"]), ("needs_attention", reason))
                self.assertTrue(told["remedy"])

    # -- journal entries with taxes ----------------------------------------------------------

    def vat(self, name="VAT 20", amount=20.0, use="sale", **values):
        """:return: a tax whose base and amount have a tag each, other ones when they are taken back"""
        tags = self.env["account.account.tag"].create(
            [{"name": f"{name} {use} {part}", "applicability": "taxes"} for part in ("base", "tax", "-base", "-tax")]
        )
        kinds = [("base", tags[0]), ("tax", tags[1])], [("base", tags[2]), ("tax", tags[3])]
        invoice, refund = (
            [Command.create({"repartition_type": kind, "tag_ids": [Command.set(tag.ids)]}) for kind, tag in one]
            for one in kinds
        )
        self.env["account.account"].create({"name": "VAT", "code": "250000", "account_type": "liability_current"})
        country = self.env.ref("base.de")
        self.company.account_fiscal_country_id = country
        group = self.env["account.tax.group"].create(
            {"name": name, "company_id": self.company.id, "country_id": country.id}
        )
        return self.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "type_tax_use": use,
                "company_id": self.company.id,
                "country_id": country.id,
                "tax_group_id": group.id,
                "invoice_repartition_line_ids": invoice,
                "refund_repartition_line_ids": refund,
                **values,
            }
        )

    def taxed(self, base="100.00", amount="20.00", *, side="credit", code="VAT 20"):
        """:return: lines of an entry: a base, its tax, and both together on the other side"""
        total = f"{Decimal(base) + Decimal(amount):.2f}"
        return [
            {"account": "400000", side: base, "taxes": [code]},
            {"account": "250000", side: amount, "tax": code},
            {"account": "120000", "debit" if side == "credit" else "credit": total},
        ]

    def test_x13_an_entry_with_taxes_is_booked_as_it_is_and_found_by_the_tax_report(self):
        tax = self.vat()
        self.sender.posting_mode = "posted"
        for number, (side, signs) in enumerate((("credit", ("base", "tax")), ("debit", ("-base", "-tax")))):
            with self.subTest(side):
                body = self.posting(f"T-{number}", lines=self.taxed(side=side))
                checked = self.ask("/postings/validate", body=body, key=self.sender_key).json()
                self.assertEqual(checked, {"accepted": True, "findings": []})
                told = self.status(self.send("/postings", body))
                self.assertEqual((told["state"], told["document"]["state"]), ("done", "posted"), told)
                move = self.move(told)
                self.assertEqual(sorted(map(abs, move.line_ids.mapped("balance"))), [20.0, 100.0, 120.0])
                base, amount = (move.line_ids.filtered(lambda line, n=n: abs(line.balance) == n) for n in (100, 20))
                self.assertEqual((base.tax_ids, amount.tax_line_id), (tax, tax))
                names = tuple((base | amount).mapped(lambda line: line.tax_tag_ids.name))
                self.assertEqual(names, tuple(f"VAT 20 sale {sign}" for sign in signs))
                self.assertFalse((move.line_ids - base).tax_ids)

    def test_a_tax_that_is_not_that_of_its_base_is_held(self):
        self.vat()
        base, amount, total = self.taxed()
        for number, lines in enumerate(
            (
                self.taxed("90.00", "30.00"),
                # a base without its tax, and a tax without a base
                [base, {**amount, "tax": None}, total],
                [{**base, "taxes": []}, amount, total],
                # tax that is due, and taken as if it was paid
                [{**base, "credit": "140.00"}, {"account": "250000", "debit": "20.00", "tax": "VAT 20"}, total],
            )
        ):
            with self.subTest(number):
                body = self.posting(f"D-{number}", lines=lines)
                checked = self.ask("/postings/validate", body=body, key=self.sender_key).json()
                self.assertEqual([one["code"] for one in checked["findings"]], ["booking_tax_differs"], checked)
                told = self.status(self.send("/postings", body))
                self.assertEqual((told["state"], told["reason"]), ("needs_attention", "booking_tax_differs"))
        # each line rounded by itself, or their sum: both are right
        bases = [{"account": "400000", "credit": "0.33", "taxes": ["VAT 20"]}] * 3
        for number, tax in enumerate(("0.21", "0.20")):
            sum_ = f"{Decimal('0.99') + Decimal(tax):.2f}"
            lines = [*bases, {**amount, "credit": tax}, {"account": "120000", "debit": sum_}]
            told = self.status(self.send("/postings", self.posting(f"R-{number}", lines=lines)))
            self.assertEqual(told["state"], "done", told)
        both = [{**base, "tax": "VAT 20"}, amount, total]
        self.assertEqual(self.send("/postings", self.posting("B", lines=both)).status_code, 422)

    def test_codes_of_taxes_are_mapped_and_two_of_one_name_are_not_guessed(self):
        tax = self.vat()
        lines = self.taxed(code="V1")
        answer = self.send("/postings", self.posting("M-1", lines=lines))
        self.assertEqual(self.status(answer)["reason"], "mapping_missing")
        mapping = self.env["finance.mapping"].create(
            {
                "domain_id": self.env.ref("finance_connector_base.finance_mapping_domain_tax").id,
                "connection_id": self.sender.connection_ids.id,
                "code": "V1",
                "res_id": tax.id,
            }
        )
        mapping.with_user(self.user("steward")).action_propose()
        mapping.with_user(self.user("steward", number=2)).action_approve()
        told = self.status(answer)
        self.assertEqual(told["state"], "done", told)
        self.assertIn(tax, self.move(told).line_ids.tax_ids)
        tax.copy({"name": "VAT 20", "type_tax_use": "purchase"})
        told = self.status(self.send("/postings", self.posting("M-2", lines=self.taxed())))
        self.assertEqual((told["state"], told["reason"]), ("needs_attention", "booking_ambiguous"))
        divided = {
            name: [
                Command.update(
                    tax[name].filtered(lambda share: share.repartition_type == "tax").id, {"factor_percent": 60}
                ),
                Command.create({"repartition_type": "tax", "factor_percent": 40}),
            ]
            for name in ("invoice_repartition_line_ids", "refund_repartition_line_ids")
        }
        tax.write(divided)
        told = self.status(self.send("/postings", self.posting("M-3", lines=lines)))
        self.assertEqual((told["state"], told["reason"]), ("needs_attention", "booking_tax_differs"))

    def test_another_currency_needs_a_rate_and_balances_to_the_cent(self):
        foreign = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        foreign.active = True
        foreign.rate_ids.unlink()
        thirds = [{"account": "400000", "debit": "0.10"}] * 3 + [{"account": "120000", "credit": "0.30"}]
        body = self.posting(currency="CHF", lines=thirds)
        checked = self.ask("/postings/validate", body=body, key=self.sender_key).json()
        self.assertEqual([one["code"] for one in checked["findings"]], ["booking_rate_missing"])
        self.env["res.currency.rate"].create(
            {"currency_id": foreign.id, "name": "2026-03-01", "rate": 1.5, "company_id": self.company.id}
        )
        told = self.status(self.send("/postings", body))
        self.assertEqual(told["state"], "done", told)
        move = self.move(told)
        # 0.10 / 1.5 is 0.07 three times, and 0.30 / 1.5 is 0.20
        self.assertEqual(sorted(move.line_ids.mapped("amount_currency")), [-0.3, 0.1, 0.1, 0.1])
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 6)

    def test_validating_keeps_nothing(self):
        before = self.env["account.move"].search_count([])
        for path, body in (("/postings/validate", self.posting()), ("/invoices/validate", self.bill())):
            answer = self.ask(path, body=body, key=self.sender_key)
            self.assertEqual(answer.json(), {"accepted": True, "findings": []})
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.assertEqual(self.ask("/submissions", key=self.sender_key).json()["data"], [])

    def test_b22_what_is_no_entry_is_refused_at_once(self):
        for values, pointer in (
            ({"lines": [LINES[0], {**LINES[1], "credit": "9.99"}]}, ""),
            ({"lines": [{**LINES[0], "credit": "10.00"}, LINES[1]]}, "/lines/0"),
            ({"lines": [LINES[0]]}, "/lines"),
            ({"date": "2026-02-30"}, "/date"),
            ({"date": 20260101}, "/date"),
            ({"currency": "eur"}, "/currency"),
            ({"external_id": " "}, "/external_id"),
            ({"company": "company_" + "a" * 26}, "/company"),
        ):
            with self.subTest(values=values):
                answer = self.send("/postings", self.posting(**values), once="k-1")
                self.assertEqual(self.problem(answer), (422, "invalid"))
                self.assertIn(pointer, [fault["pointer"] for fault in answer.json()["errors"]])

    # -- invoices and bills ----------------------------------------------------------------

    def test_b20_a_bill_becomes_a_draft_that_a_person_checks(self):
        told = self.status(self.send("/invoices", self.bill()))
        self.assertEqual((told["kind"], told["state"], told["document"]["kind"]), ("vendor_bill", "done", "invoice"))
        move = self.move(told)
        self.assertEqual((move.state, move.ref, move.partner_id), ("draft", "88121", self.partner))
        self.assertEqual((move.amount_total, move.activity_ids.user_id), (100.0, self.user("operator")))
        # what stands there is what the invoices tell
        self.client.right_ids |= self.sender.right_ids
        self.assertEqual(self.ask(f"/invoices/{told['document']['id']}").json()["state"], "draft")

    def test_a_bill_whose_total_is_another_one_here_is_held(self):
        body = self.bill(total="119.00")
        told = self.status(self.send("/invoices", body))
        self.assertEqual((told["state"], told["reason"]), ("needs_attention", "booking_total_differs"))
        self.assertIsNone(told["document"])
        country = self.env.ref("base.de")
        self.company.account_fiscal_country_id = country
        self.company.account_fiscal_country_id = country
        group = self.env["account.tax.group"].create(
            {"name": "VAT", "company_id": self.company.id, "country_id": country.id}
        )
        tax = self.env["account.tax"].create(
            {
                "name": "Input 19",
                "amount": 19,
                "type_tax_use": "purchase",
                "company_id": self.company.id,
                "country_id": country.id,
                "tax_group_id": group.id,
            }
        )
        lines = [{"text": "Paper", "net": "100.00", "taxes": [tax.name]}]
        told = self.status(self.send("/invoices", self.bill("B-2", total="119.00", lines=lines)))
        self.assertEqual((told["state"], self.move(told).amount_tax), ("done", 19.0))

    # -- whose it is -----------------------------------------------------------------------

    def test_b22_rights_of_the_key_and_of_its_user(self):
        self.assertEqual(self.problem(self.ask("/postings", body=self.posting(), once="k-1")), (403, "not_allowed"))
        self.writer.group_ids -= self.env.ref("account.group_account_invoice")
        answer = self.send("/postings", self.posting())
        self.assertEqual(self.problem(answer), (403, "not_allowed"))
        self.assertNotIn("account.move", answer.text)
        self.assertFalse(self.env["finance.message"].search([("business_key", "=", "P-1")]))

    def test_attack_9_what_another_program_handed_in_is_not_there(self):
        location = self.send("/postings", self.posting()).headers["Location"].removeprefix(BASE)
        other = self.make_client(self.program, self.company, "submissions:read", name="Other")
        key = other._new_key(30)
        self.assertEqual(self.problem(self.ask(location, key=key)), (404, "not_found"))
        self.assertEqual(self.ask("/submissions", key=key).json()["data"], [])
        [mine] = self.ask("/submissions", key=self.sender_key, external_id="P-1", state="waiting").json()["data"]
        self.assertEqual(mine["external_id"], "P-1")

    def test_b53_the_company_of_a_program_with_several_has_to_be_named(self):
        self.writer.company_ids |= self.other_company
        self.sender.company_ids |= self.other_company
        self.assertEqual(self.sender.connection_ids.company_id, self.company | self.other_company)
        answer = self.send("/postings", self.posting())
        self.assertEqual(self.problem(answer), (422, "invalid"))
        names = self.env["finance.api"]._names()
        named = self.posting(company=names.of("company", self.other_company.id))
        told = self.status(self.send("/postings", named, once="k-2"))
        # the journal of our company is none of the other one's
        self.assertEqual(told["reason"], "booking_journal_missing")
        self.sender.company_ids = [Command.set(self.company.ids)]
        location = f"/submissions/{told['id']}"
        self.assertEqual(self.problem(self.ask(location, key=self.sender_key)), (404, "not_found"))
