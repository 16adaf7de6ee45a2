"""When flows work: opening times and cut-offs (B-28), rhythms as data (B-27), plain states (K-33)."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.transaction import NestedSteps
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestTiming(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = cls.env.cr.now().replace(microsecond=0)
        cls.flow.direction = "out"

    def calendar(self, days=1, **window):
        """Opening times that begin at 8:00 UTC on the weekday so many days from now."""
        day = self.now + timedelta(days=days)
        return self.env["finance.calendar"].create(
            {
                "name": "Bank",
                "tz": "UTC",
                "window_ids": [(0, 0, {"weekday": str(day.weekday()), "start": 8, "end": 18, **window})],
            }
        )

    def opening(self, days=1, hour=8):
        return (self.now + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)

    # -- B-28 ----------------------------------------------------------------------------------

    def test_b28_outside_of_the_window_it_waits_and_says_until_when(self):
        for holder in (self.connection, self.flow):
            with self.subTest(holder._name):
                holder.calendar_id = self.calendar()
                message = self.enqueue(self.flow, {})
                self.assertEqual(message.next_at, self.opening())
                self.assertIn("08:00 UTC", message.waits_text)
                self.drain()
                self.assertState(message, "queued")
                self.assertEqual(self.flow.plain_state, "pending")
                self.assertIn("08:00 UTC", self.flow.plain_text)
                self.make_due(message)
                holder.calendar_id = False
                self.drain()
                self.assertState(message, "done")
                self.assertEqual(self.flow.plain_state, "current")

    def test_b28_after_the_cutoff_it_is_the_next_window(self):
        always = self.env["finance.calendar"].create({"name": "Always", "tz": "UTC"})
        self.flow.calendar_id = always
        on_time = self.enqueue(self.flow, {})
        self.assertEqual(on_time.next_at, self.env.cr.now())
        # open all day, but the cut-off was in the first minute of it
        always.window_ids = [(0, 0, {"weekday": str(day), "start": 0, "end": 24, "cutoff": 1 / 60}) for day in range(7)]
        late = self.enqueue(self.flow, {})
        self.assertEqual(late.next_at, self.opening(hour=0))
        self.drain()
        self.assertState(on_time, "done")
        self.assertState(late, "queued")

    def test_b28_what_is_due_when_it_is_closed_waits_for_the_next_window(self):
        """A backlog, a pause or a retry that lasts longer than the window."""
        messages = self.enqueue(self.flow, {}, {}, order_key="k")
        self.flow.calendar_id = self.calendar()
        self.drain()
        self.assertState(messages, "queued")
        self.assertEqual(set(messages.mapped("next_at")), {self.opening()})

    def test_b28_critical_messages_are_exempt(self):
        self.flow.write({"calendar_id": self.calendar().id, "exempt_priority": 10})
        urgent = self.enqueue(self.flow, {}, priority=5)
        normal = self.enqueue(self.flow, {})
        self.make_due(normal)
        self.drain()
        self.assertState(urgent, "done")
        self.assertState(normal, "queued")
        self.assertEqual(normal.next_at, self.opening())

    def test_b28_a_holiday_moves_what_waits(self):
        calendar = self.flow.calendar_id = self.calendar()
        message = self.enqueue(self.flow, {})
        calendar.holiday_ids = [(0, 0, {"date": self.opening().date(), "name": "Bank holiday"})]
        self.assertEqual(message.next_at, self.opening(days=8))
        calendar.holiday_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(message.next_at, self.opening())

    def test_what_waits_for_a_reason_of_its_own_is_not_moved(self):
        self.flow.calendar_id = self.calendar()
        at = self.opening() + timedelta(hours=1, minutes=7)
        message = self.enqueue(self.flow, {}, not_before=at)
        self.assertEqual(message.next_at, at)
        self.flow.calendar_id = False
        self.assertEqual(message.next_at, at)

    def test_incoming_messages_are_worked_here_at_any_time_but_not_fetched(self):
        self.flow.write({"direction": "in", "fetch_interval": 10})
        self.connection.calendar_id = self.calendar()
        arrived = self.enqueue(self.flow, {})
        self.env["finance.flow"]._cron_schedule()
        fetch = self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("kind", "=", "fetch")])
        self.assertEqual(fetch.next_at, self.opening())
        self.assertEqual(self.flow.next_fetch_at, self.opening())
        self.make_due(fetch)
        self.drain()
        self.assertState(arrived, "done")
        self.assertState(fetch, "queued")

    def test_opening_times_are_sane(self):
        for window in ({"start": 18, "end": 8}, {"cutoff": 7}, {"cutoff": 19}):
            with self.subTest(window), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.calendar(**window)

    # -- B-27 ----------------------------------------------------------------------------------

    def test_b27_changing_the_rhythm_changes_the_schedule(self):
        messages = self.enqueue(self.flow, {})
        self.assertEqual(messages.next_at, self.env.cr.now(), "at once")
        for values, check in (
            ({"timing": "micro_batch", "timing_minutes": 20}, lambda at: at.minute % 20 == 0),
            ({"timing": "hourly"}, lambda at: at.minute == 0),
            ({"timing": "daily", "timing_hour": 5.5}, lambda at: (at.hour, at.minute) == (5, 30)),
            ({"timing": "close", "timing_workday": 1, "timing_hour": 7}, lambda at: at.day <= 3 and at.hour == 7),
        ):
            with self.subTest(values["timing"]):
                self.flow.connection_id.owner_id.tz = "UTC"
                self.flow.write(values)
                messages |= self.enqueue(self.flow, {})
                waiting = messages.filtered(lambda message: message.next_at > self.env.cr.now())
                self.assertTrue(waiting)
                for message in waiting:
                    self.assertTrue(check(message.next_at), message.next_at)
        self.flow.timing = "real_time"
        self.env.invalidate_all()
        self.assertEqual(set(messages.mapped("next_at")), {self.env.cr.now()})
        self.drain()
        self.assertState(messages, "done")

    def test_b27_a_full_batch_leaves_at_once(self):
        self.flow.write({"timing": "micro_batch", "timing_minutes": 1440, "timing_count": 3})
        first = self.enqueue(self.flow, {}, {})
        self.drain()
        self.assertState(first, "queued")
        last = self.enqueue(self.flow, {})
        self.drain()
        self.assertState(first | last, "done")

    def test_b27_a_full_batch_still_waits_for_the_window(self):
        self.flow.write(
            {"timing": "micro_batch", "timing_count": 2, "calendar_id": self.calendar().id, "timing_minutes": 60}
        )
        messages = self.enqueue(self.flow, {}, {}, {})
        self.drain()
        self.assertState(messages, "queued")
        self.assertEqual(set(messages.mapped("next_at")), {self.opening()})

    def test_b27_a_flow_that_fetches_keeps_the_rhythm_by_fetching(self):
        self.flow.write({"direction": "in", "fetch_interval": 5, "timing": "daily", "timing_hour": 5})
        self.env["finance.flow"]._cron_schedule()
        self.assertEqual(self.flow.next_fetch_at.minute, 0)
        arrived = self.enqueue(self.flow, {})
        self.drain()
        self.assertState(arrived, "done")
        self.flow.timing = "real_time"
        self.assertEqual(self.flow.next_fetch_at, self.env.cr.now() + timedelta(minutes=5))

    def test_rhythms_are_sane(self):
        for values in ({"timing_minutes": 0}, {"timing_hour": 24}, {"timing_workday": 0}, {"timing_count": -1}):
            with self.subTest(values), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                self.flow.write(values)
                self.flow.flush_recordset()
            self.assertRegex(str(caught.exception), "timing_is_sane|between")

    def test_a_flow_without_times_pays_nothing(self):
        run = self.env["finance.dispatcher"]._begin(NestedSteps(self.env.cr), None)
        self.enqueue(self.flow, {})
        lanes = self.env["finance.dispatcher"]._ready_lanes(run)
        with self.assertQueryCount(1):
            self.env["finance.dispatcher"]._ready_lanes(run)
        self.assertEqual([lane.id for lane in lanes], self.flow.ids)

    # -- K-33 ----------------------------------------------------------------------------------

    def test_k33_a_flow_says_where_it_stands(self):
        def stands():
            self.env.invalidate_all()
            return self.flow.plain_state

        self.assertEqual(stands(), "current")
        self.enqueue(self.flow, {})
        self.assertEqual(stands(), "pending")
        self.flow.action_pause()
        self.assertEqual(stands(), "pending")
        self.assertIn("resumed", self.flow.plain_text)
        self.flow.action_resume()
        self.drain()
        self.assertEqual(stands(), "current")
        [held] = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"})
        self.drain()
        self.assertEqual(stands(), "action")
        held._discard("no")
        stop = self.env["finance.stop"]._stop("flow", "x", flow=self.flow)
        self.assertEqual(stands(), "action")
        stop._release("over")
        self.assertEqual(stands(), "current")

    def test_opening_times_in_use_stay(self):
        calendar = self.flow.calendar_id = self.calendar()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            calendar.unlink()
