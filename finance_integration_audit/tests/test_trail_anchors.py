"""Heads that are kept outside (A-01): folder, webhook, timestamp authority; an older backup is found (attack 34)."""

import base64
import contextlib
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import Encoding

from odoo.exceptions import AccessError
from odoo.tests import tagged

from sandbox.http.messages import Response
from sandbox.process import StandIn
from sandbox.rest.base import Running
from sandbox.timestamp import Authority

from ..trail.head import parse, signed_text
from .trail_case import TrailCase


class Receiver:
    """Takes whatever it is told."""

    def __init__(self):
        self.bodies = []

    def state(self):
        return {}

    def answer(self, request):
        self.bodies.append(request.body)
        return Response(204)


@tagged("post_install", "-at_install")
class TestTrailAnchors(TrailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "out").mkdir()
        (cls.folder / "in").mkdir()
        cls.startClassPatcher(patch.dict(os.environ, {"FINANCE_FOLDER_ROOTS": str(cls.folder)}))
        cls.connection = cls.make_connection(
            "finance.adapter.folder", folder_path=str(cls.folder / "in"), folder_out=str(cls.folder / "out")
        )
        cls.env["finance.audit"]._record("test.done", cls.connection)
        cls.checkpoint = cls.env["finance.audit.sealer"]._seal_and_sign()

    def anchor(self, kind, connection=None, **values):
        return self.env["finance.audit.anchor"].create(
            {
                "name": f"Outside {kind}",
                "kind": f"finance.anchor.{kind}",
                "connection_id": (connection or self.connection).id,
                **values,
            }
        )

    def http(self, url):
        return self.make_connection(
            "finance.adapter.webhook", http_base_url=url, http_networks="127.0.0.0/8", http_allow_plain=True
        )

    def go_on(self):
        self.env["finance.audit"]._record("test.done", self.connection)
        return self.env["finance.audit.sealer"]._seal_and_sign()

    def verify(self):
        return [one.kind for one in self.env["finance.audit.verification"]._new("whole")._run()]

    def receipt(self, anchor):
        return self.env["finance.audit.receipt"].search([("anchor_ref", "=", anchor.id)], limit=1)

    def test_a_folder_keeps_heads_and_shows_them(self):
        anchor = self.anchor("folder")
        anchor._publish()
        [file] = (self.folder / "out").glob("head-*.txt")
        self.addCleanup(file.unlink)
        self.assertEqual(signed_text(file.read_text()), self.checkpoint._signed())
        self.assertEqual((anchor.last_number, anchor.problem), (self.checkpoint.number, False))
        self.assertEqual(self.receipt(anchor).digest, parse(self.checkpoint.note).digest().hex())
        anchor._publish()
        self.assertEqual(self.env["finance.audit.receipt"].search_count([("anchor_ref", "=", anchor.id)]), 1)
        self.assertEqual(self.verify(), [])

    def test_attack_34_an_older_backup_is_restored(self):
        anchor = self.anchor("folder")
        self.go_on()
        anchor._publish()
        [file] = (self.folder / "out").glob("head-*.txt")
        self.addCleanup(file.unlink)
        outside = ("--anchors", self.folder / "out")
        self.assertIsNone(self.by_script(*outside))
        self.roll_back(self.checkpoint)
        self.assertEqual(self.verify(), ["rolled_back"])
        place = ("rolled_back", self.checkpoint.size + 1)
        self.assertEqual(self.by_script(*outside), place)
        self.assertIn("older backup restored", self.told)
        self.assertEqual(self.by_script(*outside, with_keys=True), place)
        # nothing inside of the database tells
        self.assertIsNone(self.by_script())
        self.assertIn("no heads that were kept outside", self.told)
        # whoever goes on after it makes another head of the same number
        self.go_on()
        self.assertEqual(self.verify(), ["rolled_back"])
        self.assertEqual(self.by_script(*outside)[0], "rolled_back")

    def test_the_intent_is_committed_before_a_place_is_called(self):
        anchor, told = self.anchor("folder"), []

        def commit(progress, *_arguments, **_options):
            anchor.flush_recordset()
            self.env.cr.execute(
                "SELECT asked_number, coalesce(last_number, 0) FROM finance_audit_anchor WHERE id = %s", [anchor.id]
            )
            told.append(self.env.cr.fetchone())
            return 60.0

        self.patch(self.env.registry["ir.cron"], "_commit_progress", commit)
        number = self.checkpoint.number

        def killed(*_arguments):
            told.append("call")
            raise SystemExit

        with (
            patch.object(self.env.registry["finance.anchor.folder"], "_publish", killed),
            self.assertRaises(SystemExit),
        ):
            anchor._publish(self.env["ir.cron"])
        self.assertEqual(told, [(number, 0), "call"])
        # nobody knows whether it arrived: it is told again
        anchor._publish(self.env["ir.cron"])
        self.addCleanup(next((self.folder / "out").glob("head-*.txt")).unlink)
        self.assertEqual(told[2:], [(number, 0), (number, number)])
        self.assertEqual(self.as_user(anchor, "auditor").action_publish()["tag"], "display_notification")

    def test_an_sftp_server_keeps_heads_and_shows_them(self):
        root = self.folder / "sftp"
        root.mkdir(exist_ok=True)
        server = StandIn("sandbox.sftp", "--root", str(root), "--user", "auditor:secret")
        self.addCleanup(server.stop)
        (root / "auditor" / "outbox").mkdir(parents=True, exist_ok=True)
        connection = self.make_connection(
            "finance.adapter.sftp",
            sftp_host=server.ready["host"],
            sftp_port=server.ready["port"],
            sftp_username="auditor",
            sftp_host_key=server.ready["fingerprint"],
            sftp_out="outbox",
        )
        self.env["finance.secret"]._put(connection, "password", "secret")
        anchor = self.anchor("sftp", connection)
        self.go_on()
        anchor._publish()
        self.assertFalse(anchor.problem)
        [file] = root.glob("auditor/outbox/head-*.txt")
        self.assertEqual(signed_text(file.read_text()), self.env["finance.audit.checkpoint"]._last()._signed())
        self.assertEqual(self.verify(), [])
        self.roll_back(self.checkpoint)
        self.assertEqual(self.verify(), ["rolled_back"])
        self.assertEqual(self.by_script("--anchors", file.parent)[0], "rolled_back")
        server.stop()
        self.assertEqual(self.verify(), [])
        self.assertIn(anchor.name, self.env["finance.audit.verification"].search([], limit=1).problem)

    def test_a_folder_that_is_gone_is_told(self):
        self.connection.folder_out = str(self.folder / "gone")
        anchor = self.anchor("folder")
        with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
            anchor._publish()
        self.assertIn("gone", anchor.problem)
        self.assertFalse(anchor.last_number)
        alert = self.env["finance.alert"].search([("code", "=", "audit_anchor_failed"), ("res_id", "=", anchor.id)])
        self.assertEqual(alert.state, "open")
        self.verify()
        self.assertIn("gone", self.env["finance.audit.verification"].search([], limit=1).problem)
        self.connection.folder_out = str(self.folder)
        anchor._publish()
        self.assertEqual(alert.state, "resolved", "the next head that is taken ends it")

    def test_a_webhook_is_told_every_head(self):
        with Running(Receiver()) as running:
            anchor = self.anchor("webhook", self.http(running.url), path="heads")
            anchor._publish()
            self.assertFalse(anchor.problem)
            self.assertIn(b"finance audit trail head", running.system.bodies[0])
        self.assertEqual(self.receipt(anchor).receipt, "HTTP 204")

    def test_a_timestamp_authority_witnesses_the_head(self):
        with Running(Authority()) as running:
            anchor = self.anchor("timestamp", self.http(running.url), fingerprint=running.system.fingerprint)
            anchor._publish()
            self.assertFalse(anchor.problem)
            self.assertEqual(running.system.digests, [parse(self.checkpoint.note).digest().hex()])
        self.assertEqual(self.verify(), [])
        self._check_tokens_by_script(running.system, anchor)
        # a checkpoint of the same number that is another one
        self.sql(("UPDATE finance_audit_receipt SET receipt = %s WHERE anchor_ref = %s", ("AAAA", anchor.id)))
        self.assertEqual(self.verify(), ["checkpoint_replaced"])
        self.assertEqual(self.by_script()[0], "checkpoint_replaced")

    def _check_tokens_by_script(self, authority, anchor):
        mine, other = self.work / "tsa.pem", self.work / "other.pem"
        for path, one in ((mine, authority), (other, Authority())):
            path.write_bytes(one.certificate.public_bytes(Encoding.PEM))
        self.assertIsNone(self.by_script())
        self.assertIn(authority.fingerprint, self.told)
        self.assertIsNone(self.by_script("--authority", mine, by_sql=False))
        self.assertEqual(self.by_script("--authority", other)[0], "checkpoint_replaced")
        self.assertIn("do not know", self.told)
        # a token that somebody has kept, of a head that a restored backup does not have
        outside = self.work / "outside"
        outside.mkdir()
        with contextlib.closing(self.env.cr.savepoint()):
            self.go_on()
            with Running(authority) as running:
                anchor.connection_id.http_base_url = running.url
                anchor._publish()
            token = base64.b64decode(self.receipt(anchor).receipt)
            (outside / "late.tsr").write_bytes(token)
            self.assertIsNone(self.by_script("--anchors", outside))
        self.env.invalidate_all()
        self.assertEqual(self.by_script("--anchors", outside)[0], "rolled_back")
        (outside / "late.tsr").write_bytes(token[:-1] + bytes([token[-1] ^ 1]))
        self.assertEqual(self.by_script("--anchors", outside)[0], "checkpoint_replaced")

    def test_an_authority_that_lies_is_not_believed(self):
        with Running(Authority()) as running:
            anchor = self.anchor("timestamp", self.http(running.url))
            for setting in ("refuse", "wrong_nonce", "wrong_hash", "wrong_signature"):
                running.system.settings = {setting: True}
                with self.subTest(setting), self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
                    anchor._publish()
                    self.assertIn("No timestamp", anchor.problem)
            running.system.settings = {}
            anchor.fingerprint = "00" * 32
            with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
                anchor._publish()
            self.assertIn("another authority", anchor.problem)
        self.assertFalse(anchor.last_number)

    def test_who_may_and_what_is_told(self):
        anchor = self.anchor("folder")
        anchor.path = "elsewhere"
        events = self.env["finance.audit.entry"].search([("model", "=", anchor._name), ("res_id", "=", anchor.id)])
        self.assertEqual(set(events.mapped("event")), {"audit.anchor.made", "audit.anchor.changed"})
        with self.assertRaises(AccessError):
            self.as_user(anchor, "admin").action_publish()
        with self.assertRaises(AccessError):
            self.as_user(anchor, "auditor").write({"path": "x"})
