from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import CONTROLLER
from .common import FIRST, LAST, ConsolidationCase


@tagged("post_install", "-at_install")
class TestCloseCalendar(ConsolidationCase):
    """The close: tasks with owner, due day and dependency; checks; different people; reopening (C-05 to C-08, C-13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hours = cls.company.resource_calendar_id
        hours.tz = "Europe/Berlin"
        # All Saints, and the day after, which is the Monday
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": hours.id,
                "company_id": cls.company.id,
                "date_from": datetime(2026, 10, 31, 23, 0),
                "date_to": datetime(2026, 11, 2, 22, 59),
            }
        )
        cls.people = {name: cls.person(cls, name) for name in ("doer", "checker")}
        cls.people["boss"] = cls.person(cls, "boss", CONTROLLER)
        cls.role = cls.env["finance.close.role"].create(
            {"name": "Ledger", "person_ids": [Command.create({"user_id": cls.people["doer"].id})]}
        )
        cls.template = cls.env["finance.close.template"].create({"name": "Month end", "scenario_id": cls.scenario.id})
        for values in (
            {"name": "Accruals", "effort": 4, "evidence": "note", "needs_review": True, "needs_approval": True},
            {"name": "No drafts", "kind": "check", "check_model": "finance.close.check.drafts", "due_days": 2},
            {"name": "Compare", "scope": "group", "due_days": 3, "phase": "final"},
        ):
            values = {"role_id": cls.role.id, **values}
            cls.template.task_ids = [Command.create(values)]
        cls.accruals, cls.drafts, cls.compare = cls.template.task_ids.sorted("id")
        cls.drafts.depends_ids = cls.accruals
        cls.compare.depends_ids = cls.drafts
        cls.close = cls.env["finance.close.period"].create(
            {"scenario_id": cls.scenario.id, "date_from": FIRST, "date_to": LAST}
        )
        cls.close.action_open()
        cls.env.flush_all()

    def task(self, name, entity=None, by=None):
        of = self.entity if entity is None else entity
        found = self.close.task_ids.filtered(lambda task: task.name == name and task.entity_id == of)
        return found.with_user(self.people[by]) if by else found

    def finish(self, name, entity=None):
        task = self.task(name, entity)
        task._step("done")
        return task

    def test_tasks_of_a_period(self):
        self.assertEqual(self.close.template_id, self.template)
        # the sister keeps its books elsewhere: no checks of them; the group once
        self.assertEqual(self.close.task_count, 2 + 1 + 1)
        accruals, drafts = self.task("Accruals"), self.task("No drafts")
        self.assertEqual(accruals.owner_id, self.people["doer"])
        # the first working day after the holiday, at five in Berlin
        self.assertEqual(accruals.due_at, datetime(2026, 11, 3, 16, 0))
        self.assertEqual(drafts.due_at, datetime(2026, 11, 4, 16, 0))
        self.assertEqual(self.task("Accruals", self.sister).due_at.date(), datetime(2026, 11, 2).date())
        group = self.task("Compare", self.entity.browse())
        self.assertEqual(group.depends_ids, drafts)
        self.assertEqual((accruals.state, drafts.state, group.state), ("open", "waiting", "waiting"))
        self.assertTrue(accruals.is_critical)
        self.assertIn("Accruals > No drafts > Compare: 6 hours", self.template.critical_text)
        with self.assertRaises(ValidationError) as raised:
            self.accruals.depends_ids = self.compare
        self.assertIn("Accruals", str(raised.exception))
        twin = self.template.copy()
        self.assertEqual(twin.task_ids.depends_ids.template_id, twin)
        self.assertEqual(len(twin.task_ids.depends_ids), 2)

    def test_done_reviewed_approved_by_three(self):
        task = self.task("Accruals", by="doer")
        with self.assertRaises(UserError, msg="it asks for evidence"):
            task.action_done()
        task.evidence_note = "Booked, see GEN"
        task.action_done()
        self.assertEqual(task.state, "prepared")
        with self.assertRaises(UserError, msg="evidence stays"):
            task.evidence_note = "Something else"
        with self.assertRaises(UserError, msg="by another person"):
            task.action_review()
        with self.assertRaises(AccessError):
            task.action_approve()
        with self.assertRaises(UserError, msg="not reviewed yet"):
            self.task("Accruals", by="boss").action_approve()
        self.task("Accruals", by="checker").action_review()
        self.assertEqual(self.task("No drafts").state, "waiting")
        self.task("Accruals", by="boss").action_approve()
        self.assertEqual((task.state, self.task("No drafts").state), ("done", "open"))
        with self.assertRaises(AccessError):
            task.write({"state": "open"})
        with self.assertRaises(AccessError):
            task.action_skip()

    def test_check_names_opens_and_is_looked_at_again(self):
        draft = self.env["account.move"].create({"journal_id": self.journal.id, "date": LAST})
        self.finish("Accruals")
        task = self.task("No drafts", by="doer")
        task.action_check()
        self.assertEqual((task.state, task.found_count), ("failed", 1))
        action = task.action_view_found()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), draft)
        with self.assertRaises(UserError, msg="a check is not finished by hand"):
            task.action_done()
        draft.unlink()
        self.close.with_user(self.people["doer"]).action_check()
        self.assertEqual((task.state, self.task("Compare", self.entity.browse()).state), ("done", "open"))
        # it fails again as soon as it is not true any more, and its owner is told
        self.env["account.move"].create({"journal_id": self.journal.id, "date": LAST})
        self.close.action_check()
        self.assertEqual(task.state, "failed")
        self.assertEqual(task.activity_ids.user_id, self.people["doer"])

    @mute_logger("odoo.addons.finance_consolidation_export.models.finance_close_task_check")
    def test_a_broken_check_stops_nobody(self):
        self.finish("Accruals")
        check = type(self.env["finance.close.check.drafts"])
        with patch.object(check, "_examine", side_effect=ValueError("broken")):
            self.close.action_check()
        self.assertEqual(self.task("No drafts").state, "failed")
        self.assertIn("ValueError", self.task("No drafts").finding)

    def test_readiness_stages_and_days_to_close(self):
        status = {
            row.entity_id: row for row in self.env["finance.close.status"].search([("close_id", "=", self.close.id)])
        }
        self.assertEqual(status[self.entity].readiness, 0)
        self.finish("Accruals")
        self.task("No drafts")._check()
        self.finish("Accruals", self.sister)
        self.env.invalidate_all()
        self.assertEqual((status[self.entity].readiness, status[self.entity].stage), (100, "ready"))
        self.assertEqual(self.close.readiness, 75)
        self.env["finance.close.snapshot"]._take()
        self.env["finance.close.snapshot"]._take()
        kept = self.env["finance.close.snapshot"].search([("close_id", "=", self.close.id)])
        self.assertEqual(sorted(kept.mapped("readiness")), [0, 100, 100])
        self.close.action_preliminary()
        with self.assertRaises(UserError, msg="the comparison is needed for final figures"):
            self.close.action_final()
        self.finish("Compare", self.entity.browse())
        with freeze_time("2026-11-06 12:00:00"):
            self.close.action_final()
        self.assertEqual((self.close.state, self.close.days_to_close), ("final", 5))

    def test_reopening_opens_what_rests_on_it_and_doubts_packages(self):
        package = self.package()
        self.finish("Accruals")
        self.task("No drafts")._check()
        for name, entity in (("Accruals", self.sister), ("Compare", self.entity.browse())):
            self.finish(name, entity)
        self.close.action_final()
        boss = self.task("Accruals", by="boss")
        with self.assertRaises(UserError, msg="no reason"):
            boss._reopen(" ")
        wizard = self.env["finance.close.reason.wizard"].with_user(self.people["boss"])
        wizard = wizard.with_context(**boss.action_reopen()["context"]).create({"reason": "An invoice came late"})
        wizard.action_confirm()
        states = {(task.name, task.entity_id.code): task.state for task in self.close.task_ids}
        self.assertEqual(
            states,
            {
                ("Accruals", "DE01"): "open",
                ("No drafts", "DE01"): "waiting",
                ("Compare", False): "waiting",
                ("Accruals", "FR01"): "done",
            },
        )
        self.assertEqual((self.close.state, self.close.final_at), ("open", False))
        self.assertEqual(package.redo_reason, "An invoice came late")
        self.assertEqual(package.action_view_close_tasks()["domain"][0], ("scenario_id", "=", self.scenario.id))
        package._build()
        self.assertFalse(package.redo_since)

    def test_skipping_needs_a_controller_and_a_reason(self):
        with self.assertRaises(AccessError):
            self.task("Accruals", by="doer")._skip("no need")
        self.task("Accruals", by="boss")._skip("Nothing to accrue")
        self.assertEqual((self.task("Accruals").state, self.task("No drafts").state), ("skipped", "open"))

    def test_overdue_is_told_and_escalated_once(self):
        task = self.task("Accruals")
        late = self.env["finance.close.task"].search([("is_overdue", "=", True), ("close_id", "=", self.close.id)])
        self.assertEqual(late, self.close.task_ids.filtered("is_overdue"))
        for moment, reminded, escalated in (
            (task.due_at - timedelta(hours=1), 0, 0),
            (task.due_at + timedelta(hours=1), 1, 0),
            (task.due_at + timedelta(days=2), 1, 1),
            (task.due_at + timedelta(days=3), 1, 1),
        ):
            with patch.object(self.env.cr, "now", lambda moment=moment: moment), freeze_time(moment):
                self.env.invalidate_all()
                late = self.close.task_ids.filtered(lambda one: one.is_overdue and one == task)
                late._remind()
            users = task.activity_ids.mapped("user_id")
            self.assertEqual(
                len(task.activity_ids.filtered(lambda one: one.user_id == task.owner_id)), reminded, moment
            )
            self.assertEqual(self.people["boss"] in users, bool(escalated), moment)

    def test_each_company_sees_its_own_tasks_and_the_groups(self):
        stranger = self.person("stranger")
        stranger.write({"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]})
        own = {"allowed_company_ids": self.other_company.ids}
        for model in ("finance.close.task", "finance.close.status"):
            seen = self.env[model].with_user(stranger).with_context(**own).search([("close_id", "=", self.close.id)])
            self.assertNotIn(self.entity, seen.entity_id)
            self.assertIn(self.env["finance.consolidation.entity"], [row.entity_id for row in seen])
        with self.assertRaises(AccessError):
            self.task("Accruals").with_user(stranger).with_context(**own).action_done()

    def test_other_checks_find_and_pass(self):
        """Each check, before and after what it looks for is mended (C-08)."""
        task = self.task("No drafts")
        self.finish("Accruals")

        def look(code, **values):
            task.write({"check_model": f"finance.close.check.{code}", **values})
            return task._look()

        self.assertTrue(look("rates").passed)
        self.assertFalse(look("locks").passed)
        self.company.fiscalyear_lock_date = LAST
        self.assertTrue(look("locks").passed)
        self.company.fiscalyear_lock_date = False

        for code in ("exceptions", "expenses", "bank.lines", "gaps", "unmapped", "unreconciled"):
            self.assertTrue(look(code).passed, code)
        self.assertFalse(look("between").passed, "nobody has compared")
        self.assertFalse(look("package").passed)
        self.assertFalse(look("delivered").passed)

        extra = self.env["account.account"].create(
            {
                "name": "Odd",
                "code": "9990",
                "account_type": "asset_current",
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        self.books["odd"] = extra
        self.addCleanup(self.books.pop, "odd")
        move = self.post(LAST, ("odd", 10.0), ("receivable", -10.0))
        found = look("unmapped")
        self.assertEqual((found.passed, found.domain), (False, [("id", "in", [extra.id])]))
        found = look("suspense", account_codes="99")
        self.assertEqual((found.passed, self.env[found.model].search(found.domain).move_id), (False, move))
        self.assertTrue(look("suspense", account_codes="99", tolerance=10.0).passed)
        found = look("unreconciled", account_codes=False)
        self.assertEqual(self.env[found.model].search(found.domain).move_id, move)
        self.assertTrue(look("unreconciled", min_days=5).passed)

        # the workbench has it with what it suggests, and makes the rule
        self.env["finance.close.unmapped"]._refresh(self.scenario, LAST)
        row = self.env["finance.close.unmapped"].search([("scenario_id", "=", self.scenario.id)])
        self.assertEqual((row.account_id, row.balance, row.amount, row.suggested_id.id), (extra, 10.0, 10.0, False))
        doer = row.with_user(self.people["doer"])
        with self.assertRaises(UserError, msg="no group account chosen"):
            doer.action_make_rule()
        doer.suggested_id = self.group["G100"]
        draft = self.env["finance.consolidation.mapping"].browse(doer.action_make_rule()["res_id"])
        self.assertEqual((draft.state, draft.version), ("draft", 2))
        self.assertEqual(draft.rule_ids.filtered(lambda rule: rule.code == "9990").account_id, self.group["G100"])

    def test_package_is_built_when_the_task_falls_due(self):
        """On working day 2 by the close calendar; before that it is pending (B-27)."""
        task = self.task("No drafts")
        task.write({"kind": "package"})
        self.finish("Accruals")
        task.due_at = datetime(2100, 1, 1)
        self.close.action_check()
        self.assertEqual((task.state, self.close.package_count), ("failed", 0))
        task.due_at = datetime(2026, 11, 4, 16, 0)
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 60.0)
        self.env["finance.close.task"]._cron_check()
        package = self.env["finance.consolidation.package"].search(self.close._packages_domain())
        self.assertEqual((task.state, package.entity_id, package.is_preliminary), ("done", self.entity, True))
        self.assertTrue(package.built_at)
        # what is right is not built again under the eyes of who reads it
        with patch.object(self.env.registry["finance.consolidation.package"], "_build", side_effect=AssertionError):
            task._check()
        self.assertEqual(task.state, "done")

    def test_pause_reprocess_validate_resume(self):
        """What arrives meanwhile waits, what failed is worked, nothing is lost, who paused is told (C-21)."""
        if "test.finance.effect" not in self.env:
            self.skipTest("test_finance_connector is not installed")
        connection = self.make_connection("finance.adapter.test", owner_id=self.people["checker"].id)
        flow, other, resting = (self.make_flow(connection, name=name) for name in ("one", "draining", "resting"))
        other.draining = resting.paused = True
        [failed] = self.enqueue(flow, {"do": "hold"})
        self.drain(flow)
        self.assertState(failed, "held")
        with self.assertRaises(AccessError):
            self.env["finance.close.pause"].with_user(self.people["doer"])._begin(self.close, flow, "Cut-off")
        wizard = self.env["finance.close.pause.wizard"].with_user(self.people["boss"])
        dialog = wizard.create({"close_id": self.close.id, "reason": "Cut-off", "until": datetime(2026, 11, 1)})
        self.assertEqual(dialog.flow_ids, flow | other)
        # of what is not chosen in the menu nothing is named, whoever may see it otherwise
        self.people["boss"].company_ids |= self.other_company
        chosen = wizard.with_context(allowed_company_ids=self.other_company.ids)
        elsewhere = chosen.create({"close_id": self.close.id, "reason": "Cut-off"})
        self.assertFalse(elsewhere.company_ids | elsewhere.flow_ids.company_id)
        dialog.action_confirm()
        pause = self.close.pause_ids.with_user(self.people["boss"])
        self.assertTrue(flow.paused and other.paused)
        self.assertIn(self.people["checker"].partner_id, connection.message_ids[:1].notified_partner_ids)
        self.env["finance.close.pause"]._remind()
        self.assertEqual(pause.activity_ids.user_id, self.people["boss"])

        late = self.enqueue(flow, {"do": "effect", "key": "b"}, {"do": "effect", "key": "c"})
        self.drain()
        self.assertState(late, "queued")
        self.assertEqual((pause.waiting_count, pause.attention_count), (2, 1))

        failed.sudo().data = {"do": "effect", "key": "a"}
        pause.action_reprocess()
        self.assertTrue(flow.draining and not flow.paused)
        self.drain()
        self.assertState(failed | late, "done")
        self.assertEqual((pause.state, pause.retried_count, pause.waiting_count), ("reprocessing", 1, 0))

        self.finish("Accruals")
        pause.action_validate()
        self.assertEqual(self.task("No drafts").state, "done")
        pause.action_resume()
        self.assertEqual((flow.paused, flow.draining, other.draining, resting.paused), (False, False, True, True))
        self.assertEqual((pause.state, pause.resumed_by_id), ("resumed", self.people["boss"]))
        self.assertFalse(pause.activity_ids)
        self.assertAccounted(flow)

    def test_flows_work_by_the_close_calendar(self):
        """On the working day of a task, by the calendar of the company; a change moves what waits (B-27)."""
        flow = self.make_flow(handler=self.env["finance.flow"]._fields["handler"].get_values(self.env)[0])
        with self.assertRaises(ValidationError, msg="no task chosen"):
            flow.timing = "close_task"
        with freeze_time("2026-10-20"):
            flow.write({"timing": "close_task", "close_task_id": self.drafts.id})
            rhythm = flow._rhythm()
        # two working days after October, the holiday left out; at five in Berlin
        self.assertEqual(rhythm.turn(datetime(2026, 10, 20)), datetime(2026, 11, 4, 16, 0))
        [message] = self.enqueue(flow, {"do": "nothing"})
        waits = message.next_at
        self.assertGreater(waits, self.env.cr.now())
        self.assertEqual(flow.plain_state, "pending")
        self.drafts.due_days = 8
        message.invalidate_recordset()
        self.assertNotEqual(message.next_at, waits)
        with self.assertRaises(ValidationError, msg="a flow works by it"):
            self.drafts.due_days = -1

    def test_a_new_company_is_made_from_a_template(self):
        """What the template gives, and what is still missing (C-18)."""
        self.map_to_group([("equals", "9999", None, "G100", 100)], self.company)
        self.role.person_ids = [Command.create({"entity_id": self.entity.id, "user_id": self.people["checker"].id})]
        self.template.entity_ids = self.entity
        template = self.env["finance.close.onboarding.template"].create(
            {"name": "Like us", "scenario_ids": [Command.set(self.scenario.ids)], "like_entity_id": self.entity.id}
        )
        self.other_company.currency_id = self.eur
        self.people["checker"].company_ids |= self.other_company
        wizard = self.env["finance.close.onboarding.wizard"].create(
            {"template_id": template.id, "company_id": self.other_company.id, "code": "PL01"}
        )
        onboarding = self.env["finance.close.onboarding"].browse(wizard.action_confirm()["res_id"])
        entity = onboarding.entity_id
        self.assertIn(entity, self.scenario.entity_ids)
        self.assertIn(entity, self.template._entities())
        self.assertEqual(self.role._person(entity), self.people["checker"])
        own = self.env["finance.consolidation.mapping"].search([("company_id", "=", self.other_company.id)])
        self.assertEqual((own.state, own.rule_ids.mapped("code")), ("draft", ["9999"]))
        missing = {item.code for item in onboarding.item_ids if not item.is_done}
        self.assertEqual(missing, {"books", "three"})
        with self.assertRaises(UserError, msg="something is missing"):
            onboarding.action_finish()
        self.keep_books(self.other_company)
        for person in self.people.values():
            person.company_ids |= self.other_company
        onboarding.item_ids.invalidate_recordset()
        self.assertEqual(onboarding.item_ids.filtered(lambda item: not item.is_done).mapped("text"), [])
        onboarding.action_finish()
        self.assertEqual((onboarding.state, onboarding.progress), ("done", 100))

    def test_cockpit(self):
        """Companies by tasks, with the text of each cell (C-13)."""
        self.finish("Accruals", self.sister)
        shown = self.env["finance.close.period"].with_user(self.people["doer"]).get_cockpit(self.close.id)
        self.assertEqual([column["name"] for column in shown["columns"]], ["Accruals", "No drafts", "Compare"])
        key = shown["columns"][0]["key"]
        self.assertEqual([row["name"] for row in shown["rows"]], ["DE01 Own", "FR01 Sister", "The group"])
        self.assertEqual([row["cells"].get(key, {}).get("label") for row in shown["rows"]], ["Open", "Done", None])
        self.assertEqual([row["readiness"] for row in shown["rows"]], [0, 100, 0])
