"""Bundles of evidence (A-06): they verify themselves, without Odoo, in a process of their own."""

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

from markupsafe import escape

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.tests.common import FinanceCase

#: files of the parts that tell facts
PARTS = ("trace", "completeness", "access_review")


@tagged("post_install", "-at_install")
class TestTrailEvidence(FinanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()
        record = cls.env["finance.audit"]._record
        for number in range(5):
            record("test.paid", cls.flow, reason="<b>late</b>", correlation_id="t-1" if number % 2 else "t-2")
        record("test.other", cls.other_company, reason="of another company", correlation_id="t-1")

    def make(self, **values):
        wizard = self.as_user(self.env["finance.evidence.wizard"], "auditor").create(values)
        bundle = self.env["finance.evidence.bundle"].browse(wizard.action_make()["res_id"])
        self.assertEqual(bundle.state, "waiting")
        bundle.sudo()._make()
        self.assertEqual((bundle.state, bundle.progress), ("done", 100.0), bundle.problem)
        return bundle

    def unpack(self, bundle):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with bundle.sudo().payload_id._open() as file:
            zipfile.ZipFile(file).extractall(folder)
        return folder

    def verify(self, folder, *arguments):
        """Run the verifier of the bundle, with nothing of ours on its path."""
        command = [sys.executable, "-I", str(folder / "verify_trail.py"), str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={})
        return done.returncode, done.stdout + done.stderr

    def test_a_bundle_of_a_transaction_verifies_itself(self):
        bundle = self.make(kind="transaction", correlation_id="t-1")
        folder = self.unpack(bundle)
        code, told = self.verify(folder)
        self.assertEqual(code, 0, told)
        self.assertIn("PROVED: 2 entries", told)
        self.assertEqual(bundle.entry_count, 2)
        # by the key that the auditor knows, and by none else
        name = self.env["finance.audit.checkpoint"]._last().key
        self.assertEqual(self.verify(folder, "--trust", name)[0], 0)
        self.assertEqual(self.verify(folder, "--trust", "0" * 16)[0], 1)
        self._check_changes_are_found(folder)

    def _check_changes_are_found(self, folder):
        trail, report = folder / "trail.jsonl", folder / "report.html"
        whole = trail.read_text()
        trail.write_text(whole.replace("late", "mine"))
        code, told = self.verify(folder)
        self.assertEqual(code, 1)
        self.assertIn("edited", told)
        self.assertIn("trail.jsonl is not what the manifest says", told)
        trail.write_text(whole)
        report.write_text("nothing happened")
        self.assertIn("report.html is not what the manifest says", self.verify(folder)[1])
        # an entry is left out, manifest and all
        lines = whole.splitlines()
        lines.remove(next(line for line in lines if '"sparse"' in line))
        trail.write_text("\n".join(lines))
        self.assertIn("not complete", self.verify(folder)[1])

    def test_a_bundle_is_about_a_period_or_a_flow_of_the_own_company(self):
        for values in ({"kind": "period"}, {"kind": "flow", "flow_id": self.flow.id}):
            with self.subTest(values):
                folder = self.unpack(self.make(**values))
                self.assertEqual(self.verify(folder)[0], 0)
                trail = (folder / "trail.jsonl").read_text()
                self.assertIn("test.paid", trail)
                self.assertNotIn("of another company", trail)
        report = (folder / "report.html").read_text()
        self.assertIn("&lt;b&gt;late&lt;/b&gt;", report)
        self.assertNotIn("<b>late</b>", report)
        files = json.loads((folder / "manifest.json").read_text())["files"]
        self.assertLessEqual({"trail.jsonl", "report.html", "verify_trail.py", "README.txt"}, set(files))

    def test_a06_it_has_trace_completeness_and_the_access_review(self):
        flow = self.flow
        message = self.env["finance.message"]._enqueue(flow, [Envelope(subject="file 1", data={})])
        self.env["finance.completeness"].sudo()._take(message.create_date.date())
        review = self.as_user(self.env["finance.access.review"], "auditor")._take(self.company)
        review._start(self.user("auditor"), fields.Date.today())
        review.sudo().line_ids.write({"decision": "confirmed"})
        self.as_user(review, "auditor").action_close()
        self.env["finance.audit"]._record("test.seen", message, correlation_id=message.correlation_id)
        for values in (
            {"kind": "transaction", "correlation_id": message.correlation_id},
            {"kind": "period"},
            {"kind": "flow", "flow_id": flow.id},
        ):
            with self.subTest(values):
                folder = self.unpack(self.make(**values))
                self.assertEqual(self.verify(folder)[0], 0)
                told = {name: json.loads((folder / f"{name}.json").read_text()) for name in PARTS}
                self.assertIn(message.correlation_id, {row[0] for row in told["trace"][0]["rows"]})
                self.assertIn(flow.display_name, {row[1] for row in told["completeness"][0]["rows"]})
                self.assertIn(review.digest, told["access_review"][0]["note"])
                self.assertEqual(len(told["access_review"][0]["rows"]), len(review.line_ids))
                report = (folder / "report.html").read_text()
                for name in PARTS:
                    self.assertIn(str(escape(told[name][0]["title"])), report)
                self.assertIn(message.correlation_id, report)

    def test_only_auditors_and_it_leaves_an_entry(self):
        bundle = self.make(kind="transaction", correlation_id="t-1")
        url = self.as_user(bundle, "auditor").action_download()["url"]
        self.assertEqual(url, f"/finance/evidence/{bundle.id}")
        self.assertEqual(self.as_user(bundle, "auditor")._hand_out().sha256, bundle.sha256)
        events = self.env["finance.audit.entry"].search([("model", "=", bundle._name), ("res_id", "=", bundle.id)])
        self.assertEqual(set(events.mapped("event")), {"evidence.asked", "evidence.exported"})
        with self.assertRaises(AccessError):
            self.as_user(bundle, "admin").action_download()
        with self.assertRaises(AccessError):
            self.as_user(bundle, "operator")._hand_out()
        with self.assertRaises(AccessError):
            self.as_user(bundle, "auditor", other_company=True)._hand_out()
        with self.assertRaises(AccessError):
            self.as_user(self.env["finance.evidence.wizard"], "operator").create({"kind": "period"})

    def test_a06_memory_does_not_grow_with_what_is_in_it(self):
        """A-06: a file and pieces, never the whole: six times the content, the same peak."""
        bundle = self.env["finance.evidence.bundle"]._ask(name="Large", kind="transaction", correlation_id="t-1").sudo()
        part = self.env["finance.evidence.part.trail"]
        piece, size = os.urandom(1 << 18), 0
        self.patch(type(part), "_files", lambda *_args: [("large.bin", (piece for _number in range(size << 2)))])
        peaks = []
        for size in (4, 24):
            tracemalloc.start()
            try:
                bundle._make()
                peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
            finally:
                tracemalloc.stop()
            self.assertGreater(bundle.size, size << 20)
        self.assertLess(peaks[1] - peaks[0], 2, peaks)
