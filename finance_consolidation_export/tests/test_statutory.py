"""Statutory extracts: SAF-T of Norway, tax report, revenue; totals equal the ledger (C-20, C-22, C-23)."""

import csv
import io
from decimal import Decimal
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.transaction import NestedSteps

from ..const import CONTROLLER
from ..extracts.saft_norway import Norway
from ..extracts.saft_oecd import Oecd
from ..models import finance_statutory_later
from .common import ConsolidationCase

NS = {"s": Norway.namespace}


@tagged("post_install", "-at_install")
class TestStatutory(ConsolidationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"company_registry": "999999999", "vat": False})
        cls.customer = cls.env["res.partner"].create({"name": "Kunde"})
        cls.tag = cls.env["account.account.tag"].create({"name": "+3", "applicability": "taxes"})
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "MVA 25",
                "amount": 25,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": cls.company.country_id.id,
                "tax_group_id": cls.env["account.tax.group"]
                .create({"name": "MVA", "company_id": cls.company.id, "country_id": cls.company.country_id.id})
                .id,
                "repartition_line_ids": [
                    Command.create({"document_type": kind, "repartition_type": part, "tag_ids": [tags]})
                    for kind in ("invoice", "refund")
                    for part, tags in (("base", Command.clear()), ("tax", Command.set(cls.tag.ids)))
                ],
            }
        )
        cls.post("2025-03-01", ("receivable", 40), ("sales", -40))
        cls.sale = cls.post(
            "2026-10-05",
            ("sales", -100, {"tax_ids": [Command.set(cls.tax.ids)], "analytic_distribution": {cls.c1.id: 60}}),
            ("receivable", 125, {"partner_id": cls.customer.id}),
        )
        cls.back = cls.post("2026-10-20", ("sales", 10), ("bank", -10))
        cls.back.reversed_entry_id = cls.sale
        cls.post("2026-11-01", ("wages", 7), ("bank", -7))
        cls.env["finance.statutory.grouping"].create(
            [
                {"kind": "account", "prefix": prefix, "category": category, "code": f"{prefix}000"}
                for prefix, category in (("1", "balanse"), ("2", "egenkapital"), ("4", "salgsinntekt"))
            ]
            + [{"kind": "tax", "tax_id": cls.tax.id, "code": "3"}]
        )

    def extract(self, kind, user=None, **values):
        extract = self.env["finance.statutory.extract"].with_user(user or self.env.user)
        return extract.create(
            {
                "kind": f"finance.statutory.{kind}",
                "company_id": self.company.id,
                "date_from": "2026-10-01",
                "date_to": "2026-10-31",
                **values,
            }
        )

    def content(self, file):
        with file.payload_id._open() as stream:
            return stream.read()

    def totals(self, extract):
        return {total.name: Decimal(total.in_file) for total in extract.total_ids}

    def test_c20_c22_saft_equals_the_ledger(self):
        extract = self.extract("saft.norway")
        extract.action_produce()
        totals = self.totals(extract)
        self.assertEqual((totals["Entries"], totals["Items"]), (2, 5))
        self.assertEqual((totals["Debit"], totals["Credit"], totals["Tax amounts"]), (135, 135, -25))
        for total in extract.total_ids:
            self.assertEqual(Decimal(total.in_file), Decimal(total.in_ledger))
        [file] = extract.file_ids
        self.assertTrue(file.name.startswith("SAF-T Financial_999999999_") and file.name.endswith("_1_1.xml"))
        root = etree.fromstring(self.content(file))

        def one(path):
            return root.xpath(f"string({path})", namespaces=NS)

        account = "//s:Account[s:AccountID='%s']"
        self.assertEqual(one(account % "1200" + "/s:OpeningDebitBalance"), "40.00")
        self.assertEqual(one(account % "1200" + "/s:ClosingDebitBalance"), "165.00")
        self.assertEqual(one(account % "2900" + "/s:OpeningCreditBalance"), "40.00", "the result of last year")
        self.assertEqual(one(account % "4000" + "/s:OpeningDebitBalance"), "0.00")
        self.assertEqual(one("//s:StandardTaxCode"), "3")
        self.assertEqual(one("//s:Customer/s:CustomerID"), str(self.customer.id))
        self.assertEqual(one("//s:Analysis/s:CreditAnalysisAmount/s:Amount"), "60.00")
        self.assertEqual(one("//s:TaxInformation/s:TaxBase"), "100.00")
        kinds = [kind.text for kind in root.iterfind(".//s:Transaction/s:TransactionType", NS)]
        self.assertEqual(sorted(kinds), ["Normal", "Reversal"], "C-23")
        with self.assertRaises(UserError):
            extract.action_produce()
        with self.assertRaises(UserError):
            extract.unlink()

    def test_c20_c22_saft_of_the_oecd_equals_the_ledger(self):
        """Without groupings, which are a country's; the namespace may be a country's, too."""
        self.env["finance.statutory.grouping"].search([]).unlink()
        self.company.partner_id.write({"city": "Oslo", "zip": "0150"})
        extract = self.extract("saft.oecd", lines_per_file=1)
        extract.action_produce()
        for total in extract.total_ids:
            self.assertEqual(Decimal(total.in_file), Decimal(total.in_ledger), total.name)
        totals = self.totals(extract)
        self.assertEqual((totals["Entries"], totals["Items"], totals["Tax amounts"]), (2, 5, -25))
        self.assertEqual(len(extract.file_ids), 2)
        roots = [etree.fromstring(self.content(file)) for file in extract.file_ids]
        ns = {"s": Oecd.namespace}
        for root in roots:
            texts = [one.text for one in root.iterfind(".//s:Customer/s:CustomerID", ns)]
            self.assertEqual(texts, [str(self.customer.id)], "master files are in each")
            self.assertEqual(root.xpath("string(//s:Customer/s:AccountID)", namespaces=ns), "1200")
            self.assertEqual(root.xpath("string(//s:Customer/s:ClosingDebitBalance)", namespaces=ns), "125.00")
        kinds = {
            account.findtext("s:AccountID", None, ns): account.findtext("s:AccountType", None, ns)
            for account in roots[0].iterfind(".//s:Account", ns)
        }
        self.assertEqual((kinds["1200"], kinds["4000"], kinds["2900"]), ("Asset", "Sale", "Liability"))
        self.assertEqual(self.env["finance.statutory.extract"].new({}).name, "New extract")
        with self.assertRaises(ValidationError):
            self.extract("saft.oecd", namespace="two words")
        other = self.extract("saft.oecd", namespace="urn:example:XX")
        other.action_produce()
        self.assertEqual(etree.fromstring(self.content(other.file_ids)).tag, "{urn:example:XX}AuditFile")

    def test_saft_in_several_files(self):
        extract = self.extract("saft.norway", lines_per_file=1)
        extract.action_produce()
        roots = [etree.fromstring(self.content(file)) for file in extract.file_ids]
        self.assertEqual(len(roots), 2)
        totals = [root.xpath("string(//s:TotalDebit)", namespaces=NS) for root in roots]
        self.assertEqual(sorted(totals), ["10.00", "125.00"])
        self.assertTrue(all(root.find("s:MasterFiles", NS) is not None for root in roots))

    def test_what_is_missing_or_differs_is_told_and_nothing_kept(self):
        extract = self.extract("saft.norway")
        self.env["finance.statutory.grouping"].search([("prefix", "=", "4")]).prefix = "9"
        with self.assertRaisesRegex(UserError, "4000 belongs to no group"):
            extract.action_produce()
        table = self.extract("revenue")
        model = type(self.env["finance.statutory.revenue"])
        real = model._rows
        with patch.object(model, "_rows", lambda this, extract: list(real(this, extract))[1:]):
            with self.assertRaisesRegex(UserError, "Nothing was kept"):
                table.action_produce()
        self.assertFalse(extract.file_ids | table.file_ids)
        with self.assertRaises(ValidationError):
            self.extract("tax", date_from="2025-10-01")

    def test_c22_what_cannot_be_kept_leaves_nothing_half(self):
        extract = self.extract("saft.norway", lines_per_file=1)
        model = type(self.env["finance.payload"])
        real, stored = model._store, []

        def store(this, stream, **values):
            stored.append(values["name"])
            if len(stored) == 2:
                raise FinanceError("no room")
            return real(this, stream, **values)

        with patch.object(model, "_store", store), self.assertRaisesRegex(FinanceError, "no room"):
            with self.env.cr.savepoint():
                extract.action_produce()
        self.assertEqual((extract.state, extract.file_ids.ids, extract.total_ids.ids), ("draft", [], []))
        extract.action_produce()
        self.assertEqual(len(extract.file_ids), 2)

    def test_c22_c23_tax_and_revenue_equal_posted_entries(self):
        tax, revenue = self.extract("tax"), self.extract("revenue")
        (tax | revenue).action_produce()
        self.assertEqual(self.totals(tax), {"+3": Decimal("-25.00")})
        self.assertEqual(self.totals(revenue)["4000"], -115)
        rows = list(csv.DictReader(io.StringIO(self.content(revenue.file_ids).decode())))
        self.assertEqual({row["type"] for row in rows}, {"normal", "reversal"})
        self.assertEqual(sum(Decimal(row["balance"]) for row in rows if row["key"] == "4000"), -115)

    def later(self, kind):
        """Produce as if there were many items."""
        boss = self.person(f"boss {kind}", CONTROLLER)
        extract = self.extract(kind, user=boss)
        with patch.object(finance_statutory_later, "AT_ONCE", 1):
            self.assertEqual(extract.action_produce()["tag"], "display_notification")
        return extract

    def work(self):
        with patch.object(finance_statutory_later, "NOTED_EVERY", 0):
            self.env["finance.statutory.extract"]._work_waiting(NestedSteps(self.env.cr))
        self.env.invalidate_all()

    def told(self, extract):
        return self.env["mail.message"].search(
            [("model", "=", extract._name), ("res_id", "=", extract.id), ("message_type", "=", "user_notification")]
        )

    def test_c22_many_items_are_written_in_the_background(self):
        extract = self.later("saft.norway")
        self.assertEqual((extract.state, extract.file_ids.ids), ("waiting", []))
        with self.assertRaises(UserError):
            extract.action_produce()
        with self.assertRaises(UserError):
            extract.date_to = "2026-10-30"
        noted = []
        model = type(extract)
        real = model._note
        with patch.object(model, "_note", lambda this, steps, part: noted.append(part) or real(this, steps, part)):
            self.work()
        self.assertEqual((extract.state, extract.progress, len(extract.file_ids)), ("done", 100, 1))
        self.assertEqual(noted, sorted(noted))
        self.assertTrue(noted and 0 < noted[0] < 100)
        self.assertEqual((extract.produced_by_id, extract.asked_by_id), (extract.env.user, extract.env.user))
        self.assertEqual(self.totals(extract)["Items"], 5)
        self.assertEqual(self.told(extract).notified_partner_ids, extract.env.user.partner_id)

    def test_c22_what_fails_in_the_background_is_told_and_can_be_mended(self):
        self.env["finance.statutory.grouping"].search([("prefix", "=", "4")]).prefix = "9"
        extract = self.later("saft.norway")
        self.work()
        self.assertEqual(extract.state, "failed")
        self.assertIn("4000 belongs to no group", extract.error)
        self.assertIn("4000 belongs to no group", self.told(extract).body)
        self.env["finance.statutory.grouping"].search([("prefix", "=", "9")]).prefix = "4"
        extract.action_produce()
        self.assertEqual((extract.state, extract.error), ("done", False))

    def test_c22_cut_off_it_is_begun_anew_and_not_for_ever(self):
        extract = self.later("tax")
        extract.sudo().write({"state": "running", "begun": 1})
        self.work()
        self.assertEqual((extract.state, extract.begun), ("done", 2))
        other = self.later("revenue")
        other.sudo().write({"state": "running", "begun": finance_statutory_later.BEGUN_AT_MOST})
        self.work()
        self.assertEqual(other.state, "failed")
        self.assertIn("cut off", other.error)

    def test_who_may(self):
        boss = self.person("boss", CONTROLLER)
        extract = self.extract("tax", user=boss)
        extract.action_produce()
        self.assertEqual(extract.produced_by_id, boss)
        with self.assertRaises(UserError):
            extract.date_to = "2026-10-30"
        with self.assertRaises(AccessError):
            extract.state = "draft"
        with self.assertRaises(AccessError):
            self.extract("tax", user=boss, digest="x")
        stranger = self.person("stranger")
        stranger.write({"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]})
        of_stranger = extract.with_user(stranger).with_context(allowed_company_ids=self.other_company.ids)
        self.assertFalse(of_stranger.search([("id", "=", extract.id)]))
        with self.assertRaises(AccessError):
            self.extract("tax", user=stranger)
