"""Messages leave as files (S-03, S-07): once, whole, and what is not known is not guessed."""

import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from sandbox.process import StandIn

from ..engine.envelope import Envelope
from ..models.finance_adapter_folder import ROOTS_VARIABLE
from .fake_case import FakeCase

CONTENT = b"<Document>ours</Document>"


@tagged("post_install", "-at_install")
class TestFileOut(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.bank = StandIn("sandbox.sftp", "--root", str(cls.root / "bank"), "--user", "bank:secret")
        cls.addClassCleanup(cls.bank.stop)
        cls.there = cls.root / "bank" / "bank" / "outgoing"

    def setUp(self):
        super().setUp()
        self.bank.control("DELETE", "/faults")
        for path in self.there.iterdir():
            path.unlink()
        ready = self.bank.ready
        self.connection = self.make_connection(
            "finance.adapter.sftp",
            sftp_host=ready["host"],
            sftp_port=ready["port"],
            sftp_username="bank",
            sftp_host_key=ready["fingerprint"],
            sftp_out="outgoing",
        )
        self.env["finance.secret"]._put(self.connection, "password", "secret")

    def out(self, connection=None, **values):
        return self.make_flow(
            connection or self.connection, handler="finance.handler.file.out", direction="out", **values
        )

    def send(self, flow, name="pain.xml", **envelope):
        payload = self.env["finance.payload"]._store(CONTENT, company=self.company, name=name)
        message = self.env["finance.message"]._enqueue(
            flow, [Envelope(subject=name, payload_id=payload.id, **envelope)]
        )
        self.drain(flow)
        return message

    def test_a_message_leaves_as_a_file(self):
        message = self.send(self.out())
        self.assertState(message, "done")
        self.assertEqual((self.there / "pain.xml").read_bytes(), CONTENT)
        self.assertEqual(message.result["file"], "pain.xml")
        self.assertEqual(message.result["sha256"], message.payload_sha256, "the evidence names what was delivered")

    def test_the_message_names_the_file(self):
        self.send(self.out(), data={"file_name": "2026-03-10.xml"})
        self.assertEqual([path.name for path in self.there.iterdir()], ["2026-03-10.xml"])

    def test_a_message_without_payload_leaves_as_json(self):
        flow = self.out()
        message = self.env["finance.message"]._enqueue(flow, [Envelope(subject="balances", data={"total": "12.00"})])
        self.drain(flow)
        self.assertState(message, "done")
        [path] = self.there.iterdir()
        self.assertIn('"total": "12.00"', path.read_text())

    def test_fault_34_money_whose_delivery_is_not_known_is_never_sent_again(self):
        flow = self.out(at_most_once=True)
        self.bank.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        message = self.send(flow)
        self.assertState(message, "unknown")
        self.bank.control("DELETE", "/faults")
        self.drain(flow)
        self.assertState(message, "unknown")
        self.assertEqual(message.attempt_count, 1)

    def test_fault_5_what_may_be_sent_again_finds_its_own_file(self):
        flow = self.out(at_most_once=False)
        self.bank.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        message = self.send(flow)
        self.assertState(message, "retry")
        self.bank.control("DELETE", "/faults")
        self.make_due(message)
        self.drain(flow)
        self.assertState(message, "done")
        self.assertTrue(message.result["was_there"])
        self.assertEqual([path.name for path in self.there.iterdir()], ["pain.xml"])

    def test_fault_35_money_that_did_not_leave_is_sent_again(self):
        flow = self.out(at_most_once=True)
        self.bank.control("PUT", "/faults", {"cut_before": ["write"]})
        message = self.send(flow)
        self.assertState(message, "retry")
        self.bank.control("DELETE", "/faults")
        self.make_due(message)
        self.drain(flow)
        self.assertState(message, "done")

    def test_another_file_of_the_name_waits_for_a_person(self):
        (self.there / "pain.xml").write_bytes(b"other")
        message = self.send(self.out())
        self.assertState(message, "held")
        self.assertEqual(message.reason_code, "file_name_taken")
        self.assertEqual((self.there / "pain.xml").read_bytes(), b"other")

    def test_a_connection_that_delivers_nothing_says_so(self):
        self.connection.write({"sftp_out": False})
        message = self.send(self.out())
        self.assertState(message, "held")
        self.assertEqual(message.reason_code, "connection_incomplete")
        message = self.send(self.out(self.make_connection()))
        self.assertEqual(message.reason_code, "connection_incomplete")

    def test_into_a_folder(self):
        outbox = self.root / "outbox"
        outbox.mkdir()
        self.addCleanup(shutil.rmtree, outbox)
        with patch.dict(os.environ, {ROOTS_VARIABLE: str(self.root)}):
            connection = self.make_connection(
                "finance.adapter.folder", folder_path=str(self.root), folder_out=str(outbox)
            )
            message = self.send(self.out(connection))
            self.assertState(message, "done")
            self.assertEqual((outbox / "pain.xml").read_bytes(), CONTENT)
            self.assertIn("can be delivered", connection._adapter()._check(connection))
