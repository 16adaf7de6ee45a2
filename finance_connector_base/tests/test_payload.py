"""Raw bytes: kept as they came, verified at every read, shown only masked."""

import io
import os
import tracemalloc

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..engine.envelope import Envelope
from ..models import finance_payload
from .common import ROLES, FinanceCase


class Drip(io.RawIOBase):
    """A stream that gives a little at a time, and more than it said."""

    def __init__(self, piece, times):
        self.piece, self.times = piece, times

    def read(self, size=-1):  # pylint: disable=method-required-super
        self.times -= 1
        return self.piece if self.times >= 0 else b""


@tagged("post_install", "-at_install")
class TestPayload(FinanceCase):
    def store(self, content, **options):
        return self.env["finance.payload"]._store(content, company=self.company, **options)

    def test_bytes_come_back_as_they_were(self):
        for content in (b"", b"\x00\xff", "äöü".encode("utf-16"), os.urandom(3 * finance_payload.CHUNK_SIZE + 17)):
            payload = self.store(content)
            with payload._open() as stream:
                self.assertEqual(stream.read(), content)
            self.assertEqual(payload.size, len(content))

    def test_fault_64_lost_or_changed_bytes_are_no_empty_file(self):
        """Fault 64: a piece that is missing, changed or swapped is evidence missing, never an import of nothing."""
        content = os.urandom(3 * finance_payload.CHUNK_SIZE)
        statements = (
            "DELETE FROM finance_payload_chunk WHERE payload_id = %s",
            "DELETE FROM finance_payload_chunk WHERE payload_id = %s AND sequence = 1",
            "DELETE FROM finance_payload_chunk WHERE payload_id = %s AND sequence = 2",
            "UPDATE finance_payload_chunk SET content = (SELECT content FROM finance_payload_chunk c WHERE"
            " c.payload_id = finance_payload_chunk.payload_id AND c.sequence = 0)"
            " WHERE payload_id = %s AND sequence = 1",
            "UPDATE finance_payload_chunk SET sequence = sequence + 10 WHERE payload_id = %s AND sequence = 2",
            "UPDATE finance_payload SET sha256 = repeat('0', 64) WHERE id = %s",
            "UPDATE finance_payload_chunk SET content = 'no zlib' WHERE payload_id = %s AND sequence = 2",
        )
        for statement in statements:
            with self.subTest(statement):
                payload = self.store(content)
                self.env.flush_all()
                self.env.cr.execute(statement, (payload.id,))
                self.env.invalidate_all()
                with self.assertRaisesRegex(UserError, "Evidence missing"):
                    payload._open()

    def test_fault_50_more_than_the_limit_is_refused_while_it_streams(self):
        """Fault 50: a stream that lies about its size is cut at the limit, not when memory is full."""
        drip = Drip(b"x" * 1000, 10**9)
        with self.assertRaises(finance_payload.PayloadTooLarge) as caught:
            self.store(drip, max_bytes=1_000_000)
        self.assertEqual(caught.exception.size, 1_001_000)
        self.assertGreater(drip.times, 10**9 - 1100)

    def test_exactly_the_limit_is_accepted(self):
        self.assertEqual(self.store(b"x" * 1000, max_bytes=1000).size, 1000)

    def test_memory_stays_flat(self):
        piece = os.urandom(finance_payload.CHUNK_SIZE)
        tracemalloc.start()
        try:
            payload = self.store(Drip(piece, 40))
            with payload._open() as stream:
                while stream.read(1 << 20):
                    pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertEqual(payload.size, 40 << 20)
        self.assertLess(peak, 25 << 20)

    def test_the_preview_is_masked(self):
        flow = self.make_flow(handler=self.env["finance.flow"]._fields["handler"].get_values(self.env)[0])
        content = b"<Acct><IBAN>DE89370400440532013000</IBAN><Card>4111 1111 1111 1111</Card></Acct>"
        payload = self.store(content)
        [message] = self.env["finance.message"]._enqueue(
            flow,
            [Envelope(subject="f", payload_id=payload.id, data={"iban": "DE89370400440532013000", "api_token": "t0p"})],
        )
        shown = self.as_user(message, "viewer")
        for text in (shown.payload_preview, shown.data_preview):
            self.assertNotIn("3704004405", text)
            self.assertNotIn("4111 1111 1111 1111", text)
            self.assertNotIn("t0p", text)
        self.assertIn("DE89…3000", shown.payload_preview)

    def test_unmasked_content_is_for_nobody_to_read(self):
        flow = self.make_flow(handler=self.env["finance.flow"]._fields["handler"].get_values(self.env)[0])
        message = self.enqueue(flow, {"iban": "DE89370400440532013000"})
        for role in ("viewer", "operator", "steward", "admin", "auditor"):
            for look in (
                lambda mine: mine.read(["data"]),
                lambda mine: mine.search([("data", "like", "DE89")]),
                lambda mine: mine.export_data(["data"]),
            ):
                with self.subTest(role), self.assertRaises(Exception):  # noqa: B017 - refused, by whichever check
                    look(self.as_user(message, role))


@tagged("post_install", "-at_install")
class TestDownload(HttpCase, FinanceCase):
    """The original bytes leave only for those who may have them, and that is written down."""

    def setUp(self):
        super().setUp()
        flow = self.make_flow(handler=self.env["finance.flow"]._fields["handler"].get_values(self.env)[0])
        self.content = b"<IBAN>DE89370400440532013000</IBAN>\n" * 5
        payload = self.env["finance.payload"]._store(self.content, company=self.company, name="<evil>.html")
        [self.message] = self.env["finance.message"]._enqueue(flow, [Envelope(subject="f", payload_id=payload.id)])
        [self.empty] = self.env["finance.message"]._enqueue(flow, [Envelope(subject="no payload")])

    def get(self, message_id, role=None, *, disclosed=True, **options):
        if role is None:
            self.authenticate(None, None)
        else:
            login = self.user(role, **options).login
            self.authenticate(login, login)
            if disclosed and role in ("operator", "auditor") and message_id == self.message.id:
                mine = self.as_user(self.message, role)
                mine.env["finance.disclosure"]._disclose(mine, "the bank asks")
        return self.url_open(f"/finance/message/{message_id}/payload", allow_redirects=False)

    def test_operators_and_auditors_get_the_bytes(self):
        for role in ("operator", "auditor"):
            answer = self.get(self.message.id, role)
            self.assertEqual((answer.status_code, answer.content), (200, self.content))
            self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
            self.assertIn("attachment", answer.headers["Content-Disposition"])
            self.assertNotIn("evil", answer.headers["Content-Disposition"])
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_without_a_reason_nobody_gets_them(self):
        for role in ("operator", "auditor"):
            self.assertEqual(self.get(self.message.id, role, disclosed=False).status_code, 404)

    def test_a_download_is_counted(self):
        self.get(self.message.id, "operator")
        disclosure = self.env["finance.disclosure"].search([("message_id", "=", self.message.id)])
        self.assertEqual((len(disclosure), disclosure.download_count), (1, 1))

    def test_attack_13_others_cannot_tell_what_exists(self):
        for role in ROLES:
            if role in ("operator", "auditor", "public"):
                continue
            with self.subTest(role):
                self.assertEqual(self.get(self.message.id, role).status_code, 404)
        foreign = self.get(self.message.id, "operator", other_company=True)
        missing = self.get(10**9, "operator", other_company=True)
        self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
        self.assertEqual(foreign.text, missing.text)
        self.assertEqual(self.get(self.empty.id, "operator").status_code, 404)

    def test_nobody_without_a_login(self):
        answer = self.get(self.message.id)
        self.assertIn(answer.status_code, (303, 403))
        self.assertNotIn(b"IBAN", answer.content)

    def test_damaged_evidence_is_an_error_not_an_empty_file(self):
        self.env.cr.execute("DELETE FROM finance_payload_chunk")
        answer = self.get(self.message.id, "operator")
        self.assertGreaterEqual(answer.status_code, 400)
