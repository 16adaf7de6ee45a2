from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..const import CREDIT
from ..engine.errors import RejectedError
from .fake_case import FakeCase

#: what the real steps are called in processes of tests
REAL = {
    "approve": ("approve", "finance.step.approve"),
    "verdict": ("approve", "finance.step.verdict"),
    "route": ("route", "finance.step.route"),
}


class ProcessCase(FakeCase):
    """Processes of test steps about a partner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls.user("operator")
        cls.approvers = cls.env["res.users"].browse()
        for number in range(3):
            cls.approvers |= new_test_user(
                cls.env,
                login=f"approver_{number}",
                groups=f"base.group_user,{CREDIT}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
        cls.record = cls.env["res.partner"].create({"name": "Subject", "company_id": cls.company.id})

    @classmethod
    def make_process(cls, *names, undo=True, **values):
        """:return: a process of test steps; ``approve``, ``verdict`` and ``route`` are the real ones"""
        work = "finance.step.test.undo" if undo else "finance.step.test"
        return cls.env["finance.process"].create(
            {
                "name": "Test process",
                "code": "test",
                "step_ids": [
                    Command.create(
                        {
                            "name": name,
                            "sequence": 10 * (number + 1),
                            "kind": REAL.get(name, ("validate", work))[0],
                            "work": REAL.get(name, ("validate", work))[1],
                            "group_id": cls.env.ref(CREDIT).id,
                            "routing_code": "test.channel" if name == "route" else False,
                        }
                    )
                    for number, name in enumerate(names)
                ],
                **values,
            }
        )

    def start(self, process, user=None):
        record = self.record.with_user(user or self.maker)
        run = self.env["finance.process.run"].with_user(user or self.maker)._start(process, record)
        return run.sudo().with_env(self.env)

    def effects_of(self, run):
        """:return: what happened in a run, in order: +10, +20, -20, -10"""
        found = self.env["test.finance.effect"].search(
            ["|", ("key", "=like", f"{run.id}:%"), ("key", "=like", f"undo:{run.id}:%")], order="id"
        )
        return [-effect.sequence if effect.key.startswith("undo") else effect.sequence for effect in found]

    def fix(self, run):
        self.env["test.finance.effect"].create({"key": f"fixed:{run.res_id}"})

    def as_(self, run, user):
        return run.with_env(self.env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids}))

    def decide(self, run, user, operation="approve", reason=None):
        """Press the button, fill in the dialog, confirm."""
        mine = self.as_(run, user)
        action = getattr(mine, f"action_{operation}")()
        dialog = mine.env[action["res_model"]].browse(action["res_id"])
        if reason:
            dialog.reason = reason
        with self.at_the_screen(user):
            dialog.action_confirm()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestProcess(ProcessCase):
    """B-36: steps, waiting, failing, people."""

    def test_b36_steps_are_done_one_by_one_each_with_a_message_of_its_own(self):
        run = self.start(self.make_process("first", "second", "third"))
        self.assertEqual(run.state, "running")
        self.assertEqual(self.effects_of(run), [])
        self.drain(max_messages=1)
        self.assertEqual(self.effects_of(run), [10])
        self.assertEqual(run.step_ids.mapped("state"), ["done", "todo", "todo"])
        self.assertEqual(run.headline, "second is being done")
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.effects_of(run), [10, 20, 30])
        self.assertEqual(run.progress, 100)
        self.assertEqual(run.step_ids.mapped("outcome"), ["did first", "did second", "did third"])
        messages = self.env["finance.message"].search([("correlation_id", "=", run.correlation_id)])
        self.assertEqual(len(messages), 3)
        self.assertState(messages, "done")

    def test_one_run_at_a_time_for_a_record(self):
        process = self.make_process("wait")
        run = self.start(process)
        self.assertEqual(self.start(process), run)

    def test_a_rollback_starts_nothing(self):
        process = self.make_process("first")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.start(process)
            raise ZeroDivisionError
        self.assertFalse(self.env["finance.process.run"].search([("process_id", "=", process.id)]))
        self.drain()
        self.assertFalse(self.env["test.finance.effect"].search([]))

    def test_a_message_of_an_earlier_move_has_no_effect(self):
        run = self.start(self.make_process("first", "wait"))
        stale = run.message_id
        self.drain()
        stale._replay("again")
        self.drain()
        self.assertEqual(self.effects_of(run), [10])
        self.assertEqual(run.state, "waiting")

    def test_waits_for_a_cause_and_resumes_by_itself(self):
        run = self.start(self.make_process("first", "wait", "last"))
        self.drain()
        self.assertEqual((run.state, run.waiting_for), ("waiting", "a fix"))
        self.assertFalse(self.drain(), "nothing polls")
        self.fix(run)
        self.env["finance.message"]._resume_waiting(f"fix:{run.res_id}")
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.effects_of(run), [10, 20, 30])

    def test_fix_in_the_moment_of_waiting_is_not_missed(self):
        """The cause is fixed while the step decides to wait: the next dispatcher resumes it."""
        run = self.start(self.make_process("wait"))
        self.drain()
        self.fix(run)
        self.env["finance.waiting.key"]._fixed([f"fix:{run.res_id}"])
        self.drain()
        self.assertEqual(run.state, "done")

    def test_a_condition_leaves_a_step_out(self):
        process = self.make_process("first", "second")
        process.step_ids[0].condition = "[('name', '=', 'Somebody else')]"
        run = self.start(process)
        self.drain()
        self.assertEqual(run.step_ids.mapped("state"), ["skipped", "done"])
        self.assertEqual(self.effects_of(run), [20])

    def test_a_failed_step_leaves_nothing_and_asks_a_person(self):
        run = self.start(self.make_process("first", "fail until fixed"))
        self.drain()
        self.assertEqual((run.state, run.problem), ("failed", "It cannot be done."))
        self.assertTrue(run.remedy)
        self.assertEqual(self.effects_of(run), [10])
        self.assertState(run.message_id, "held", "rejected")
        self.assertEqual(run.message_id.exception_ids.state, "open")
        self.fix(run)
        self.as_(run, self.maker).action_retry()
        self.assertEqual(run.state, "running")
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.message_id.exception_ids.state, "solved")

    def test_retry_from_the_list_of_exceptions_is_the_same(self):
        run = self.start(self.make_process("fail until fixed"))
        self.drain()
        self.fix(run)
        run.message_id.exception_ids.action_retry()
        self.drain()
        self.assertEqual(run.state, "done")

    def test_retry_after_the_message_was_discarded(self):
        run = self.start(self.make_process("fail until fixed"))
        self.drain()
        run.message_id._discard("away")
        self.fix(run)
        self.as_(run, self.maker).action_retry()
        self.drain()
        self.assertEqual(run.state, "done")

    def test_a_temporary_failure_is_tried_again_and_shows(self):
        run = self.start(self.make_process("transient"))
        self.drain()
        self.assertEqual((run.state, run.problem), ("running", "Not now."))
        self.assertState(run.message_id, "retry")
        self.fix(run)
        self.make_due(run.message_id)
        self.drain()
        self.assertEqual(run.state, "done")

    def test_spent_attempts_and_bugs_show_on_the_run(self):
        for name in ("transient", "bug"):
            process = self.make_process(name)
            run = self.start(process)
            run.message_id.flow_id.retry_max = 2
            self.drain()
            self.make_due(run.message_id)
            self.drain()
            with self.subTest(name):
                self.assertEqual(run.state, "failed")
                self.assertState(run.message_id, "held")
            self.decide(run, self.maker, "cancel", "enough")
            process.active = False
            process.flush_recordset()

    def test_skip_with_a_reason_where_allowed(self):
        process = self.make_process("fail", "second")
        run = self.start(process)
        self.drain()
        with self.assertRaises(UserError):
            self.as_(run, self.maker).action_skip()
        self.decide(run, self.maker, "cancel", "again")
        process.step_ids[0].may_skip = True
        run = self.start(process)
        self.drain()
        with self.assertRaises(UserError):
            self.decide(run, self.maker, "skip")
        self.decide(run, self.maker, "skip", "not this time")
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.step_ids[0].reason, "not this time")
        self.assertEqual(self.effects_of(run), [20])

    def test_approvals_cannot_be_made_skippable(self):
        process = self.make_process("approve")
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            process.step_ids.write({"may_skip": True})
            self.env.flush_all()

    def test_deleted_record_is_told(self):
        self.record = self.env["res.partner"].create({"name": "Away", "company_id": self.company.id})
        run = self.start(self.make_process("first"))
        self.record.unlink()
        self.drain()
        self.assertEqual(run.state, "failed")
        self.assertState(run.message_id, "held", "process.record_gone")
        self.decide(run, self.maker, "cancel", "gone")
        self.assertEqual(run.state, "undone")

    def test_a_definition_that_changes_is_for_later_runs(self):
        process = self.make_process("first", "second")
        run = self.start(process)
        process.step_ids[1].unlink()
        self.drain()
        self.assertEqual(self.effects_of(run), [10, 20])

    def test_definitions_are_checked(self):
        for values in ({"condition": "[('x'"}, {"kind": "approve"}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_process("first", code="other").step_ids.write(values)
        with self.assertRaises(ValidationError):
            self.make_process("approve", code="nobody").step_ids.write({"group_id": False})


@tagged("post_install", "-at_install")
class TestCompensation(ProcessCase):
    """B-37: what was done is undone in reverse order, each once."""

    def test_b37_failure_after_step_k_undoes_in_reverse_order(self):
        process = self.make_process("first", "second", "third", "fail", "fifth")
        process.step_ids[1].work = "finance.step.test"
        process.step_ids[3].on_failure = "undo"
        run = self.start(process)
        self.drain()
        self.assertEqual(self.effects_of(run), [10, 20, 30, -30, -10])
        self.assertEqual(run.state, "undone")
        self.assertEqual(run.step_ids.mapped("state"), ["undone", "done", "undone", "failed", "dropped"])
        self.assertEqual(run.end_reason, "It cannot be done.")

    def test_b37_cancel_undoes_what_was_done(self):
        run = self.start(self.make_process("first", "second", "wait", "last"))
        self.drain()
        self.decide(run, self.maker, "cancel", "changed my mind")
        self.assertEqual(run.state, "undoing")
        self.drain()
        self.assertEqual(self.effects_of(run), [10, 20, -20, -10])
        self.assertEqual((run.state, run.end_reason), ("undone", "changed my mind"))

    def test_b37_nothing_that_did_not_happen_is_undone(self):
        run = self.start(self.make_process("fail", "second"))
        self.drain()
        self.decide(run, self.maker, "cancel", "no")
        self.drain()
        self.assertEqual(self.effects_of(run), [])
        self.assertEqual(run.state, "undone")

    def test_b37_a_compensation_that_fails_needs_a_person(self):
        run = self.start(self.make_process("first", "stuck", "wait"))
        self.drain()
        self.decide(run, self.maker, "cancel", "no")
        self.drain()
        self.assertEqual((run.state, run.problem), ("undo_failed", "It cannot be taken back."))
        self.assertState(run.message_id, "held")
        self.fix(run)
        self.as_(run, self.maker).action_retry()
        self.drain()
        self.assertEqual(self.effects_of(run), [10, 20, -20, -10])
        self.assertEqual(run.state, "undone")

    def test_b37_a_person_takes_over_what_cannot_be_undone(self):
        run = self.start(self.make_process("first", "stuck", "wait"))
        self.drain()
        self.decide(run, self.maker, "cancel", "no")
        self.drain()
        self.decide(run, self.maker, "skip", "reversed by hand")
        self.drain()
        self.assertEqual(self.effects_of(run), [10, 20, -10])
        self.assertEqual(run.step_ids.mapped("state"), ["undone", "left", "dropped"])
        self.assertEqual(run.state, "undone")

    def test_cancelled_before_the_first_step_ends_at_once(self):
        run = self.start(self.make_process("first"))
        self.decide(run, self.maker, "cancel", "too early")
        self.assertEqual(run.state, "undone")
        self.drain()
        self.assertEqual(self.effects_of(run), [], "the message that was queued has no effect any more")


@tagged("post_install", "-at_install")
class TestApproval(ProcessCase):
    """Maker is not checker; so many as the amount asks for; bound to what was seen."""

    def waiting_run(self, *levels, amount=0.0):
        process = self.make_process("approve", "after")
        process.step_ids[0].level_ids = [
            Command.create({"amount_from": start, "approvals": count}) for start, count in levels
        ]
        run = self.start(process)
        run.sudo().amount = amount
        self.drain()
        return run

    def test_approved_by_another_person_goes_on(self):
        run = self.waiting_run()
        self.assertEqual(run.state, "waiting")
        self.assertEqual(run.activity_ids.user_id, self.approvers)
        self.assertTrue(self.as_(run, self.approvers[0]).can_decide)
        self.decide(run, self.approvers[0])
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertIn(self.approvers[0].name, run.step_ids[0].outcome)
        self.assertFalse(run.activity_ids)
        self.assertEqual(run.step_ids[0].approval_ids.user_id, self.approvers[0])

    def test_the_maker_does_not_approve(self):
        self.maker = self.approvers[0]
        run = self.waiting_run()
        self.assertNotIn(self.maker, run.activity_ids.user_id)
        self.assertFalse(self.as_(run, self.maker).can_decide)
        with self.assertRaises(AccessError):
            self.as_(run, self.maker).action_approve()
        with self.assertRaises(AccessError):
            self.as_(run, self.maker)._decide("approve", seen=self.as_(run, self.maker)._live_facts(run.step_ids[0])[1])

    def test_the_maker_of_the_record_does_not_approve(self):
        self.record = self.record.with_user(self.env.ref("base.user_admin")).sudo().copy()
        self.record.sudo().flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET create_uid = %s WHERE id = %s", (self.approvers[1].id, self.record.id)
        )
        self.env.invalidate_all()
        run = self.waiting_run()
        with self.assertRaises(AccessError):
            self.as_(run, self.approvers[1]).action_approve()

    def test_a_second_login_of_the_same_person_is_the_same_person(self):
        self.maker = self.approvers[0]
        self.approvers[1].partner_id = self.approvers[0].partner_id
        run = self.waiting_run()
        with self.assertRaises(AccessError):
            self.as_(run, self.approvers[1]).action_approve()

    def test_no_role_no_decision(self):
        run = self.waiting_run()
        for role in ("viewer", "operator", "admin", "auditor", "steward"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(run, role, number=2).action_approve()
        with self.assertRaises(AccessError):
            self.as_user(run, "employee").action_approve()

    def test_other_companies_do_not_decide(self):
        run = self.waiting_run()
        foreign = new_test_user(
            self.env,
            login="foreign_approver",
            groups=f"base.group_user,{CREDIT}",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        with self.assertRaises(AccessError):
            self.as_(run, foreign).action_approve()
        self.assertNotIn(run.id, self.as_(run, foreign).search([]).ids)

    def test_n_people_by_amount(self):
        levels = ((0, 0), (100, 1), (1000, 2))
        for amount, needed in ((50.0, 0), (100.0, 1), (999.99, 1), (1000.0, 2)):
            process = self.make_process("approve")
            process.step_ids.level_ids = [Command.create({"amount_from": f, "approvals": n}) for f, n in levels]
            run = self.start(process)
            run.sudo().amount = amount
            self.drain()
            for number in range(needed):
                self.assertEqual(run.state, "waiting")
                self.decide(run, self.approvers[number])
                self.drain()
            with self.subTest(amount):
                self.assertEqual(run.state, "done")
            process.active = False
            process.flush_recordset()

    def test_nobody_counts_twice(self):
        run = self.waiting_run((0, 2))
        self.decide(run, self.approvers[0])
        self.assertEqual(run.state, "waiting")
        with self.assertRaises(AccessError):
            self.decide(run, self.approvers[0])
        self.assertIn("1 of 2", run.step_ids[0].waiting_for)

    def test_facts_that_change_while_the_dialog_is_open_are_refused(self):
        run = self.waiting_run()
        mine = self.as_(run, self.approvers[0])
        action = mine.action_approve()
        self.record.name = "Another subject"
        dialog = mine.env[action["res_model"]].browse(action["res_id"])
        with (
            self.at_the_screen(self.approvers[0]),
            self.assertRaisesRegex(UserError, "changed meanwhile"),
            self.env.cr.savepoint(),
        ):
            dialog.action_confirm()
        self.assertFalse(run.step_ids[0].approval_ids)

    def test_facts_that_change_after_the_approval_void_it(self):
        run = self.waiting_run()
        self.decide(run, self.approvers[0])
        self.record.name = "Another subject"
        self.drain()
        self.assertEqual(run.state, "waiting", "what was approved was something else")
        self.assertTrue(run.step_ids[0].approval_ids.is_void)
        self.decide(run, self.approvers[0])
        self.drain()
        self.assertEqual(run.state, "done")

    def test_rejected_with_a_reason_ends_and_undoes(self):
        process = self.make_process("first", "approve", "after")
        run = self.start(process)
        self.drain()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.decide(run, self.approvers[0], "reject")
        self.decide(run, self.approvers[0], "reject", "too risky")
        self.drain()
        self.assertEqual(run.state, "undone")
        self.assertIn("too risky", run.end_reason)
        self.assertEqual(self.effects_of(run), [10, -10])

    def test_late_approval_escalates_and_stays_held(self):
        """R-01, S-23: time alone decides nothing."""
        process = self.make_process("approve", "after", owner_id=self.approvers[2].id)
        run = self.start(process)
        self.drain()
        self.env["finance.process.run"]._cron_escalate()
        self.assertFalse(run.is_escalated)
        run.sudo().due_at = self.env.cr.now() - timedelta(hours=1)
        self.env["finance.process.run"]._cron_escalate()
        self.assertTrue(run.is_escalated)
        self.assertEqual(run.state, "waiting")
        warning = self.env.ref("mail.mail_activity_data_warning")
        self.assertEqual(run.activity_ids.filtered(lambda a: a.activity_type_id == warning).user_id, self.approvers[2])
        count = len(run.activity_ids)
        self.env["finance.process.run"]._cron_escalate()
        self.assertEqual(len(run.activity_ids), count, "told once")

    def test_states_and_decisions_cannot_be_written(self):
        run = self.waiting_run()
        for user in (self.maker, self.approvers[0], self.user("admin")):
            for record, values in (
                (run, {"state": "done"}),
                (run.step_ids[0], {"state": "done"}),
                (self.env["finance.process.approval"], None),
            ):
                mine = self.as_(record, user)
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    if values:
                        mine.write(values)
                    else:
                        mine.create({"run_step_id": run.step_ids[0].id, "user_id": user.id})


@tagged("post_install", "-at_install")
class TestVerdict(ProcessCase):
    """S-23, S-10, R-01: held until another system has said something about exactly this transaction."""

    def setUp(self):
        super().setUp()
        self.run = self.start(self.make_process("verdict", "after"))
        self.verdicts = self.env["finance.process.verdict"]

    def give(self, verdict, *, correlation_id=None, topic="risk", **values):
        return self.verdicts._give(self.company, correlation_id or self.run.correlation_id, topic, verdict, **values)

    def test_held_until_cleared(self):
        self.drain()
        self.assertEqual(self.run.state, "waiting")
        self.give("cleared", correlation_id="another")
        self.give("cleared", topic="tax")
        self.drain()
        self.assertEqual(self.run.state, "waiting", "not the verdict about this")
        self.give("cleared", detail="low risk", evidence={"score": "12"})
        self.drain()
        self.assertEqual(self.run.state, "done")
        self.assertEqual(self.run.step_ids[0].evidence["score"], "12")

    def test_verdict_before_the_process_asks_is_kept(self):
        """Fault 28: the answer is faster than our own commit."""
        self.give("cleared")
        self.drain()
        self.assertEqual(self.run.state, "done")

    def test_verdict_of_another_company_is_not_ours(self):
        self.drain()
        self.verdicts._give(self.other_company, self.run.correlation_id, "risk", "cleared")
        self.drain()
        self.assertEqual(self.run.state, "waiting")

    def test_refused_needs_a_person(self):
        self.drain()
        self.give("refused", detail="on a list")
        self.drain()
        self.assertEqual((self.run.state, self.run.problem), ("failed", "on a list"))
        with self.assertRaises(UserError):
            self.as_(self.run, self.maker).action_skip()

    def test_the_first_verdict_stands(self):
        self.drain()
        first = self.give("refused")
        self.assertEqual(self.give("refused"), first)
        with self.assertRaises(RejectedError) as caught:
            self.give("cleared")
        self.assertEqual(caught.exception.reason, "process.verdict_conflict")

    def test_late_verdict_escalates_and_stays_held(self):
        self.drain()
        self.run.sudo().due_at = self.env.cr.now() - timedelta(days=30)
        self.env["finance.process.run"]._cron_escalate()
        self.drain()
        self.assertEqual((self.run.state, self.run.is_escalated), ("waiting", True))
        self.give("cleared")
        self.drain()
        self.assertEqual(self.run.state, "done")

    def test_changed_after_the_question_is_not_cleared_by_the_answer(self):
        self.drain()
        self.record.name = "Somebody else"
        self.give("cleared")
        self.drain()
        self.assertEqual(self.run.state, "failed")
        self.assertEqual(self.run.step_ids[0].reason_code, "process.facts_changed")


@tagged("post_install", "-at_install")
class TestSteps(ProcessCase):
    """What can be chosen is what there is; whoever says that he undoes, does."""

    def test_contract_of_steps(self):
        concrete = set(self.env.registry.descendants(["finance.step"], "_inherit")) - {"finance.step"}
        field = self.env["finance.process.step"]._fields["work"]
        self.assertEqual(set(field.get_values(self.env)), concrete)
        self.assertLessEqual(concrete, field.ondelete.keys())
        base = type(self.env["finance.step"])
        for name in concrete:
            work = type(self.env[name])
            with self.subTest(name):
                self.assertIsNot(work._run, base._run)
                self.assertEqual(work._undoes, work._compensate is not base._compensate)
                self.assertTrue(work._kinds)
