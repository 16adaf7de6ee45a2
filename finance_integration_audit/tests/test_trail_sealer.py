"""The sealer, checkpoints and keys of the trail (A-01, faults 60 and 62)."""

import base64
import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.common import MASTER_KEY, FinanceCase

from ..models import finance_audit_verification
from ..trail.canonical import Facts
from ..trail.head import parse
from ..trail.merkle import root_of

NEW_KEY = base64.b64encode(b"another key for tests, 32 bytes!").decode()


@tagged("post_install", "-at_install")
class TestTrailSealer(FinanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection(name="Bank A")
        cls.sealer = cls.env["finance.audit.sealer"]
        cls.checkpoints = cls.env["finance.audit.checkpoint"]
        cls.first = cls.sealer._seal_and_sign()

    def record(self, count=1):
        for _number in range(count):
            self.env["finance.audit"]._record("test.done", self.connection)

    def seals(self):
        self.env.cr.execute("SELECT id, number, leaf FROM finance_audit_seal ORDER BY id")
        return self.env.cr.fetchall()

    def verify(self, kind="whole"):
        return self.env["finance.audit.verification"]._new(kind)._run()

    def test_places_have_no_gaps_and_the_head_is_that_of_the_leaves(self):
        self.record(5)
        checkpoint = self.sealer._seal_and_sign()
        seals = self.seals()
        self.assertEqual([seq for seq, _number, _leaf in seals], list(range(1, len(seals) + 1)))
        head = parse(checkpoint.note)
        self.assertEqual((head.size, head.number), (len(seals), self.first.number + 1))
        self.assertEqual(head.root, root_of([bytes.fromhex(leaf) for _seq, _number, leaf in seals]))
        self.assertEqual(self.sealer._seal_and_sign(), checkpoint, "nothing new, nothing to sign")

    def test_an_entry_that_comes_late_gets_the_next_place(self):
        """A transaction that drew its number early may commit late."""
        [late] = self.env["finance.audit"]._draw_numbers(1)
        self.record(2)
        self.sealer._seal_and_sign()
        facts = dict.fromkeys(("model", "res_id", "record_name", "company_ref", "user_ref", "user_login"))
        facts |= dict.fromkeys(("correlation_id", "reason", "before", "after"))
        hook = self.env["finance.audit"]
        key, name = hook._row_key()
        hook._insert([Facts(number=late, at=self.env.cr.now(), event="test.late", key=name, **facts)], key)
        self.sealer._seal_and_sign()
        self.assertEqual(self.seals()[-1][1], late)
        self.assertEqual(self.verify(), [])

    def test_in_small_batches_it_is_the_same(self):
        self.record(7)
        self.env["finance.audit"]._draw_numbers(40)
        self.record(2)
        done = list(self.sealer._batches(3))
        self.assertEqual(sum(done), 9)
        self.assertLessEqual(max(done), 3)
        self.sealer._seal_and_sign()
        self.assertEqual(self.verify(), [])

    def test_without_a_key_nothing_is_sealed_and_entries_before_the_key_are_counted(self):
        self.with_keys()
        self.record(2)
        with self.assertLogs("odoo.addons.finance_integration_audit", "WARNING"):
            self.assertEqual(sum(self.sealer._batches()), 0)
        self.with_keys(MASTER_KEY)
        self.assertEqual(sum(self.sealer._batches()), 2)

    def test_keys_are_rotated_and_old_ones_still_verify(self):
        self.record(3)
        self.sealer._seal_and_sign()
        self.with_keys(NEW_KEY, MASTER_KEY)
        self.env["finance.key"]._cron_rewrap()
        self.record(3)
        checkpoint = self.sealer._seal_and_sign()
        self.assertNotEqual(checkpoint.key, self.first.key)
        self.assertEqual(self.verify(), [])
        # the master key before is gone, copies of what was derived from it were sealed again
        self.with_keys(NEW_KEY)
        self.assertEqual(self.verify(), [])
        current = self.env["finance.audit.key"].search([]).filtered("is_current")
        self.assertEqual(len(current), 3)

    def test_what_is_new_is_verified_from_the_last_proof_on(self):
        self.record(3)
        self.sealer._seal_and_sign()
        self.assertEqual(self.verify(), [])
        self.record(2)
        self.sealer._seal_and_sign()
        self.assertEqual(self.verify("recent"), [])
        last = self.env["finance.audit.verification"].search([], limit=1)
        self.assertEqual((last.row_count, last.state), (2, "proved"))

    def test_an_auditor_signs_and_asks_for_verification(self):
        self.record()
        self.as_user(self.checkpoints, "auditor").action_sign_now()
        self.assertEqual(self.checkpoints._last().number, self.first.number + 1)
        action = self.as_user(self.env["finance.audit.verification"], "auditor").action_verify()
        asked = self.env["finance.audit.verification"].browse(action["res_id"])
        self.assertEqual(asked.state, "waiting")
        with self.enter_registry_test_mode():
            self.env["finance.audit.verification"]._cron_verify()
        self.assertEqual(asked.state, "proved")
        with self.assertRaises(AccessError):
            self.as_user(self.checkpoints, "admin").action_sign_now()

    def test_a_checkpoint_is_made_when_it_is_time(self):
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 60.0)
        self.record()
        self.sealer._cron_seal()
        self.assertEqual(self.checkpoints._last(), self.first, "the last one is of this minute")
        self.env["ir.config_parameter"].set_param("finance_integration_audit.checkpoint_minutes", "0")
        self.record()
        self.sealer._cron_seal()
        self.assertEqual(self.checkpoints._last().number, self.first.number + 1)
        self.assertLess(self.checkpoints._last().at - self.env.cr.now(), timedelta(seconds=1))

    def test_a03_verification_goes_on_where_it_was_killed(self):
        """What was found stays found, nothing is read twice, what somebody changed in between is not believed."""
        self.record(12)
        self.sealer._seal_and_sign()
        places = [seq for seq, _number, _leaf in self.seals()]
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        first = 2
        number = dict(row[:2] for row in self.seals())[first]
        self.env.cr.execute("UPDATE finance_audit_entry SET reason = 'x' WHERE id = %s", [number])
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        verification, every = self.env["finance.audit.verification"]._new("whole"), places[-1] // 2
        self.startPatcher(patch.object(finance_audit_verification, "NOTE_EVERY", every))
        read = []
        rows = type(self.env["finance.audit.reader"])._rows

        def noted(reader, after, until=None):
            read.append(after)
            return rows(reader, after, until)

        self.patch(self.env.registry["finance.audit.reader"], "_rows", noted)
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 0)
        self.assertIsNone(verification._run(self.env["ir.cron"]), "no time is left")
        self.assertEqual((verification.state, verification.row_count), ("running", every))
        self.assertEqual(self.env["finance.audit.verification"]._to_do([]), verification)
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 60.0)
        with contextlib.closing(self.env.cr.savepoint()):
            self.env["finance.audit.verification"]._cron_verify_whole()
            self.assertIn(every, read)
            self.assertEqual((verification.state, verification.row_count), ("broken", places[-1]))
            self.assertEqual(verification.finding_ids.mapped(lambda one: (one.kind, one.seq)), [("edited", first)])
        self.env.invalidate_all()
        # progress that was not noted by this server is worth nothing
        verification.state_text = verification.state_text.replace('"edited"', '"nothing"')
        self.assertFalse(verification._thawed({}, {}))
        self.assertEqual([one.kind for one in verification._run()], ["edited"])

    def test_a03_one_that_another_process_works_on_is_left_alone(self):
        verifications = self.env["finance.audit.verification"]
        working = verifications._new("whole")
        working.write({"state": "running", "noted_at": fields.Datetime.now()})
        self.assertFalse(verifications._to_do([]))
        working.noted_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.assertEqual(verifications._to_do([]), working)
