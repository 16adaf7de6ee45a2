"""An answer that is lost, or is none: what becomes of the message, and how often the other side has acted.

Faults 5, 33 and 34 from the claim to the outcome, against a system that counts what it did.
"""

from odoo.tests import tagged

from .system_case import SystemCase

PAYMENT = {"method": "POST", "path": "payments", "json": {"amount": "12.00"}, "reads": True}


@tagged("post_install", "-at_install")
class TestFaultHttp(SystemCase):
    def flow_to(self, *, at_most_once=False, **values):
        connection = self.http_connection(**values)
        return self.make_flow(connection, handler="finance.handler.test.http", at_most_once=at_most_once)

    def done_over_there(self):
        return self.system.control("GET")["effects"]

    def test_fault_5_what_may_be_repeated_is_sent_again_with_the_same_key_and_done_once(self):
        flow = self.flow_to(http_honours_key=True)
        self.misbehave(mode="reset_after_effect", times=1)
        message = self.enqueue(flow, {**PAYMENT, "keyed": True})
        self.drain()
        self.assertState(message, "retry")
        self.assertEqual(self.done_over_there(), 1, "it had acted already")
        self.make_due(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.done_over_there(), 1, "one remote object")

    def test_fault_34_executed_and_then_no_answer_is_unknown_and_never_sent_again(self):
        flow = self.flow_to(at_most_once=True)
        self.misbehave(mode="reset_after_effect", times=1)
        message = self.enqueue(flow, PAYMENT)
        self.drain()
        self.assertState(message, "unknown")
        self.make_due(message)
        self.drain()
        self.assertState(message, "unknown")
        self.assertEqual(self.done_over_there(), 1)
        self.assertEqual(message.exception_ids.state, "open")

    def test_fault_33_a_page_in_place_of_an_answer_is_no_success(self):
        for mode in ("html", "nonsense"):
            for at_most_once, state in ((True, "unknown"), (False, "unknown")):
                flow = self.flow_to(at_most_once=at_most_once)
                self.misbehave(mode=mode, times=1)
                message = self.enqueue(flow, PAYMENT)
                self.drain()
                with self.subTest(mode, at_most_once=at_most_once):
                    self.assertState(message, state)
        # of what only reads a person sees the broken answer, and nothing is in doubt
        flow = self.flow_to()
        self.misbehave(mode="html", times=1)
        message = self.enqueue(flow, {"path": "echo", "reads": True})
        self.drain()
        self.assertState(message, "held")
        self.assertEqual(message.error_class, "data")
