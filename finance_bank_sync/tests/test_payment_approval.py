"""Who approves what, and what takes an approval away (K-08; faults 39 and 40; attacks 1 to 8, 10, 40 and 41)."""

from datetime import timedelta

from psycopg2 import errors

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import APPROVER, CONFIDENTIAL, CREATOR, RELEASER
from ..payments.progress import Fact
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPersons(PaymentCase):
    """Attacks 4 and 5: maker, approver and releaser are three humans."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everything = cls.make_user("payment_everything", CREATOR, APPROVER, RELEASER)

    def assertRefused(self, order, step, user):
        state = order.state
        with self.at_the_screen(user), self.assertRaises(AccessError):
            getattr(self.by(user, order), step)()
        self.assertEqual(order.state, state)

    def test_attack_4_whoever_has_all_roles_does_one_thing(self):
        order = self.proposed(user=self.everything)
        self.assertRefused(order, "action_approve", self.everything)
        self.approve(order)
        self.assertRefused(order, "action_release", self.everything)
        self.assertRefused(order, "action_release", self.approver)

        order = self.proposed()
        self.approve(order, self.everything)
        self.assertRefused(order, "action_release", self.everything)

    def test_attack_4_roles_do_what_they_are_for(self):
        order = self.proposed()
        for user in (self.creator, self.releaser):
            self.assertRefused(order, "action_approve", user)
        self.approve(order)
        for user in (self.creator, self.second_approver):
            self.assertRefused(order, "action_release", user)

    def test_attack_4_whoever_had_a_hand_in_it_is_a_maker(self):
        order = self.make_order(100.0)
        self.by(self.everything, order).line_ids.amount = 120.0
        order.action_propose()
        self.assertIn(self.everything, order.editor_ids)
        self.assertRefused(order, "action_approve", self.everything)

    def test_attack_5_two_logins_of_one_human(self):
        twin = self.make_user("payment_twin", APPROVER, RELEASER)
        twin.partner_id = self.creator.partner_id
        order = self.proposed()
        self.assertRefused(order, "action_approve", twin)
        self.approve(order)
        self.assertRefused(order, "action_release", twin)

        twin.partner_id = self.approver.partner_id
        self.assertRefused(order, "action_release", twin)

    def test_attack_5_two_logins_of_one_employee(self):
        if "hr.employee" not in self.env:
            self.skipTest("employees are not known here")
        twin = self.make_user("payment_employee", APPROVER)
        values = {"company_id": self.company.id, "identification_id": "ID-4711"}
        employees = self.env["hr.employee"]
        employees.create({"name": "One", "user_id": self.creator.id, **values})
        employees.create({"name": "One again", "user_id": twin.id, **values})
        self.assertRefused(self.proposed(), "action_approve", twin)

    def test_the_superuser_and_programs_decide_nothing(self):
        """RELIABILITY decision 10: API keys can never approve."""
        order = self.proposed()
        with self.assertRaises(AccessError):
            order.sudo()._approve()
        with self.at_the_screen(self.approver, path="/json/2/finance.payment.order/action_approve"):
            with self.assertRaises(AccessError):
                self.by(self.approver, order).action_approve()
        with self.at_the_screen(self.approver, headers={"Authorization": "Bearer x"}), self.assertRaises(AccessError):
            self.by(self.approver, order).action_approve()
        self.assertEqual(order.state, "proposed")

    def test_attack_41_the_password_of_another_session_counts_for_nothing(self):
        order = self.proposed()
        with self.at_the_screen(self.second_approver), self.assertRaises(AccessError):
            self.by(self.approver, order).action_approve()
        with self.at_the_screen(self.approver, checked=3600):
            answer = self.by(self.approver, order).action_approve()
        self.assertEqual(answer["res_model"], "res.users.identitycheck", "the password is asked for")
        self.assertEqual(order.state, "proposed")

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_one_person_twice(self):
        order = self.proposed()
        values = {
            "order_id": order.id,
            "company_id": self.company.id,
            "round": order.round,
            "digest": order.digest,
            "at": fields.Datetime.now(),
        }
        rows = self.env["finance.payment.approval"].sudo()
        for user in (self.creator, self.everything):
            with self.subTest(user=user.login), self.assertRaises(errors.CheckViolation), self.cr.savepoint():
                order.sudo().editor_ids |= user
                self.env.flush_all()
                rows.create({**values, "decision": "approve", "user_id": user.id, "partner_id": user.partner_id.id})
        with self.assertRaises(errors.CheckViolation), self.cr.savepoint():
            mine = {"user_id": self.approver.id, "partner_id": self.second_approver.partner_id.id}
            rows.create({**values, "decision": "approve", **mine})
        self.approve(order)
        mine = {"user_id": self.approver.id, "partner_id": self.approver.partner_id.id}
        with self.assertRaises(errors.UniqueViolation), self.cr.savepoint():
            rows.create({**values, "decision": "release", **mine})
        with self.assertRaises(errors.CheckViolation), self.cr.savepoint():
            rows.create({**values, "digest": "other", "decision": "release", **mine})


@tagged("post_install", "-at_install")
class TestProtected(PaymentCase):
    """Attacks 1, 2, 3, 7, 8 and 10: no way of writing what only the steps write."""

    def test_attack_1_the_state_is_not_written(self):
        order = self.proposed()
        for values in ({"state": "released"}, {"digest": "x"}, {"editor_ids": [Command.clear()]}, {"phase": "done"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                order.write(values)
        for values in (
            {"state": "settled"},
            {"end_to_end_id": "x"},
            {"approved_content": {}},
            {"situation": "current"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                order.line_ids.write(values)

    def test_attack_2_nothing_is_created_beyond_a_draft(self):
        for values in ({"state": "approved"}, {"digest": "x"}, {"released_by_id": 1}, {"approval_ids": []}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.make_order(100.0, **values)

    def test_attack_3_a_copy_is_a_draft_of_whoever_makes_it(self):
        order = self.approved(100.0)
        copy = order.copy({"state": "approved", "digest": order.digest})
        self.assertEqual((copy.state, copy.digest, copy.round), ("draft", False, 0))
        self.assertFalse(copy.approval_ids)
        self.assertNotEqual(copy.name, order.name)
        self.assertFalse(copy.line_ids.end_to_end_id)
        self.assertEqual(copy.editor_ids, self.creator)

    def test_attack_7_the_context_changes_nothing(self):
        context = {
            "default_state": "approved",
            "default_digest": "x",
            "default_end_to_end_id": "x",
            "default_editor_ids": [],
            "skip_readonly_check": True,
            "tracking_disable": True,
            "install_mode": True,
            "fin_internal": True,
        }
        orders = self.by(self.creator, self.env["finance.payment.order"]).with_context(**context)
        values = self.make_order(100.0).copy_data()[0]
        order = orders.create(values)
        self.assertEqual((order.state, order.digest, order.line_ids.end_to_end_id), ("draft", False, False))
        self.assertEqual(order.editor_ids, self.creator)
        with self.assertRaises(AccessError):
            order.write({"state": "approved"})

    def test_attack_8_another_company_in_the_context(self):
        order = self.proposed(100.0)
        stranger = self.make_user("payment_stranger", APPROVER, companies=self.other_company)
        theirs = order.with_env(
            self.env(user=stranger, su=False, context={"allowed_company_ids": (self.company | self.other_company).ids})
        )
        with self.at_the_screen(stranger), self.assertRaises(AccessError):
            theirs.action_approve()

    def test_attack_10_commands_on_a_parent_reach_no_decision(self):
        order = self.approved(100.0)
        row = order.approval_ids[0]
        for values in (
            {"approval_ids": [Command.create({"decision": "release"})]},
            {"approval_ids": [Command.delete(row.id)]},
            {"line_ids": [Command.update(order.line_ids.id, {"state": "settled"})]},
            {"line_ids": [Command.update(order.line_ids.id, {"fact_ids": [Command.create({"kind": "booked"})]})]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError), self.undone():
                order.write(values)

    def test_what_was_released_stays(self):
        order = self.released(100.0)
        for change in (
            lambda: order.line_ids.write({"amount": 1.0}),
            lambda: order.line_ids.unlink(),
            lambda: order.write({"requested_date": "2030-01-01"}),
            lambda: order.write({"line_ids": [Command.create({"partner_id": self.supplier.id, "amount": 1.0})]}),
            lambda: order.unlink(),
        ):
            with self.assertRaises(UserError), self.undone():
                change()
        order.note = "Seen by the auditor."

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_what_is_evidence(self):
        """Decisions and facts: no UPDATE, no DELETE, no TRUNCATE, by nobody (RELIABILITY decision 18)."""
        order = self.sent(100.0)
        order.line_ids._add_facts([(Fact(kind="status", code="ACSC"), {})])
        self.env.flush_all()
        for statement in (
            "UPDATE finance_payment_approval SET reason = 'x'",
            "DELETE FROM finance_payment_approval",
            "TRUNCATE finance_payment_approval",
            "UPDATE finance_payment_fact SET code = 'RJCT'",
            "DELETE FROM finance_payment_fact",
            "TRUNCATE finance_payment_fact",
        ):
            with self.subTest(statement), self.assertRaises(errors.RestrictViolation), self.cr.savepoint():
                self.cr.execute(statement)
        for change in (order.approval_ids.sudo().unlink, lambda: order.approval_ids.sudo().write({"reason": "x"})):
            with self.assertRaises(AccessError):
                change()

    @mute_logger("odoo.sql_db")
    def test_the_database_lets_no_order_out_undecided(self):
        order = self.proposed(100.0)
        self.env.flush_all()
        for state in ("released", "sending", "sent", "settled"):
            with self.subTest(state), self.assertRaises(errors.CheckViolation), self.cr.savepoint():
                self.cr.execute("UPDATE finance_payment_order SET state = %s WHERE id = %s", [state, order.id])
        released = self.released(100.0)
        self.env.flush_all()
        for statement in (
            "UPDATE finance_payment_order SET digest = 'x' WHERE id = %s",
            "UPDATE finance_payment_order SET payload_id = NULL WHERE id = %s",
            "UPDATE finance_payment_line SET amount = 1 WHERE order_id = %s",
            "UPDATE finance_payment_line SET end_to_end_id = 'x' WHERE order_id = %s",
        ):
            with self.subTest(statement), self.assertRaises(errors.CheckViolation), self.cr.savepoint():
                self.cr.execute(statement, [released.id])


@tagged("post_install", "-at_install")
class TestVoid(PaymentCase):
    """Fault 40 and attack 40: what leaves is what was seen, or nothing leaves."""

    def changes_of(self, order):
        return [(one["what"], one["before"], one["after"]) for one in order._changes()]

    def test_fault_40_by_the_orm(self):
        """Payee's account, name and amount, by whoever may write them, on their own screens."""
        order = self.approved(100.0)
        self.supplier_account.acc_number = "BE71096123456769"
        answer = self.release(order)
        self.assertEqual(answer["tag"], "display_notification")
        self.assertEqual((order.state, order.digest), ("draft", False))
        self.assertEqual(order.approval_ids.mapped("decision"), ["propose", "approve", "void"])
        self.assertEqual(self.changes_of(order), [("Account", "BE68539007547034", "BE71096123456769")])
        self.assertIn("BE71096123456769", order.changes_html)

        order.action_propose()
        self.assertIn("BE68539007547034", order.changes_html, "the next approver sees what has changed")
        self.approve(order)
        self.supplier.name = "Bolt Supplier & Sons"
        self.release(order)
        self.assertEqual(order.state, "draft")
        self.assertIn("void", order.attention)

    def test_fault_40_by_sql(self):
        order = self.approved(100.0, 200.0)
        self.env.flush_all()
        self.cr.execute("UPDATE finance_payment_line SET amount = 900 WHERE id = %s", [order.line_ids[1].id])
        self.env.invalidate_all()
        self.release(order)
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.changes_of(order), [("Amount", "200", "900")])

    def test_fault_40_before_the_approval_attack_40(self):
        """The list that an approver looks at is older than the order."""
        order = self.proposed(100.0)
        self.env.flush_all()
        self.cr.execute("UPDATE finance_payment_line SET amount = 900 WHERE order_id = %s", [order.id])
        self.env.invalidate_all()
        self.approve(order)
        self.assertEqual((order.state, order.approval_ids.mapped("decision")), ("draft", ["propose", "void"]))

    def test_fault_40_by_the_creator(self):
        order = self.approved(100.0, 200.0)
        order.line_ids[0].amount = 150.0
        self.assertEqual(order.state, "draft")
        order.line_ids[1].unlink()
        order.write({"line_ids": [Command.create({"partner_id": self.supplier.id, "amount": 7.0})]})
        changes = self.changes_of(order)
        self.assertEqual([what for what, _before, _after in changes], ["Amount", "New payment", "Payment taken out"])
        self.assertIn("Cedar Supplier, 200.00 EUR", changes[2][1])

    def test_what_was_void_is_approved_anew(self):
        order = self.approved(100.0)
        order.line_ids.amount = 110.0
        order.action_propose()
        with self.assertRaises(UserError):
            self.release(order)
        self.approve(order)
        self.release(order)
        self.assertNotIn(order.state, ("draft", "proposed", "approved"))

    def test_released_and_changed_before_it_leaves(self):
        order = self.released(100.0)
        self.assertTrue(order._still_as_seen())
        self.supplier_account.acc_number = "BE71096123456769"
        self.assertFalse(order._still_as_seen())
        self.assertEqual(order.state, "draft")

    def test_refused_goes_back_with_the_reason(self):
        order = self.approved(100.0)
        dialog = self.by(self.releaser, order).action_refuse()
        wizard = self.by(self.releaser, self.env["finance.payment.reason.wizard"])
        wizard = wizard.with_context(**dialog["context"]).create({"reason": "Not our bill"})
        with self.at_the_screen(self.releaser):
            wizard.action_confirm()
        self.assertEqual((order.state, order.attention), ("draft", "Refused: Not our bill"))
        self.assertEqual(order.activity_ids.user_id, self.creator)

    def test_texts_are_shown_as_texts(self):
        """Attack 29 for the side by side."""
        order = self.approved(100.0)
        self.supplier.name = "<img src=x onerror=alert(1)>"
        order.line_ids.remittance = "Other"
        self.assertNotIn("<img", order.changes_html)
        self.assertIn("&lt;img", order.changes_html)


@tagged("post_install", "-at_install")
class TestRules(PaymentCase):
    """N of M by amount, entity and currency; new accounts are looked at twice (K-08)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["finance.payment.rule"]
        cls.rules.create({"name": "All", "company_id": cls.company.id, "approvals": 1})

    def rule(self, **values):
        return self.rules.create({"name": "Rule", "company_id": self.company.id, **values})

    def needed(self, order):
        count, users = order._needed_approvals()
        return count, users

    def test_the_strictest_rule_that_fits(self):
        self.rule(approvals=2, amount_from=1000)
        self.rule(approvals=3, payment_from=5000)
        self.rule(approvals=4, currency_id=self.usd.id)
        self.rule(approvals=5, company_id=self.other_company.id)
        self.rule(approvals=6, direction="debit")
        for amounts, count in (((999.0,), 1), ((500.0, 500.0), 2), ((5000.0,), 3), ((2500.0, 2500.0), 2)):
            with self.subTest(amounts=amounts):
                self.assertEqual(self.needed(self.make_order(*amounts))[0], count)

    def test_two_of_two(self):
        self.rule(approvals=2, amount_from=1000)
        order = self.proposed(2000.0)
        self.approve(order)
        self.assertEqual((order.state, order.approvals_text), ("proposed", "1 of 2"))
        with self.assertRaises(AccessError):
            self.approve(order)
        self.approve(order, self.second_approver)
        self.assertEqual(order.state, "approved")

    def test_only_those_whom_the_rule_names(self):
        self.rule(approvals=1, amount_from=1000, user_ids=[Command.set(self.second_approver.ids)])
        order = self.proposed(2000.0)
        self.approve(order)
        self.assertEqual(order.state, "proposed", "the general rule is kept, the other is not")
        self.approve(order, self.second_approver)
        self.assertEqual(order.state, "approved")

    def test_a_rule_that_nobody_could_keep_is_none(self):
        with self.assertRaises(ValidationError):
            self.rule(approvals=2, user_ids=[Command.set(self.approver.ids)])

    def test_a_rule_that_became_stricter_holds_at_release(self):
        order = self.approved(2000.0)
        self.rule(approvals=2, amount_from=1000)
        self.release(order)
        self.assertEqual(order.state, "draft")

    def test_a_new_account_needs_one_more(self):
        self.company.payment_account_days = 30
        order = self.make_order(100.0)
        self.assertEqual(self.needed(order)[0], 2)
        self.supplier_account.write({"payment_changed_at": False, "note": "nothing of weight"})
        self.assertEqual(self.needed(order)[0], 2, "nobody writes when it was changed")
        self.age(self.supplier_account)
        self.assertEqual(self.needed(order)[0], 1)
        self.supplier_account.acc_number = "BE68 5390 0754 7034"
        self.supplier_account.acc_holder_name = "Somebody else"
        self.assertEqual(self.needed(order)[0], 2, "the holder counts, too")

    def test_whoever_changed_the_account_decides_nothing(self):
        """No path by which an approver sends money to an account of their own."""
        self.company.payment_account_days = 30
        self.age(self.supplier_account)
        self.approver.group_ids |= self.env.ref("base.group_partner_manager")
        self.by(self.approver, self.supplier_account).acc_number = "BE71096123456769"
        self.assertEqual(self.supplier_account.payment_changed_by_id, self.approver)
        order = self.proposed(100.0)
        with self.assertRaises(AccessError):
            self.approve(order)

    def age(self, account):
        account.flush_recordset()
        self.cr.execute(
            "UPDATE res_partner_bank SET payment_changed_at = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=31), account.id],
        )
        account.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestAround(PaymentCase):
    """Stop, tasks, activities, confidential orders."""

    def test_the_emergency_stop_holds_release(self):
        order = self.approved(100.0)
        stop = self.by(self.approver, self.env["finance.stop"])._stop("company", "fraud", company=self.company)
        with self.assertRaisesRegex(UserError, "emergency stop"):
            self.release(order)
        self.assertEqual(order.state, "approved")
        self.by(self.second_releaser, stop)._release("over")
        self.release(order)

    def test_everybody_sees_what_is_to_do(self):
        order = self.proposed(100.0)
        tasks = {user: self.by(user, self.env["finance.payment.order"]).search([("is_for_me", "=", True)])
                 for user in (self.creator, self.approver, self.releaser)}  # fmt: skip
        self.assertEqual([order in tasks[user] for user in tasks], [False, True, False])
        self.assertEqual((order.phase, order.situation), ("approve", "pending"))
        self.assertIn(self.approver, order.activity_ids.user_id)
        self.assertNotIn(self.creator, order.activity_ids.user_id)
        self.approve(order)
        self.assertIn(self.releaser, order.activity_ids.user_id)
        self.assertNotIn(self.approver, order.activity_ids.user_id)
        self.release(order)
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.phase, "flight")
        order._sending() if order.state == "released" else None
        order._unknown("cut")
        self.assertEqual((order.phase, order.situation), ("action", "action"))

    def test_confidential_orders_are_seen_by_few(self):
        """Attacks 11 and 12: by reading, searching, grouping, counting, export and name."""
        order = self.proposed(4321.0, is_confidential=True)
        outsider = self.make_user("payment_outsider", APPROVER, RELEASER)
        for name in ("order", "line", "item", "approval", "fact"):
            model = self.by(outsider, self.env[f"finance.payment.{name}"])
            domain = [("order_id", "=", order.id)] if name in ("line", "approval") else []
            with self.subTest(model=name):
                self.assertFalse(model.search(domain).filtered("is_confidential"))
        orders = self.by(outsider, self.env["finance.payment.order"])
        self.assertFalse(orders.name_search(order.name))
        self.assertFalse(orders.search([("line_ids.amount", "=", 4321.0)]))
        self.assertFalse(orders.search([("amount", ">", 4000)], order="amount"))
        self.assertNotIn(4321.0, [total for (total,) in orders._read_group([], aggregates=["amount:max"])])
        outsider.group_ids |= self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            self.by(outsider, order).export_data(["line_ids/amount"])
        with self.assertRaises(AccessError):
            self.by(outsider, order).action_approve()
        with self.assertRaises(AccessError):
            self.by(outsider, order).read(["payload_id"])
        self.assertNotIn(outsider, order.activity_ids.user_id)
        self.assertTrue(self.approver.has_group(CONFIDENTIAL))
        self.approve(order)

    def test_handed_to_the_bank_by_a_person(self):
        order = self.released(100.0)
        wizard = self.by(self.releaser, self.env["finance.payment.handover.wizard"]).create({"order_id": order.id})
        with self.assertRaises(UserError):
            wizard.action_handed_over()
        with self.at_the_screen(self.releaser):
            answer = wizard.action_download()
        self.assertEqual((order.state, answer["url"]), ("sending", f"/finance/payment/{order.id}/file"))
        wizard.reference = "R-1"
        wizard.action_handed_over()
        self.assertEqual((order.state, order.bank_reference), ("sent", "R-1"))

    def test_k33_of_a_file_that_was_taken_and_never_reported_people_say_what_became_of_it(self):
        order = self.released(100.0)
        wizard = self.by(self.releaser, self.env["finance.payment.handover.wizard"]).create({"order_id": order.id})
        with self.at_the_screen(self.releaser):
            wizard.action_download()
        self.assertEqual(order.taken_by_id, self.releaser)
        orders = self.by(self.releaser, self.env["finance.payment.order"])
        orders._cron_inquire()
        self.assertFalse(order.attention, "it has only just been taken")
        hours = self.company.finance_payment_file_hours
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_payment_order SET since = since - %s * interval '1 hour' WHERE id = %s",
            [hours, order.id],
        )
        self.env.invalidate_all()
        orders._cron_inquire()
        orders._cron_inquire()
        self.assertEqual((order.phase, order.situation), ("action", "action"))
        self.assertEqual(order.sudo().activity_ids.user_id, self.releaser, "one task, for who took it")
        # nobody remembers
        for user, refused in ((self.creator, AccessError), (self.second_approver, None)):
            told = self.by(user, self.env["finance.payment.reason.wizard"]).create(
                {"order_id": order.id, "operation": "lost", "reason": "The portal shows nothing"}
            )
            if refused:
                with self.assertRaises(refused):
                    told.action_confirm()
            else:
                told.action_confirm()
        self.assertEqual(order.state, "unknown")
        self.assertIn("portal shows nothing", order.attention)
        self.assertTrue(order.decide_from)
        self.assertFalse(order.sudo().activity_ids)
        self.assertEqual(order.approval_ids[-1:].decision, "lost")
        with self.assertRaisesRegex(UserError, "too early"):
            self.by(self.releaser, order).action_decide_unknown()
        with self.assertRaises(UserError):
            wizard.action_handed_over()

    def test_k33_of_what_leaves_by_a_connection_nobody_loses_track(self):
        order = self.released(100.0)
        with self.assertRaisesRegex(UserError, "nothing to do here"):
            self.by(self.releaser, order)._lose_track("it was never taken")

    # -- mails ---------------------------------------------------------------------------------------

    def mails(self, order):
        return self.env["mail.mail"].search([("model", "=", order._name), ("res_id", "=", order.id)])

    def test_whoever_has_to_decide_gets_a_mail_where_the_company_wants_it(self):
        people = self.approver | self.second_approver | self.releaser | self.second_releaser
        for user in people:
            user.email = f"{user.login}@kestrel.example"
        # what Odoo says about an activity by itself
        self.assertFalse(self.mails(self.proposed(321.0)).filtered(lambda mail: "Approve payments:" in mail.subject))
        self.company.finance_payment_mails = True
        order = self.proposed(321.0)
        mails = self.mails(order)
        self.assertLessEqual(self.approver.partner_id | self.second_approver.partner_id, mails.recipient_ids)
        self.assertFalse(mails.recipient_ids & (self.releaser.partner_id | self.creator.partner_id))
        self.assertEqual(mails.mapped("subject"), [f"Approve payments: {order.name}"] * len(mails))
        body = str(mails[:1].body_html)
        self.assertIn("321.00", body)
        self.assertIn(f"/finance.payment.order/{order.id}", body)
        self.assertNotIn(self.supplier.name, body, "payees are looked at in the order")
        self.approve(order)
        released = self.mails(order) - mails
        self.assertLessEqual(self.releaser.partner_id, released.recipient_ids)
        secret = self.proposed(4321.0, is_confidential=True)
        self.assertTrue(self.mails(secret))
        self.assertNotIn("4,321", "".join(str(mail.body_html) for mail in self.mails(secret)))
