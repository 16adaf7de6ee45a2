"""Heads that are kept outside (A-01): folder, webhook, timestamp authority; an older backup is found (attack 34)."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from sandbox.http.messages import Response
from sandbox.rest.base import Running
from sandbox.timestamp import Authority

from ..trail.head import parse, signed_text


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
class TestTrailAnchors(FinanceCase):
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

    def sql(self, *queries):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        for query in queries:
            self.env.cr.execute(*query)
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()

    def roll_back(self, checkpoint):
        """What a backup of that moment had, and nothing after it."""
        self.sql(
            (
                "DELETE FROM finance_audit_entry WHERE id IN (SELECT number FROM finance_audit_seal WHERE id > %s)",
                (checkpoint.size,),
            ),
            ("DELETE FROM finance_audit_seal WHERE id > %s", (checkpoint.size,)),
            ("DELETE FROM finance_audit_checkpoint WHERE number > %s", (checkpoint.number,)),
            ("DELETE FROM finance_audit_receipt WHERE number > %s", (checkpoint.number,)),
        )

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
        self.roll_back(self.checkpoint)
        self.assertEqual(self.verify(), ["rolled_back"])
        # whoever goes on after it makes another head of the same number
        self.go_on()
        self.assertEqual(self.verify(), ["rolled_back"])

    def test_a_folder_that_is_gone_is_told(self):
        self.connection.folder_out = str(self.folder / "gone")
        anchor = self.anchor("folder")
        with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
            anchor._publish()
        self.assertIn("gone", anchor.problem)
        self.assertFalse(anchor.last_number)
        self.verify()
        self.assertIn("gone", self.env["finance.audit.verification"].search([], limit=1).problem)

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
        # a checkpoint of the same number that is another one
        self.sql(("UPDATE finance_audit_receipt SET receipt = %s WHERE anchor_ref = %s", ("AAAA", anchor.id)))
        self.assertEqual(self.verify(), ["checkpoint_replaced"])

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
