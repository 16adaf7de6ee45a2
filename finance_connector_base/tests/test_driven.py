"""Flows driven by the connection, by a program, or by both (S-27, S-33): equal results, and nothing twice."""

import base64
import json
import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..engine.envelope import Envelope
from ..models.finance_adapter_folder import ROOTS_VARIABLE
from .api_case import Asking
from .definition_case import DefinitionCase
from .fake_case import FakeCase

CONTENT = b"<Document>ours</Document>"
INVOICE = {
    "object": "customer_invoice",
    "number": "S-1001",
    "date": "2026-03-02",
    "currency": "EUR",
    "partner": {"external_id": "c-7", "name": "Ada Byron"},
    "lines": [{"name": "Chair", "quantity": "2", "net": "200.00"}],
    "total": "200.00",
}


class Driving(Asking):
    """Mixin for a HttpCase: a program that drives flows."""

    @classmethod
    def let_in(cls, login="middleware", **values):
        groups = "base.group_user,finance_connector_base.finance_group_viewer"
        user = new_test_user(
            cls.env, login=login, groups=groups, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)]
        )
        client = cls.make_client(user, cls.company, "flows:drive", **values)
        return client, client._new_key(30)

    def name_of(self, record, kind=None):
        kind = kind or record._name.rpartition(".")[2]
        return self.env["finance.api"]._names().of(kind, record.id)

    def message_of(self, told):
        return self.env["finance.message"].browse(self.env["finance.api"]._names().read("message", told["id"]))

    def bring(self, flow, name="statement-1.txt", content=b"a b", *, once, **options):
        file = {"name": name, "content": base64.b64encode(content).decode()}
        return self.ask(f"/flows/{self.name_of(flow)}/messages", body={"file": file}, once=once, **options)

    def take(self, flow, most=10, *, once="take", **options):
        return self.ask(f"/flows/{self.name_of(flow)}/take", body={"most": most}, once=once, **options)

    def content(self, flow, message, **options):
        return self.ask(f"/flows/{self.name_of(flow)}/messages/{self.name_of(message)}/content", **options)

    def report(self, flow, message, outcome, *, once=None, key=None, **said):
        path = f"/flows/{self.name_of(flow)}/messages/{self.name_of(message)}/outcome"
        return self.ask(path, body={"outcome": outcome, **said}, once=once or f"{outcome}-{message.id}", key=key)


@tagged("post_install", "-at_install")
class TestDriven(Driving, HttpCase, FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.startClassPatcher(patch.dict(os.environ, {ROOTS_VARIABLE: str(cls.root)}))
        cls.folder = cls.make_connection(
            "finance.adapter.folder", folder_path=str(cls.root / "in"), folder_out=str(cls.root / "out")
        )
        cls.out = cls.make_flow(cls.folder, handler="finance.handler.file.out", direction="out")
        cls.inbound = cls.make_flow(cls.folder, fetch_interval=15)
        cls.client, cls.key = cls.let_in(flow_ids=[Command.set((cls.out | cls.inbound).ids)])
        cls.other, cls.other_key = cls.let_in("middleware2", flow_ids=[Command.set(cls.inbound.ids)])

    def setUp(self):
        super().setUp()
        for name in ("in", "out"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()

    def driven_by(self, who, flow=None, **values):
        (flow or self.out | self.inbound).write({"driven_by": who, **values})

    def queue(self, name="pain.xml", **envelope):
        payload = self.env["finance.payload"]._store(CONTENT, company=self.company, name=name)
        return self.env["finance.message"]._enqueue(
            self.out, [Envelope(subject=name, payload_id=payload.id, **envelope)]
        )

    def sent(self):
        return sorted(path.name for path in (self.root / "out").iterdir())

    # -- in --------------------------------------------------------------------------------

    def test_s33_a_file_is_worked_alike_whoever_brings_it(self):
        results = {}
        for who in ("adapter", "middleware"):
            self.driven_by(who)
            content = f"{who} x".encode()
            (self.root / "in" / f"statement-{who}.txt").write_bytes(content)
            if who == "middleware":
                answer = self.bring(self.inbound, f"statement-{who}.txt", content, once=who)
                self.assertEqual(answer.status_code, 202, answer.text)
            with patch("odoo.addons.finance_connector_base.models.finance_handler_fetch.SETTLE_SECONDS", 0):
                self.inbound._enqueue_fetch(self.env.cr.now())
                self.drain()
            [message] = self.env["finance.message"].search(
                [("flow_id", "=", self.inbound.id), ("subject", "=", f"statement-{who}.txt")]
            )
            facts = (message.state, message.business_key.replace(who, ""), message.payload_size - len(who))
            results[who] = (*facts, message.dedupe_key == f"sha256:{message.payload_sha256}", message.result)
        self.assertEqual(results["adapter"], results["middleware"])
        self.assertEqual(results["adapter"][0], "done")
        self.assertTrue((self.root / "in" / "statement-middleware.txt").exists(), "nothing was fetched")
        with self.assertRaises(UserError):
            self.as_user(self.inbound, "operator").action_fetch_now()
        self.assertAccounted(self.inbound)

    def test_s33_a_run_that_was_queued_before_fetches_nothing(self):
        self.inbound._enqueue_fetch(self.env.cr.now())
        self.driven_by("middleware")
        self.drain()
        [run] = self.env["finance.message"].search([("flow_id", "=", self.inbound.id), ("kind", "=", "fetch")])
        self.assertState(run, "ignored", "driven_by_program")

    def test_s33_hybrid_doubles_nothing(self):
        self.driven_by("both")
        self.connection_is_down(True)
        first = self.message_of(self.bring(self.inbound, once="1").json())
        self.drain()
        self.assertState(first, "done")
        self.connection_is_down(False)
        (self.root / "in" / "statement-9.txt").write_bytes(b"a b")
        (self.root / "in" / "statement-1.camt").write_bytes(b"a  b\n")
        with patch("odoo.addons.finance_connector_base.models.finance_handler_fetch.SETTLE_SECONDS", 0):
            self.inbound._enqueue_fetch(self.env.cr.now())
            self.drain()
        fetched = self.env["finance.message"].search(
            [("flow_id", "=", self.inbound.id), ("kind", "=", "exchange"), ("id", ">", first.id)]
        )
        self.assertEqual(
            sorted(fetched.mapped(lambda m: (m.state, m.reason_code))),
            [("ignored", "brought_by_hand"), ("ignored", "duplicate")],
        )
        again = self.bring(self.inbound, "another name.txt", once="2").json()
        self.assertEqual((again["state"], again["reason"]), ("ignored", "duplicate"))
        self.assertEqual(self.bring(self.inbound, once="1").headers["Idempotency-Replayed"], "true")

    def connection_is_down(self, is_down):
        self.folder.sudo().auth_needed = is_down

    # -- out -------------------------------------------------------------------------------

    def test_s33_a_file_is_delivered_alike_whoever_does_it(self):
        direct = self.queue()
        self.drain()
        self.driven_by("middleware")
        message = self.queue()
        self.drain()
        self.assertState(message, "queued")
        [taken] = self.take(self.out).json()["data"]
        self.assertEqual(self.message_of(taken["message"]), message)
        self.assertState(message, "processing")
        told = self.content(self.out, message).json()
        self.assertEqual((base64.b64decode(told["content"]), told["name"]), (CONTENT, "pain.xml"))
        self.assertEqual((taken["sha256"], taken["size"]), (message.payload_sha256, len(CONTENT)))
        answer = self.report(self.out, message, "delivered")
        self.assertEqual((answer.status_code, answer.json()["state"]), (200, "done"), answer.text)
        self.assertEqual(direct.result, message.result)
        self.assertEqual(
            direct.transition_ids.sorted("id").mapped("after"), message.transition_ids.sorted("id").mapped("after")
        )
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["done"])
        self.assertEqual(self.sent(), ["pain.xml"], "the connection has sent the first one only")
        self.assertEqual(self.take(self.out, once="again").json()["data"], [])
        self.assertEqual(self.problem(self.content(self.out, message)), (409, "conflict"))
        self.assertAccounted(self.out)

    def test_s33_what_failed_means_the_same(self):
        self.driven_by("middleware", at_most_once=True)
        messages = self.queue("a") | self.queue("b") | self.queue("c")
        self.assertEqual(len(self.take(self.out).json()["data"]), 3)
        for message, outcome in zip(messages, ("rejected", "not_sent", "unknown"), strict=True):
            self.assertEqual(self.problem(self.report(self.out, message, outcome, once="x")), (422, "invalid"))
            self.report(self.out, message, outcome, detail="The bank says no")
        self.assertEqual(messages.mapped("state"), ["held", "retry", "unknown"])
        self.assertEqual(messages.mapped("reason_code"), ["rejected", "transient", "ambiguous"])
        self.assertEqual((messages[0] | messages[2]).exception_ids.mapped("state"), ["open", "open"])
        self.assertEqual(self.problem(self.report(self.out, messages[2], "delivered")), (409, "conflict"))
        self.make_due(messages[1])
        self.assertEqual(len(self.take(self.out, once="2").json()["data"]), 1, "only what was certainly not sent")

    def test_s33_a_program_that_falls_silent(self):
        """Each message was in its hands: where nothing is sent twice the outcome of each is unknown."""
        for at_most_once, state in ((True, "unknown"), (False, "queued")):
            with self.subTest(at_most_once=at_most_once):
                self.driven_by("middleware", at_most_once=at_most_once)
                messages = self.queue("a") | self.queue("b")
                self.assertEqual(len(self.take(self.out, once=state).json()["data"]), 2)
                self.env.cr.execute("UPDATE finance_worker SET lease_until = now() - interval '1 day'")
                self.drain()
                self.assertState(messages, state)
                late = self.report(self.out, messages[0], "delivered")
                self.assertEqual(self.problem(late), (409, "conflict"))

    def test_s33_hybrid_sends_once(self):
        self.driven_by("both")
        mine, theirs = self.queue("mine", order_key="k"), self.queue("theirs", order_key="k")
        [taken] = self.take(self.out).json()["data"]
        self.assertEqual(self.message_of(taken["message"]), mine, "the second waits for the first of its key")
        self.drain()
        self.assertEqual(self.sent(), [])
        self.report(self.out, mine, "delivered", reference="BANK-1")
        self.drain()
        self.assertEqual(self.sent(), ["theirs"])
        self.assertState(mine | theirs, "done")
        self.assertEqual(mine.result["reference"], "BANK-1")

    def test_nothing_is_given_while_it_is_paused_or_stopped(self):
        self.driven_by("middleware")
        self.queue()
        self.out.paused = True
        self.assertEqual(self.take(self.out).json()["data"], [])
        self.out.paused = False
        stop = self.env["finance.stop"].create(
            {
                "scope": "flow",
                "flow_id": self.out.id,
                "reason": "wrong file",
                "user_id": self.env.uid,
                "stopped_at": self.env.cr.now(),
            }
        )
        self.assertEqual(self.take(self.out, once="2").json()["data"], [])
        stop.write({"released_at": self.env.cr.now(), "release_reason": "it was right"})
        self.assertEqual(len(self.take(self.out, once="3").json()["data"]), 1)

    # -- rights ----------------------------------------------------------------------------

    def test_attack_9_flows_of_others_are_not_there(self):
        """Another program, another company, a flow that the connection drives, a key without the right."""
        self.assertEqual(self.ask("/flows").json()["data"], [], "the connection drives them")
        self.assertEqual(self.problem(self.take(self.out)), (404, "not_found"))
        self.driven_by("middleware")
        message = self.queue()
        told = self.ask("/flows").json()["data"]
        self.assertEqual({one["id"] for one in told}, {self.name_of(self.out), self.name_of(self.inbound)})
        self.assertEqual(len(self.ask("/flows", key=self.other_key).json()["data"]), 1)
        for answer in (
            self.take(self.out, key=self.other_key, once="o"),
            self.ask(f"/flows/{self.name_of(self.out)}/messages", key=self.other_key),
        ):
            self.assertEqual(self.problem(answer), (404, "not_found"))
        self.assertEqual(self.problem(self.content(self.out, message)), (409, "conflict"), "not taken")
        self.other.flow_ids |= self.out
        self.take(self.out, once="mine")
        for answer in (
            self.content(self.out, message, key=self.other_key),
            self.report(self.out, message, "delivered", key=self.other_key),
        ):
            self.assertEqual(self.problem(answer), (409, "conflict"), "in the hands of another program")
        self.client.right_ids = False
        self.assertEqual(self.problem(self.ask("/flows")), (403, "not_allowed"))
        foreign = self.make_flow(self.make_connection(company_id=self.other_company.id))
        with self.assertRaises(ValidationError):
            self.client.flow_ids |= foreign

    def test_what_is_nothing_for_the_flow_is_refused(self):
        self.driven_by("middleware")
        path = f"/flows/{self.name_of(self.inbound)}/messages"
        for number, body in enumerate(
            [
                {},
                {"document": {"object": "nothing"}},
                {"file": {"name": "a/b", "content": "AAAA"}},
                {"file": {"name": "a", "content": "no base64"}},
            ]
        ):
            answer = self.ask(path, body=body, once=f"b{number}")
            self.assertEqual(self.problem(answer), (422, "invalid"), body)
        self.assertEqual(self.problem(self.bring(self.out, once="out")), (422, "invalid"))
        self.assertFalse(self.env["finance.message"].search([("flow_id", "=", self.inbound.id)]))

    def test_b56_who_drives_a_flow_changes_after_approval(self):
        self.as_user(self.inbound, "admin").write({"driven_by": "middleware"})
        self.assertEqual(self.inbound.driven_by, "adapter")
        self.assertTrue(self.inbound.pending_change_id)
        self.assertIn("driven_by", self.inbound._portable())

    def test_a_work_that_no_program_can_do(self):
        with self.assertRaises(ValidationError):
            self.make_flow(handler="finance.handler.process", driven_by="middleware")
        with (
            patch.object(type(self.env["finance.handler.file.out"]), "_carries_money", True),
            self.assertRaises(ValidationError),
        ):
            self.driven_by("middleware", self.out, at_most_once=False)


@tagged("post_install", "-at_install")
class TestDrivenDocuments(Driving, HttpCase, DefinitionCase):
    """What a system has sold is booked alike, whether it was read by a description or brought by a program."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flows = cls.env["finance.flow"]
        for name in ("direct", "driven"):
            cls.flows |= cls.documents(cls.make_connection(name=name))
        cls.direct, cls.driven = cls.flows
        cls.driven.driven_by = "both"
        cls.client, cls.key = cls.let_in(flow_ids=[Command.set(cls.driven.ids)])

    def bring_document(self, once, **values):
        document = {**INVOICE, "external_id": "1001", **values}
        return self.ask(f"/flows/{self.name_of(self.driven)}/messages", body={"document": document}, once=once)

    def as_read(self, flow):
        """The same as a list that was read queues it."""
        document = {**INVOICE, "external_id": "1001"}
        envelope = self.env["finance.handler.definition.feed"]._driven_envelope(flow, "", document, None)
        return self.env["finance.message"]._enqueue(flow, [envelope])

    def entry(self, move):
        lines = move.line_ids.sorted(lambda line: (line.account_id.code, line.balance))
        return (
            move.move_type,
            move.state,
            move.ref,
            str(move.invoice_date),
            move.amount_total,
            [(line.account_id, line.balance) for line in lines],
        )

    def test_s33_equal_ledger_and_hybrid_doubles_nothing(self):
        direct = self.as_read(self.direct)
        answer = self.bring_document("1")
        self.assertEqual(answer.status_code, 202, answer.text)
        driven = self.message_of(answer.json())
        self.assertEqual(json.dumps(direct.sudo().data), json.dumps(driven.sudo().data))
        self.assertEqual((direct.dedupe_key, direct.business_key), (driven.dedupe_key, driven.business_key))
        self.drain()
        self.assertState(direct | driven, "done")
        moves = [self.made_of(flow.connection_id, "customer_invoice", "1001") for flow in (self.direct, self.driven)]
        self.assertEqual(*map(self.entry, moves))
        self.assertState(self.as_read(self.driven), "ignored", "duplicate")
        self.assertEqual(self.bring_document("2").json()["reason"], "duplicate")
        count = self.env["account.move"].search_count([("company_id", "=", self.company.id)])
        self.bring_document("3", partner={"external_id": "c-7", "name": "Ada Byron"}, due="2026-04-02")
        self.drain()
        self.assertEqual(self.env["account.move"].search_count([("company_id", "=", self.company.id)]), count)
        listed = self.ask(f"/flows/{self.name_of(self.driven)}/messages").json()["data"]
        self.assertEqual(len(listed), 4)
