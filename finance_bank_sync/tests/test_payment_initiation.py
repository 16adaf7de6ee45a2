"""Payments over a bank's interface (K-07; faults 4, 5, 33 to 35, 38): asked once, authorised by a person."""

import urllib.request
from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from sandbox.process import StandIn

from ..controllers import payment as controller
from ..models import finance_bank_connection, finance_payment_initiation
from ..payments.banking_days import on_or_after
from .common import IBAN
from .payment_case import PaymentCase

ADDRESS = "203.0.113.7"


@tagged("post_install", "-at_install")
class TestPaymentInitiation(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = StandIn("sandbox.berlingroup")
        cls.addClassCleanup(cls.bank.stop)

    def setUp(self):
        super().setUp()
        self.bank.control("POST", "/reset")
        self.bank.control("DELETE", "/chaos")
        # the bank's day: it carries out on Saturday what it is given then only on Monday
        self.today = str(on_or_after(self.env.cr.now().date()))
        self.bank.control("PUT", "/settings", {"today": self.today})
        self.bank.control("POST", "/account", {"iban": IBAN, "opening": "100000.00"})
        self.connection = self.make_connection(
            "finance.bank.adapter.berlin.group",
            name="Open bank",
            http_base_url=f"http://localhost:{self.bank.ready['ports']['plain']}{self.bank.ready['prefix']}",
            http_networks="127.0.0.0/8, ::1",
            http_allow_plain=True,
            http_read_timeout=2,
            http_total_timeout=3,
        )
        self.flow = self.make_flow(self.connection, name="Payments", handler="finance.handler.payment.initiation")
        agent = SimpleNamespace(string="Browser")
        self.browser = SimpleNamespace(httprequest=SimpleNamespace(remote_addr=ADDRESS, user_agent=agent), session={})
        for module in (finance_bank_connection, finance_payment_initiation):
            patcher = patch.object(module, "request", self.browser)
            patcher.start()
            self.addCleanup(patcher.stop)

    # -- there -------------------------------------------------------------------------------------

    def habits(self, **values):
        self.bank.control("PUT", "/payments", values)

    def chaos(self, mode, **values):
        self.bank.control("PUT", "/chaos", [{"mode": mode, "path": f"{self.bank.ready['prefix']}/payments", **values}])

    def calm(self):
        self.bank.control("DELETE", "/chaos")

    def counts(self):
        return self.bank.control("GET", "/")["payments"]["counts"]

    def requests(self, method, part):
        found = self.bank.control("GET", "/")["requests"]
        return [one for one in found if one["method"] == method and part in one["path"]]

    # -- here --------------------------------------------------------------------------------------

    def send(self, *amounts, **values):
        order = self.released(*amounts or (100.0,), flow_id=self.flow.id, **values)
        self.drain()
        return order

    def say(self, order, answer="yes"):
        """The releaser goes to the bank's page, answers there, and is sent back."""
        self.bank.control("PUT", "/settings", {"person_says": answer})
        action = self.by(self.releaser, order).action_authorise()
        opener = urllib.request.build_opener(_NoRedirect)
        response = opener.open(action["url"])
        return response.headers["Location"]

    def come_back(self, address, user=None):
        query = dict(part.split("=", 1) for part in address.partition("?")[2].split("&"))
        session = self.browser.session.get(finance_payment_initiation.SESSION) or {}
        back = self.by(user or self.releaser, self.env["finance.payment.initiation"])._come_back(query, session)
        self.drain()
        return back

    def ask(self, order, times=1):
        for _number in range(times):
            order.initiation_ids._ask()
            self.drain()

    def test_k07_from_release_to_the_yes_of_the_releaser(self):
        order = self.send(100.0)
        initiation = order.initiation_ids
        self.assertEqual((order.state, initiation.said, initiation.service), ("sent", "RCVD", "payments"))
        self.assertEqual(order.bank_reference, initiation.reference)
        self.assertIn("Authorise", order.attention)
        self.assertFalse(self.counts(), "nobody has said yes")
        [asked] = self.requests("POST", "/payments/sepa-credit-transfers")
        self.assertEqual(asked["headers"]["x-request-id"], initiation.request_key)
        self.assertEqual(asked["headers"]["psu-ip-address"], ADDRESS)
        order = self.come_back(self.say(order))
        self.assertFalse(order.attention)
        self.assertEqual(self.counts(), {order.line_ids.end_to_end_id: 1})
        self.ask(order, 3)
        self.assertEqual(order.line_ids.state, "confirmed")
        self.assertFalse(initiation.next_at, "the statement says the rest")

    def test_a_no_of_the_person_is_a_rejection(self):
        order = self.send(100.0)
        self.come_back(self.say(order, "no"))
        self.assertEqual((order.state, order.line_ids.state), ("rejected", "rejected"))
        self.assertFalse(self.counts())

    def test_only_the_releaser_says_yes_and_comes_back(self):
        order = self.send(100.0)
        for user in (self.second_releaser, self.approver):
            with self.assertRaises(AccessError):
                self.by(user, order).action_authorise()
        address = self.say(order)
        self.assertFalse(self.come_back(address, self.second_releaser))
        self.assertTrue(self.come_back(address))
        self.assertFalse(self.come_back(address), "an address is good once")

    def test_many_payments_are_a_bulk(self):
        order = self.send(100.0, 250.0)
        self.assertEqual(order.initiation_ids.service, "bulk-payments")
        self.come_back(self.say(order))
        self.assertEqual(self.counts(), dict.fromkeys(order.line_ids.mapped("end_to_end_id"), 1))

    def test_the_approved_file_is_the_body(self):
        self.flow.payment_body = "pain.001"
        order = self.send(100.0, 250.0)
        self.assertEqual(order.initiation_ids.product, "pain.001-sepa-credit-transfers")
        with order._file() as ours, order.initiation_ids.sudo().body_id._open() as body:
            self.assertEqual(ours.read(), body.read())
        self.come_back(self.say(order))
        self.assertEqual(self.counts(), dict.fromkeys(order.line_ids.mapped("end_to_end_id"), 1))

    def test_what_the_interface_cannot_tell_is_not_released(self):
        order = self.approved(100.0, flow_id=self.flow.id, urgency="instant", profile="sepa_inst")
        with self.assertRaisesRegex(UserError, "instant-sepa-credit-transfers"):
            self.release(order)
        order = self.make_order(100.0, 50.0, flow_id=self.flow.id)
        order.line_ids[0].date = "2030-01-07"
        order.action_propose()
        self.approve(order)
        with self.assertRaisesRegex(UserError, "one day"):
            self.release(order)

    # -- faults ------------------------------------------------------------------------------------

    def test_fault_33_a_good_status_with_nonsense_is_not_a_success(self):
        for mode in ("html", "nonsense"):
            self.chaos(mode, times=1)
            order = self.send(100.0)
            self.assertEqual(order.state, "unknown", mode)
            self.assertState(order.message_id, "unknown")
            self.calm()

    def test_fault_33_a_documented_refusal_with_a_good_status_is_a_no(self):
        body = '{"tppMessages": [{"category": "ERROR", "code": "EXECUTION_DATE_INVALID", "text": "too late"}]}'
        self.chaos("status", status=200, body=body, headers={"Content-Type": "application/json"}, times=1)
        order = self.send(100.0)
        self.assertState(order.message_id, "held", "http_rejected")
        self.assertEqual(order.state, "released")
        self.assertIn("EXECUTION_DATE_INVALID", order.attention)

    def test_a_definite_refusal_leaves_it_released(self):
        order = self.approved(100.0, flow_id=self.flow.id)
        self.browser.httprequest.remote_addr = ""
        self.release(order)
        self.drain()
        self.assertState(order.message_id, "held")
        self.assertEqual(order.state, "released")
        order._cancel("made anew")
        self.assertEqual(order.state, "cancelled")

    def test_fault_34_a_timeout_after_the_effect_is_never_sent_again(self):
        self.chaos("reset_after_effect", times=1)
        self.habits(exempted=True)
        order = self.send(100.0)
        self.assertEqual(order.state, "unknown")
        self.assertEqual(self.counts(), {order.line_ids.end_to_end_id: 1}, "the bank has executed it")
        self.calm()
        self.env["finance.payment.order"]._cron_inquire()
        self.drain()
        self.assertEqual(order.state, "unknown", "this bank cannot be asked without an id")
        self.assertEqual(len(self.requests("POST", "/payments/")), 1)

    def test_fault_5_and_34_where_the_bank_promises_it_the_same_request_is_the_inquiry(self):
        self.connection.http_honours_key = True
        self.chaos("reset_after_effect", times=1)
        self.habits(exempted=True)
        order = self.send(100.0)
        self.assertEqual(order.state, "unknown")
        self.calm()
        self.env["finance.payment.order"]._cron_inquire()
        self.drain()
        self.assertNotEqual(order.state, "unknown")
        self.assertState(order.message_id, "done")
        self.assertEqual(self.counts(), {order.line_ids.end_to_end_id: 1}, "one key, one payment")
        first, second = self.requests("POST", "/payments/")
        self.assertEqual(first["headers"]["x-request-id"], second["headers"]["x-request-id"])

    def test_fault_35_refused_connections_are_tried_again(self):
        self.bank.control("POST", "/refuse")
        order = self.send(100.0)
        self.assertState(order.message_id, "retry")
        self.assertEqual(order.state, "released")
        self.bank.control("POST", "/accept")
        self.env["finance.circuit"].search([]).unlink()
        self.make_due(order.message_id)
        self.drain()
        self.assertEqual(order.state, "sent")
        self.assertEqual(len(self.requests("POST", "/payments/")), 1)

    def test_fault_38_a_bank_that_knows_nothing_yet_is_only_slow(self):
        self.habits(lag=2)
        order = self.send(100.0)
        self.come_back(self.say(order))
        self.assertEqual(order.line_ids.state, "received")
        self.ask(order, 2)
        self.assertEqual(order.line_ids.state, "received")
        self.assertEqual(self.counts(), {order.line_ids.end_to_end_id: 1})

    def test_the_bank_is_asked_again_by_itself_until_it_has_said_all(self):
        order = self.send(100.0)
        self.come_back(self.say(order))
        initiation = order.sudo().initiation_ids
        for _number in range(4):
            initiation.next_at = self.env.cr.now()
            self.env["finance.payment.initiation"]._cron_ask()
            self.drain()
        self.assertEqual(order.line_ids.state, "confirmed")
        asked = len(self.requests("GET", "/status"))
        self.env["finance.payment.initiation"]._cron_ask()
        self.drain()
        self.assertEqual(len(self.requests("GET", "/status")), asked)

    def recall(self, order):
        with self.at_the_screen(self.releaser):
            wizard = self.by(self.releaser, self.env["finance.payment.recall.wizard"])
            wizard.create({"order_id": order.id, "code": "CUST"}).action_confirm()
        self.drain()

    def test_what_was_not_executed_is_cancelled_at_the_bank(self):
        order = self.send(100.0)
        self.recall(order)
        self.assertEqual((order.state, order.line_ids.state), ("cancelled", "cancelled"))

    def test_what_was_executed_is_not(self):
        order = self.send(100.0)
        self.come_back(self.say(order))
        self.recall(order)
        self.assertNotEqual(order.state, "cancelled")
        self.assertIn("does not cancel", order.attention)

    def test_the_page_of_the_bank_lies_where_the_connection_may_go(self):
        order = self.send(100.0)
        order.initiation_ids.sudo().page = "https://elsewhere.example/sca"
        with self.assertRaises(UserError):
            self.by(self.releaser, order).action_authorise()

    def test_the_way_back_tells_nothing(self):
        """Whatever comes by the address: nothing but a question to the bank follows."""
        self.assertEqual(controller.RETURN, "/finance/payment/return")
        order = self.send(100.0)
        self.assertFalse(self.come_back("x?state=guessed&status=ACSC"))
        self.assertEqual(order.line_ids.state, "received")


class _NoRedirect(urllib.request.HTTPErrorProcessor):
    def http_response(self, _request, response):
        return response

    https_response = http_response
