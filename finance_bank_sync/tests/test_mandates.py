"""Mandates: what was signed, what may change, their history, their end (K-16)."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import DatabaseError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..const import APPROVER, CREATOR
from .common import CUSTOMER_IBAN, FOREIGN_IBAN, OTHER_IBAN, SUPPLIER_IBAN, BankCase

CREDITOR = "DE98ZZZ09999999999"
OTHER_CREDITOR = "DE30ZZZ00000000011"


class DebitCase(BankCase):
    """A creditor, a debtor with an account, and people who keep mandates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.finance_creditor_identifier = CREDITOR
        cls.customer.is_company = True
        cls.account = cls.make_partner_account(cls.customer, CUSTOMER_IBAN)
        cls.keeper = cls.make_user("keeper", CREATOR)
        cls.today = fields.Date.today()

    @classmethod
    def make_mandate(cls, *, is_active=True, **values):
        """A mandate as its keeper makes it."""
        context = {**cls.env.context, "allowed_company_ids": cls.keeper.company_ids.ids}
        env = cls.env(user=cls.keeper, su=False, context=context)
        mandate = env["finance.mandate"].create(
            {
                "partner_id": cls.customer.id,
                "partner_bank_id": cls.account.id,
                "company_id": cls.company.id,
                "signed_on": cls.today - timedelta(days=60),
                **values,
            }
        )
        if is_active:
            mandate.action_activate()
        return mandate

    def kinds(self, mandate):
        """:return: the history, oldest first"""
        return mandate.event_ids.sorted("id").mapped("kind")


@tagged("post_install", "-at_install")
class TestMandates(DebitCase):
    def test_k16_from_paper_to_end(self):
        mandate = self.make_mandate(is_active=False, signed_on=False)
        with self.assertRaisesRegex(UserError, "signed"):
            mandate.action_activate()
        mandate.signed_on = self.today
        mandate.action_activate()
        self.assertEqual((mandate.state, mandate.expires_on), ("active", self.today + relativedelta(months=36)))
        mandate.action_suspend()
        mandate.action_resume()
        mandate.action_cancel()
        self.assertEqual((mandate.state, mandate.ended_on), ("cancelled", self.today))
        self.assertEqual(self.kinds(mandate), ["signed", "suspended", "resumed", "cancelled"])
        self.assertEqual(set(mandate.event_ids.user_id.ids), {self.keeper.id})
        mandate.action_activate()  # pressing once more does nothing
        self.assertEqual(mandate.state, "cancelled")
        with self.assertRaisesRegex(UserError, "over"):
            mandate.reference = "ANOTHER"
        with self.assertRaisesRegex(UserError, "kept"):
            mandate.unlink()

    def test_k16_what_was_signed_stays(self):
        mandate = self.make_mandate()
        for name, value in (
            ("scheme", "B2B"), ("kind", "once"), ("partner_id", self.supplier.id), ("signed_on", self.today),
            ("last_before", self.today),
        ):  # fmt: skip
            with self.subTest(name), self.assertRaisesRegex(UserError, "signed"):
                mandate.write({name: value})
        mandate.write({"scheme": "CORE", "signed_on": fields.Date.to_string(mandate.signed_on)})  # the same again
        draft = self.make_mandate(is_active=False)
        draft.write({"kind": "once"})
        draft.unlink()

    def test_k16_an_amendment_is_kept_in_the_history(self):
        mandate = self.make_mandate(reference="OLD-1", last_before=self.today - timedelta(days=20))
        mandate.reference = "NEW-1"
        mandate.partner_bank_id = self.make_partner_account(self.customer, FOREIGN_IBAN)
        self.assertEqual(self.kinds(mandate), ["signed", "amended", "amended"])
        first, last = mandate.event_ids.sorted("id")[1:]
        self.assertIn("OLD-1", first.reason)
        self.assertIn("2606", last.reason)
        self.assertNotIn(CUSTOMER_IBAN, last.reason)
        # what the bank knows is what the other system told it last
        self.assertEqual((mandate.sudo().told["mandate"], mandate.sudo().told["iban"]), ("OLD-1", CUSTOMER_IBAN))

    def test_k16_b2b_is_for_companies_and_confirmed_anew_at_another_bank(self):
        person = self.env["res.partner"].create({"name": "Jo Person"})
        theirs = self.make_partner_account(person, OTHER_IBAN)
        with self.assertRaisesRegex(ValidationError, "person"):
            self.make_mandate(scheme="B2B", partner_id=person.id, partner_bank_id=theirs.id)
        mandate = self.make_mandate(scheme="B2B")
        mandate.action_confirm()
        self.assertEqual((mandate.is_confirmed, mandate.confirmed_on), (True, self.today))
        mandate.partner_bank_id = self.make_partner_account(self.customer, FOREIGN_IBAN)
        self.assertFalse(mandate.is_confirmed)

    def test_k16_reference_and_account(self):
        for reference in ("/A", "A/", "A//B", "Ü1", "A" * 36, " A"):
            with self.subTest(reference), self.assertRaisesRegex(ValidationError, "no reference"):
                self.make_mandate(reference=reference)
        with self.assertRaisesRegex(ValidationError, "is not one of"):
            self.make_mandate(partner_bank_id=self.make_partner_account(self.supplier, SUPPLIER_IBAN).id)
        with self.assertRaisesRegex(ValidationError, "IBAN"):
            self.make_mandate(partner_bank_id=self.make_partner_account(self.customer, "12345").id)
        with self.assertRaisesRegex(ValidationError, "after today"):
            self.make_mandate(signed_on=self.today + timedelta(days=1))
        with self.assertRaisesRegex(ValidationError, "check digits"):
            self.company.finance_creditor_identifier = "DE99ZZZ09999999999"

    def test_k16_a_reference_is_once_for_a_creditor(self):
        self.make_mandate(reference="Same-1")
        with mute_logger("odoo.sql_db"), self.assertRaises(DatabaseError), self.env.cr.savepoint():
            self.make_mandate(reference="SAME-1")
        # another company of the same creditor, and one of another creditor
        self.keeper.company_ids |= self.other_company
        for creditor, fails in ((CREDITOR, True), (OTHER_CREDITOR, False)):
            self.other_company.finance_creditor_identifier = creditor
            with self.subTest(creditor):
                if fails:
                    with mute_logger("odoo.sql_db"), self.assertRaises(DatabaseError), self.env.cr.savepoint():
                        self.make_mandate(reference="Same-1", company_id=self.other_company.id)
                else:
                    self.make_mandate(reference="Same-1", company_id=self.other_company.id)

    def test_k16_expires_36_months_after_the_last_collection(self):
        old = self.today - relativedelta(months=36)
        mandate = self.make_mandate(signed_on=old)
        used = self.make_mandate(signed_on=old - timedelta(days=9), last_before=old)
        self.env["finance.mandate"]._cron_expire()
        self.assertEqual((mandate + used).mapped("state"), ["active", "active"])
        late = self.make_mandate(signed_on=old - timedelta(days=1), is_active=False)
        late.sudo().write({"state": "active"})
        self.env["finance.mandate"]._cron_expire()
        self.assertEqual((late.state, late.ended_on), ("expired", self.today - timedelta(days=1)))
        self.assertEqual(self.kinds(late), ["expired"])
        self.assertEqual(late.activity_ids.user_id, self.keeper)
        # bringing one into force that is over already says so at once
        self.assertEqual(self.make_mandate(signed_on=old - timedelta(days=1)).state, "expired")

    def test_k16_from_a_sheet(self):
        model = self.env["finance.mandate"].with_user(self.keeper)
        result = model.load(
            ["reference", "partner_id", "partner_bank_id/.id", "scheme", "kind", "signed_on", "last_before"],
            [
                ["SHEET-1", self.customer.name, str(self.account.id), "CORE", "Recurrent", "2026-01-05", "2026-03-01"],
                ["SHEET-2", self.customer.name, str(self.account.id), "B2B", "One collection", "2026-01-06", ""],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(model.browse(result["ids"]).mapped("state"), ["draft", "draft"])
        refused = model.load(
            ["reference", "partner_id", "partner_bank_id/.id", "state"],
            [["SHEET-3", self.customer.name, str(self.account.id), "Active"]],
        )
        self.assertIn("buttons", refused["messages"][0]["message"])

    def test_attack_1_nobody_writes_the_state(self):
        mandate = self.make_mandate(is_active=False)
        for values in ({"state": "active"}, {"is_confirmed": True}, {"ended_on": False}, {"told": {}}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mandate.write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.make_mandate(is_active=False, **values)
        by_context = mandate.with_context(default_state="active", default_is_confirmed=True).copy()
        self.assertEqual((by_context.state, by_context.is_confirmed), ("draft", False))

    def test_attack_evidence_of_a_mandate_stays(self):
        """Not even the owner of the database changes the history."""
        mandate = self.make_mandate()
        event = mandate.event_ids.sudo()
        with self.assertRaises(AccessError):
            event.write({"reason": "nothing"})
        with self.assertRaises(AccessError):
            event.unlink()
        for query in (
            "UPDATE finance_mandate_event SET reason = 'x'", "DELETE FROM finance_mandate_event",
            "TRUNCATE finance_mandate_event",
        ):  # fmt: skip
            with self.subTest(query), mute_logger("odoo.sql_db"), self.assertRaisesRegex(DatabaseError, "evidence"):
                with self.env.cr.savepoint():
                    self.env.cr.execute(query)
        with self.assertRaises(AccessError):
            self.env["finance.mandate.event"].with_user(self.keeper).create(
                {"mandate_id": mandate.id, "company_id": self.company.id, "kind": "signed", "at": "2026-01-01"}
            )

    def test_k16_who_keeps_mandates(self):
        mandate = self.make_mandate(is_active=False)
        others = {
            login: self.make_user(login, group)
            for login, group in (("approves", APPROVER), ("books", "account.group_account_user"))
        }
        for login, user in others.items():
            own = mandate.with_user(user)
            with self.subTest(login):
                self.assertEqual(own.state, "draft")
                for method in ("action_activate", "action_cancel", "action_confirm", "action_suspend"):
                    # an AccessError is one
                    with self.assertRaises(UserError):
                        getattr(own, method)()
                with self.assertRaises(AccessError):
                    own.write({"reference": "MINE"})
        stranger = self.make_user("stranger", CREATOR, companies=self.other_company)
        with self.assertRaises(AccessError):
            mandate.with_user(stranger).with_context(
                allowed_company_ids=(self.company | self.other_company).ids
            ).action_activate()

    def test_k16_who_keeps_the_books_opens_a_mandate(self):
        """Without a role in payments there is no list of collections, and the rest is shown."""
        mandate = self.make_mandate().with_user(self.make_user("bookkeeper", "account.group_account_user"))
        arch = mandate.get_view(view_type="form")
        names = dict.fromkeys(mandate.fields_get(), {})
        told = mandate.web_read({name: spec for name, spec in names.items() if f'name="{name}"' in arch["arch"]})
        self.assertEqual(told[0]["reference"], mandate.reference)
        self.assertNotIn("action_view_lines", arch["arch"])

    def test_k16_screens(self):
        mandate = self.make_mandate()
        with Form(mandate) as form:
            form.is_ending = True
        self.assertEqual(mandate.action_view_lines()["domain"], [("mandate_id", "=", mandate.id)])
        partner = self.customer.with_user(self.keeper)
        self.assertEqual(partner.finance_mandate_count, 1)
        action = partner.action_view_finance_mandates()
        self.assertEqual(self.env["finance.mandate"].search(action["domain"]), mandate.sudo())
        self.assertFalse(mandate.has_document)
        mandate.document = b"JVBERi0="
        self.assertTrue(mandate.has_document)
        found = self.env["finance.mandate"].search([("has_document", "=", True), ("company_id", "=", self.company.id)])
        self.assertEqual(found, mandate.sudo())
