"""Messages that need a person: whose they are, until when, and when they are solved."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestExceptions(FakeCase):
    def setUp(self):
        super().setUp()
        self.owner = self.user("admin")
        self.connection.owner_id = self.owner

    def fail(self, error="RejectedError", flow=None, **arguments):
        [message] = self.enqueue(flow or self.flow, {"do": "raise", "error": error, "arguments": arguments})
        self.drain()
        return message.exception_ids

    def tasks(self, exceptions):
        return self.env["mail.activity"].search(
            [("res_model", "=", "finance.exception"), ("res_id", "in", exceptions.ids)]
        )

    def test_b34_business_goes_to_the_business_owner_technical_to_the_connection_s(self):
        finance = self.user("operator")
        self.flow.business_owner_id = finance
        self.assertEqual(self.fail("RejectedError").owner_id, finance)
        self.assertEqual(self.fail("MalformedError").owner_id, finance)
        self.assertEqual(self.fail("AmbiguousError").owner_id, self.owner)

    def test_a_thousand_messages_with_one_cause_are_one_task(self):
        exceptions = self.fail() | self.fail() | self.fail()
        self.assertEqual(len(self.tasks(exceptions)), 1)
        self.assertEqual(self.tasks(exceptions).user_id, self.owner)
        other_cause = self.fail("MalformedError")
        self.assertEqual(len(self.tasks(other_cause)), 1)

    def test_the_task_goes_on_with_the_next_exception_and_ends_with_the_last(self):
        first, second = self.fail(), self.fail()
        first.message_id._discard("wrong")
        self.assertEqual(first.state, "solved")
        self.assertEqual(self.tasks(first | second).res_id, second.id)
        second.message_id._discard("wrong")
        self.assertFalse(self.tasks(first | second))

    def test_a_message_has_one_open_exception_however_often_it_fails(self):
        exception = self.fail()
        message = exception.message_id
        message.action_retry()
        self.assertEqual((exception.state, exception.resolution), ("solved", "retried"))
        self.drain()
        self.assertEqual(message.exception_ids.mapped("state"), ["open", "solved"])
        self.env["finance.exception"]._raise_for(message, reason="malformed", error_class="data", detail="worse")
        still_open = message.exception_ids.filtered(lambda exception: exception.state == "open")
        self.assertEqual((still_open.reason_code, still_open.detail), ("malformed", "worse"))

    def test_a_cause_without_a_catalogue_entry_is_shown_by_its_code(self):
        exception = self.fail(reason="acme.no_such_thing")
        self.assertEqual(exception.reason_id.name, "Acme: no such thing")
        self.assertTrue(exception.remedy)

    def test_the_fix_of_a_cause_is_offered(self):
        exception = self.fail("AuthNeededError", reason="login_refused")
        action = self.as_user(exception, "operator").action_fix()
        self.assertEqual((action["res_model"], action["res_id"]), ("finance.connection", self.connection.id))
        with self.assertRaisesRegex(Exception, "no one-click fix"):
            self.as_user(
                self.fail(flow=self.make_flow(self.make_connection("finance.adapter.test"))), "operator"
            ).action_fix()

    # -- B-35 ----------------------------------------------------------------------------------

    def test_b35_overdue_exceptions_escalate_once(self):
        exception = self.fail()
        worker = self.user("operator")
        exception.owner_id = worker
        before = self.tasks(exception)
        self.env["finance.exception"]._cron_escalate()
        self.assertEqual(self.tasks(exception), before, "not due yet")
        # as time does it: nothing is written
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_exception SET due_at = now() - interval '1 hour' WHERE id = %s", exception.ids
        )
        self.env.invalidate_all()
        for _round in range(2):
            self.env["finance.exception"]._cron_escalate()
        self.assertTrue(exception.is_overdue)
        warning = self.tasks(exception) - before
        self.assertEqual(warning.user_id, self.owner, "to the owner of the connection")
        self.assertEqual(exception.owner_id, worker, "it stays the task of whoever has it")

    def test_b35_what_nobody_owns_becomes_somebody_s(self):
        administrator = self.user("admin", number=2)
        exception = self.fail()
        exception.owner_id = False
        self.owner.active = False
        self.env["finance.exception"]._cron_escalate()
        self.assertEqual(exception.owner_id, administrator)
        self.assertIn(administrator, self.tasks(exception).user_id)

    def test_age_and_deadline(self):
        exception = self.fail()
        hours = exception.reason_id.due_hours
        self.assertEqual(exception.due_at - exception.opened_at, timedelta(hours=hours))

    # -- rights --------------------------------------------------------------------------------

    def test_taking_an_exception(self):
        exception = self.fail()
        for role in ("operator", "steward", "admin"):
            self.as_user(exception, role).action_take()
            self.assertEqual(exception.owner_id, self.user(role))
        for role in ("viewer", "auditor"):
            with self.assertRaises(AccessError):
                self.as_user(exception, role).action_take()

    def test_only_the_owner_can_be_written(self):
        exception = self.fail()
        mine = self.as_user(exception, "operator")
        mine.owner_id = self.user("steward")
        self.assertEqual(exception.owner_id, self.user("steward"))
        for values in ({"state": "solved"}, {"due_at": False}, {"owner_id": False, "resolution": "fixed"}):
            with self.assertRaises(AccessError):
                mine.write(values)

    def test_whoever_sees_an_exception_may_discuss_it(self):
        exception = self.fail()
        self.as_user(exception, "viewer").message_post(body="I asked the bank.")
        self.assertIn("I asked the bank.", exception.message_ids[0].body)
