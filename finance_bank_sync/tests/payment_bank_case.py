"""Payments that leave for a bank that runs beside: its SFTP server, and the bank behind it with a book of its own."""

import shutil
import tempfile
from pathlib import Path

from sandbox.process import StandIn

from .payment_case import PaymentCase


class PaymentBankCase(PaymentCase):
    """Files to and from the bank over SFTP; the bank's own book says what was executed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.sftp = StandIn("sandbox.sftp", "--root", str(cls.root), "--user", "bank:secret")
        cls.addClassCleanup(cls.sftp.stop)
        cls.folder = cls.root / "bank"
        cls.bank = StandIn("sandbox.payments", "--root", str(cls.folder), "--interval", "0")
        cls.addClassCleanup(cls.bank.stop)
        ready = cls.sftp.ready
        cls.connection = cls.make_connection(
            "finance.adapter.sftp",
            sftp_host=ready["host"],
            sftp_port=ready["port"],
            sftp_username="bank",
            sftp_host_key=ready["fingerprint"],
            sftp_out="outgoing",
        )
        cls.env["finance.secret"]._put(cls.connection, "password", "secret")
        cls.out = cls.make_flow(cls.connection, name="Payments", handler="finance.handler.payment.file")
        cls.status_flow = cls.connection._payment_flow("finance.handler.payment.status")

    def setUp(self):
        super().setUp()
        self.sftp.control("DELETE", "/faults")
        self.bank.control("POST", "/anew")
        self.habits(today=str(self.env.cr.now().date()))

    # -- the bank ----------------------------------------------------------------------------------

    def habits(self, **values):
        self.bank.control("PUT", "/settings", values)

    def turn(self):
        """The bank looks into the folder; :return: its answers, in the order in which it wrote them"""
        self.bank.control("POST", "/turn")
        return self.answers()

    def answers(self):
        """:return: list of (name, bytes) that the bank has written since the last time"""
        found = []
        for path in sorted((self.folder / "inbox").iterdir()):
            if path.is_file() and not path.name.startswith("."):
                found.append((path.name, path.read_bytes()))
                path.unlink()
        return found

    def counts(self):
        """:return: how often the bank has executed each end-to-end id"""
        return self.bank.control("GET", "/")["counts"]

    def executed_once(self, order):
        self.assertEqual(self.counts(), dict.fromkeys(order.line_ids.mapped("end_to_end_id"), 1))

    # -- here --------------------------------------------------------------------------------------

    def bring(self, files, flow=None):
        """Files arrive in a flow as the channel brings them; :return: their messages"""
        messages = (flow or self.status_flow)._receive_by_hand(files, "test")
        self.drain()
        return messages

    def send(self, *amounts, **values):
        """:return: an order that has gone through the queue"""
        order = self.released(*amounts, flow_id=self.out.id, **values)
        self.drain()
        return order

    def until_decided(self, order):
        """The time passes in which the bank may still be slow."""
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE finance_payment_order SET decide_from = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = %s",
            [order.id],
        )
        order.invalidate_recordset()
