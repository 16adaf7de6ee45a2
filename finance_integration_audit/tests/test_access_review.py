from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.const import ADMIN
from odoo.addons.finance_connector_base.tests.common import FinanceCase

from ..const import AUDITOR, OPERATOR


@tagged("post_install", "-at_install")
class TestAccessReview(FinanceCase):
    """A-14: who could do what two should, by which ways, and what a reviewer says to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        only = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.both = new_test_user(cls.env, "both", f"base.group_user,{ADMIN},{AUDITOR}", name="Both", **only)
        cls.one = new_test_user(cls.env, "one", f"base.group_user,{OPERATOR}", name="Twin", **only)
        cls.two = new_test_user(cls.env, "two", f"base.group_user,{AUDITOR}", name="Twin too", **only)
        cls.keeper = new_test_user(cls.env, "keeper", f"base.group_user,base.group_system,{AUDITOR}", **only)
        cls.reviewer = cls.user("auditor")
        for user in cls.both | cls.keeper | cls.reviewer | cls.user("admin") | cls.user("operator"):
            user.email = f"{user.login}@example.com"
        (cls.one | cls.two).write({"email": "twin@example.com"})
        cls.review = cls.as_user(cls.env["finance.access.review"], "admin")._take(cls.company)
        cls.review = cls.review.with_env(cls.as_user(cls.review, "auditor").env)

    def line(self, who, what):
        found = self.review.line_ids.filtered(lambda line: who in line.user_ids.mapped("login"))
        return found.filtered(lambda line: line.conflict_id.code == what or line.group_id == self.env.ref(what, False))

    def start(self):
        self.review._start(self.reviewer, fields.Date.today() + timedelta(days=3))
        return self.review

    def test_one_login_with_both_duties(self):
        line = self.line("both", "connector_admin.audit")
        self.assertEqual((line.strength, line.way_count), ("login", 1))
        self.assertIn("Connector administrator", line.ways)

    def test_two_logins_of_one_human_are_found_by_their_address(self):
        line = self.line("one", "message_replay.audit")
        self.assertEqual(line.strength, "logins")
        self.assertEqual(set(line.user_ids.mapped("login")), {"one", "two"})

    def test_whoever_may_give_rights_could_give_them_to_oneself(self):
        line = self.line("keeper", "access_admin.audit")
        self.assertEqual(line.strength, "login")
        self.assertEqual(self.line("keeper", "connector_admin.audit").strength, "grant")
        self.assertIn("can give the group", self.line("keeper", "connector_admin.audit").ways)

    def test_what_is_kept_apart_record_by_record_is_told_as_such(self):
        self.assertEqual(self.line("both", "config_propose.config_approve").strength, "record")

    def test_roles_tell_through_which_group_they_come(self):
        line = self.line("one", "finance_connector_base.finance_group_viewer")
        self.assertEqual(line.ways, "Operator → Viewer")

    def test_a_program_is_a_way_of_who_answers_for_it(self):
        robot = new_test_user(
            self.env,
            "robot",
            f"base.group_user,{AUDITOR}",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.env["finance.api.client"].create(
            {"name": "Robot", "user_id": robot.id, "owner_id": self.user("operator").id}
        )
        review = self.as_user(self.env["finance.access.review"], "admin")._take(self.company)
        line = review.line_ids.filtered(
            lambda line: line.conflict_id.code == "message_replay.audit" and self.user("operator") in line.user_ids
        )
        self.assertEqual(line.strength, "program")

    def test_people_of_other_companies_are_not_told(self):
        stranger = self.user("auditor", other_company=True)
        review = self.as_user(self.env["finance.access.review"], "admin")._take(self.company)
        self.assertNotIn(stranger, review.line_ids.user_ids)
        with self.assertRaises(AccessError):
            self.as_user(self.env["finance.access.review"], "admin")._take(self.other_company)

    def test_a_review_from_start_to_end(self):
        review = self.start()
        with self.assertRaises(UserError):
            review.action_close()
        mine = review.line_ids.filtered(lambda line: self.reviewer in line.user_ids)
        with self.assertRaises(AccessError):
            mine[:1]._decide("confirmed", "I am fine")
        # what is of the reviewer, another reviewer decides: here there is none of it
        self.env.cr.execute("DELETE FROM finance_access_review_line WHERE id = ANY(%s)", [mine.ids])
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            review.line_ids._decide("confirmed", " ")
        bad = self.line("both", "finance_connector_base.finance_group_auditor")
        (review.line_ids - bad)._decide("confirmed", "needed for the job")
        with self.trap_audit() as told:
            bad._decide("revoked", "not an auditor")
            review.action_close()
        self.assertEqual([one["event"] for one in told], ["access_review.revoked", "access_review.closed"])
        self.assertEqual(told[1]["after"]["digest"], review.digest)
        self.assertEqual(review.pending_count, 1)
        self.both.group_ids -= self.env.ref(AUDITOR)
        review.invalidate_recordset()
        self.assertEqual(review.pending_count, 0)
        # kept, for whoever types SQL, too
        for query in (
            "UPDATE finance_access_review SET digest = '' WHERE id = %s",
            "UPDATE finance_access_review_line SET decision = 'confirmed' WHERE review_id = %s",
            "DELETE FROM finance_access_review_line WHERE review_id = %s",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                self.env.cr.execute(query, [review.id])

    def test_the_reviewer_may_have_companies_that_who_starts_has_not(self):
        wide = self.both.copy({"login": "wide", "company_ids": [(6, 0, (self.company | self.other_company).ids)]})
        self.review.env.invalidate_all()
        self.review._start(wide.with_env(self.review.env), fields.Date.today())
        self.assertEqual((self.review.state, self.review.reviewer_id.id), ("open", wide.id))

    def test_only_the_reviewer_decides(self):
        review = self.start()
        with self.assertRaises(UserError):
            self.as_user(review, "admin").line_ids._decide("confirmed", "fine")
        with self.assertRaises(AccessError):
            self.as_user(review, "operator").line_ids._decide("confirmed", "fine")

    def test_overdue_reviews_are_told_once_a_day(self):
        review = self.start()
        review.sudo().due_date = fields.Date.today() - timedelta(days=1)
        before = len(review.message_ids)
        self.env["finance.access.review"]._remind()
        self.env["finance.access.review"]._remind()
        self.assertTrue(review.is_overdue)
        self.assertEqual(len(review.message_ids), before + 1)

    def test_exported_and_printed(self):
        self.assertIn("/web/content/", self.review.action_export()["url"])
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "finance_integration_audit.finance_access_review_report", self.review.ids
        )
        self.assertIn(b"Connector administrator", html)

    def test_a_duty_names_groups_of_modules_that_may_be_absent(self):
        duty = self.env["finance.duty"].create({"name": "X", "code": "x", "group_names": "no_such_module.group"})
        self.assertFalse(duty.is_here)
        with self.assertRaises(ValidationError):
            duty.group_names = "base.main_company"
