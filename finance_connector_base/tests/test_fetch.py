"""Files that wait on the other side: in a folder, on a bank's SFTP server, or in a person's hands."""

import base64
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from sandbox.process import StandIn

from ..engine.envelope import Envelope
from ..models import finance_handler_fetch
from ..models.finance_adapter_folder import ROOTS_VARIABLE
from ..safe import crypto
from ..transports.folder import Folder
from .fake_case import FakeCase

KEY = base64.b64encode(bytes(range(32))).decode()


class FetchCase(FakeCase):
    def setUp(self):
        super().setUp()
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        variables = patch.dict(os.environ, {ROOTS_VARIABLE: str(self.root), crypto.KEY_VARIABLE: KEY})
        variables.start()
        self.addCleanup(variables.stop)
        self.settle = patch.object(finance_handler_fetch.time, "sleep")
        self.sleep = self.settle.start()
        self.addCleanup(self.settle.stop)

    def fetch(self, flow):
        """Run a fetch and the follow-ups it asks for at once.

        :return: the fetch message; its files are queued and worked
        """
        flow._enqueue_fetch(self.env.cr.now())
        run = self.env["finance.message"].search(
            [("flow_id", "=", flow.id), ("kind", "=", "fetch")], order="id desc", limit=1
        )
        self.drain(flow)
        return run

    def files(self, flow):
        return self.env["finance.message"].search([("flow_id", "=", flow.id), ("kind", "=", "exchange")], order="id")


@tagged("post_install", "-at_install")
class TestFolder(FetchCase):
    def setUp(self):
        super().setUp()
        self.inbox = self.root / "inbox"
        self.inbox.mkdir()
        self.connection = self.make_connection("finance.adapter.folder", folder_path=str(self.inbox), file_pattern="*")
        self.flow = self.make_flow(self.connection, fetch_interval=5)

    def put(self, name, content=b"content", age=60):
        path = self.inbox / name
        path.write_bytes(content)
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
        return path

    def processed(self):
        folder = self.inbox / "processed"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def test_a_file_is_stored_queued_and_moved_away(self):
        self.put("a.xml", b"<a/>")
        run = self.fetch(self.flow)
        self.assertState(run, "done")
        [message] = self.files(self.flow)
        self.assertEqual((message.subject, message.parent_id), ("a.xml", run))
        self.assertNotEqual(message.correlation_id, run.correlation_id, "each file is a transaction of its own")
        with message.payload_id._open() as stream:
            self.assertEqual(stream.read(), b"<a/>")
        self.assertEqual(self.processed(), ["a.xml"])
        self.assertFalse((self.inbox / "a.xml").exists())

    def test_the_bytes_are_queued_before_anything_is_moved(self):
        """Fault 6: what follows the commit may be lost; then the next run does it."""
        self.put("a.xml")
        with (
            patch.object(type(self.env["finance.adapter.folder"]), "_archive_files", side_effect=OSError("gone")),
            self.assertLogs("odoo.addons.finance_connector_base", "WARNING"),
        ):
            self.fetch(self.flow)
        self.assertTrue((self.inbox / "a.xml").exists())
        self.assertEqual(len(self.files(self.flow)), 1)
        again = self.fetch(self.flow)
        self.assertEqual(len(self.files(self.flow)), 1)
        self.assertEqual(again.result, {"known_already": 1})
        self.assertEqual(self.processed(), ["a.xml"])

    def test_fault_43_the_same_content_under_another_name_is_kept_once(self):
        self.put("a.xml", b"same")
        self.fetch(self.flow)
        self.put("b.xml", b"same")
        run = self.fetch(self.flow)
        first, second = self.files(self.flow)
        self.assertState(second, "ignored", "duplicate")
        self.assertEqual(second.payload_id, first.payload_id, "the bytes are not stored twice")
        self.assertEqual(run.result, {"known_already": 1})
        self.assertEqual(self.processed(), ["a.xml", "b.xml"])

    def test_a_name_that_comes_again_with_new_content_is_a_new_file(self):
        self.put("a.xml", b"monday")
        self.fetch(self.flow)
        self.put("a.xml", b"tuesday")
        self.fetch(self.flow)
        self.assertEqual(self.files(self.flow).mapped("state"), ["done", "done"])
        self.assertEqual(self.processed(), ["a.2.xml", "a.xml"])

    def test_fault_41_an_upload_in_progress_is_not_cut_off(self):
        path = self.put("a.xml", b"half")

        def grow(_seconds):
            path.write_bytes(b"half and more")

        self.sleep.side_effect = grow
        run = self.fetch(self.flow)
        self.assertEqual(run.result, {"growing": 1})
        self.assertFalse(self.files(self.flow))
        self.sleep.side_effect = None
        follow_up = self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("state", "=", "queued")])
        self.make_due(follow_up)
        self.drain()
        self.assertEqual(self.files(self.flow).payload_size, len(b"half and more"))

    def test_a_file_that_grows_while_it_is_read_waits_for_the_next_look(self):
        path = self.put("a.xml", b"x" * 100)
        original = type(self.env["finance.payload"])._store

        def store(payloads, stream, **options):
            payload = original(payloads, stream, **options)
            payload.size += 1  # more arrived than was listed
            path.touch()
            return payload

        with patch.object(type(self.env["finance.payload"]), "_store", store):
            run = self.fetch(self.flow)
        self.assertEqual(run.result, {"growing": 1})
        self.assertFalse(self.files(self.flow))
        self.assertFalse(self.env["finance.payload"].search([("name", "=", "a.xml")]), "nothing is left of the look")

    # -- checksums and files that say complete ---------------------------------------------------

    def rejected(self):
        folder = self.inbox / "rejected"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def run_again(self):
        """Let the time of the next look come."""
        self.make_due(self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("state", "=", "queued")]))
        self.drain()

    def test_s03_a_file_goes_with_its_checksum(self):
        for ending, digest in ((".sha256", hashlib.sha256), (".md5", hashlib.md5), (".sha512", hashlib.sha512)):
            with self.subTest(ending):
                name = f"a{ending[1:]}.xml"
                content = f"<{name}/>".encode()
                self.put(name, content)
                self.put(name + ending, f"{digest(content).hexdigest()}  {name}\n".encode())
                self.fetch(self.flow)
                self.assertIn(name, self.files(self.flow).mapped("subject"))
                self.assertIn(name + ending, self.processed())
        self.assertEqual(len(self.files(self.flow)), 3, "a checksum is no file")

    def test_s03_a_wrong_checksum_is_looked_at_twice_and_then_put_aside(self):
        self.put("a.xml", b"half")
        self.put("a.xml.sha256", hashlib.sha256(b"whole").hexdigest().encode())
        self.put("b.xml", b"good")
        run = self.fetch(self.flow)
        self.assertEqual(run.result, {"growing": 1, "files": 1})
        self.assertFalse(self.rejected())
        self.run_again()
        refused = self.files(self.flow).filtered(lambda message: message.subject == "a.xml")
        self.assertState(refused, "held", "file_checksum_wrong")
        self.assertEqual(self.rejected(), ["a.xml", "a.xml.sha256"])
        self.assertFalse(self.env["finance.payload"].search([("name", "=", "a.xml")]), "nothing of it is kept")
        # it comes as it should
        self.put("a.xml", b"whole")
        self.put("a.xml.sha256", hashlib.sha256(b"whole").hexdigest().encode())
        self.fetch(self.flow)
        self.assertState(refused, "ignored")
        self.assertEqual(self.processed(), ["a.xml", "a.xml.sha256", "b.xml"])
        self.assertAccounted(self.flow)

    def test_a_checksum_that_is_still_written_is_waited_for(self):
        self.put("a.xml", b"whole")
        self.put("a.xml.sha256", hashlib.sha256(b"whole").hexdigest()[:20].encode())
        self.assertEqual(self.fetch(self.flow).result, {"growing": 1})
        self.put("a.xml.sha256", hashlib.sha256(b"whole").hexdigest().encode())
        self.run_again()
        self.assertState(self.files(self.flow), "done")

    def test_refused_files_that_cannot_be_moved_are_refused_once(self):
        self.put("a.xml", b"half")
        self.put("a.xml.md5", b"0" * 32)
        self.fetch(self.flow)
        with (
            patch.object(type(self.env["finance.adapter.folder"]), "_reject_files", side_effect=OSError("gone")),
            self.assertLogs("odoo.addons.finance_connector_base", "WARNING"),
        ):
            self.run_again()
        self.fetch(self.flow)
        self.assertEqual(len(self.files(self.flow)), 1)
        self.assertEqual(self.rejected(), ["a.xml", "a.xml.md5"])

    def test_without_a_folder_for_them_refused_files_stay(self):
        self.connection.file_rejected = False
        self.put("a.xml", b"half")
        self.put("a.xml.md5", b"0" * 32)
        self.fetch(self.flow)
        self.run_again()
        self.assertEqual(self.fetch(self.flow).result, {"refused": 1})
        self.assertEqual(len(self.files(self.flow)), 1)
        self.assertTrue((self.inbox / "a.xml").exists())

    def test_a_folder_for_refused_files_outside_of_what_is_allowed_is_not_used(self):
        self.connection.file_rejected = str(self.root / ".." / "elsewhere")
        self.put("a.xml", b"half")
        self.put("a.xml.md5", b"0" * 32)
        self.fetch(self.flow)
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.run_again()
        self.assertTrue((self.inbox / "a.xml").exists())

    def test_a_file_waits_for_the_file_that_says_complete(self):
        self.connection.file_marker = ".done"
        self.put("a.xml", b"a")
        self.put("b.xml", b"b")
        self.put("b.done", b"")
        run = self.fetch(self.flow)
        self.assertEqual(run.result, {"incomplete": 1, "files": 1})
        self.put("a.xml.done", b"")
        self.fetch(self.flow)
        self.assertEqual(self.files(self.flow).mapped("subject"), ["b.xml", "a.xml"])
        self.assertEqual(self.processed(), ["a.xml", "a.xml.done", "b.done", "b.xml"])

    def test_what_waits_for_too_long_is_told_once(self):
        self.connection.file_checksum = "required"
        self.put("a.xml", b"a")
        self.assertEqual(self.fetch(self.flow).result, {"incomplete": 1})
        self.assertFalse(self.files(self.flow))
        with patch.object(finance_handler_fetch, "INCOMPLETE_SECONDS", 0):
            self.fetch(self.flow)
            self.fetch(self.flow)
        waiting = self.files(self.flow)
        self.assertState(waiting, "held", "file_incomplete")
        self.assertEqual(len(waiting), 1)
        self.put("a.xml.sha256", hashlib.sha256(b"a").hexdigest().encode())
        self.fetch(self.flow)
        self.assertState(waiting, "ignored")
        self.assertEqual(self.processed(), ["a.xml", "a.xml.sha256"])

    def test_an_ending_that_is_none_is_refused(self):
        for marker in ("done", ".", "*.done", "a/.done"):
            with self.subTest(marker), self.assertRaises(ValidationError):
                self.connection.file_marker = marker

    def test_unfinished_names_links_and_folders_are_left_alone(self):
        for name in ("a.xml.part", ".hidden.xml", "~lock.xml", "b.tmp", "c.filepart"):
            self.put(name)
        secret = self.root / "secret.xml"
        secret.write_bytes(b"not yours")
        (self.inbox / "link.xml").symlink_to(secret)
        (self.inbox / "folder.xml").mkdir()
        self.put("real.xml")
        self.fetch(self.flow)
        self.assertEqual(self.files(self.flow).mapped("subject"), ["real.xml"])

    def test_attack_39_weird_names_are_only_names(self):
        names = [
            b"-rf.xml",
            b"semi;touch pwned.xml",
            b"new\nline.xml",
            b"latin1-\xe9.xml",
            "明細書.xml".encode(),
            b"x" * 251 + b".xml",
        ]
        for number, name in enumerate(names):
            Path(os.fsdecode(os.fsencode(self.inbox) + b"/" + name)).write_bytes(b"%d" % number)
        self.fetch(self.flow)
        files = self.files(self.flow)
        self.assertEqual(len(files), len(names))
        self.assertState(files, "done")
        self.assertIn("latin1-\\udce9.xml", files.mapped("subject"))
        self.assertEqual(len(self.processed()), len(names))

    def test_fault_50_one_file_above_the_limit_holds_only_itself(self):
        self.connection.max_file_mb = 1
        self.put("big.xml", b"x" * ((1 << 20) + 1), age=100)
        self.put("small.xml", b"small")
        run = self.fetch(self.flow)
        big, small = self.files(self.flow)
        self.assertState(big, "held", "file_too_large")
        self.assertState(small, "done")
        self.assertEqual(run.result, {"too_large": 1, "files": 1})
        self.assertTrue((self.inbox / "big.xml").exists())
        self.fetch(self.flow)
        self.assertEqual(len(self.files(self.flow)), 2, "one exception, not one a fetch")
        self.connection.max_file_mb = 2
        self.fetch(self.flow)
        self.assertEqual(self.processed(), ["big.xml", "small.xml"])

    def test_an_unreadable_file_holds_only_itself(self):
        self.put("denied.xml", b"x", age=100)
        self.put("good.xml", b"good")
        original = Folder._open

        def refuse(folder, name):
            if name == "denied.xml":
                raise finance_handler_fetch.FileUnreadable("The file cannot be read: Permission denied.")
            return original(folder, name)

        with patch.object(Folder, "_open", refuse):
            self.fetch(self.flow)
        denied, good = self.files(self.flow)
        self.assertState(denied, "held", "file_unreadable")
        self.assertState(good, "done")
        self.fetch(self.flow)
        self.assertEqual(self.processed(), ["denied.xml", "good.xml"], "taken as soon as it can be read")

    def test_many_files_are_taken_in_several_runs(self):
        for number in range(7):
            self.put(f"{number}.xml", b"%d" % number, age=100 - number)
        with patch.object(finance_handler_fetch, "MAX_FILES", 3):
            run = self.fetch(self.flow)
        self.assertEqual(run.result, {"files": 3, "waiting": 4})
        self.assertState(self.files(self.flow), "done")
        self.assertEqual(self.files(self.flow).mapped("subject"), [f"{number}.xml" for number in range(7)])
        self.assertAccounted(self.flow)

    def test_a_missing_folder_says_what_to_do_and_recovers_by_itself(self):
        shutil.rmtree(self.inbox)
        run = self.fetch(self.flow)
        self.assertState(run, "held", "folder_missing")
        self.inbox.mkdir()
        self.put("a.xml")
        self.fetch(self.flow)
        self.assertState(run, "ignored")
        self.assertEqual(self.files(self.flow).mapped("subject"), ["a.xml"])

    def test_folders_outside_of_what_the_server_allows_are_refused(self):
        for path in ("/etc", str(self.root / ".." / "elsewhere"), "", "."):
            self.connection.folder_path = path
            self.connection.action_test()
            self.assertFalse(self.connection.check_ok, path)
            self.assertIn("outside of what this server allows", self.connection.check_result)

    def test_a_link_out_of_the_allowed_folders_is_refused(self):
        outside = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, outside)
        (self.root / "way_out").symlink_to(outside)
        self.connection.folder_path = str(self.root / "way_out")
        self.connection.action_test()
        self.assertFalse(self.connection.check_ok)


@tagged("post_install", "-at_install")
class TestSftp(FetchCase):
    """Against the sandbox's SFTP server, which shares no code with the client."""

    def setUp(self):
        super().setUp()
        self.bank = StandIn("sandbox.sftp", "--root", str(self.root / "bank"), "--user", "bank:secret")
        self.addCleanup(self.bank.stop)
        ready = self.bank.ready
        self.connection = self.make_connection(
            "finance.adapter.sftp",
            sftp_host=ready["host"],
            sftp_port=ready["port"],
            sftp_username="bank",
            sftp_host_key=ready["fingerprint"],
            file_pattern="",
        )
        self.env["finance.secret"]._put(self.connection, "password", "secret")
        self.flow = self.make_flow(self.connection, fetch_interval=5)
        self.inbox = self.root / "bank" / "bank" / "inbox"

    def faults(self, **faults):
        self.bank.control("PUT", "/faults", faults)

    def processed(self):
        return sorted(path.name for path in (self.inbox.parent / "processed").iterdir())

    def test_files_come_and_are_moved_away(self):
        (self.inbox / "a.xml").write_bytes(b"<a/>")
        self.connection.action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.fetch(self.flow)
        self.assertEqual(self.files(self.flow).payload_sha256, hashlib.sha256(b"<a/>").hexdigest())
        self.assertEqual(self.processed(), ["a.xml"])

    def test_b23_fault_48_a_server_that_does_not_answer_opens_its_circuit_and_a_test_ends_it(self):
        flows = (
            self.flow
            + self.make_flow(self.connection, fetch_interval=5)
            + self.make_flow(self.connection, fetch_interval=5)
        )
        self.connection.circuit_threshold = 2
        self.faults(refuse=True)
        runs = [self.fetch(flow) for flow in flows[:2]]
        circuit = self.connection.circuit_ids
        self.assertEqual(circuit.endpoint, f"{self.bank.ready['host']}:{self.bank.ready['port']}")
        self.assertEqual(circuit.state, "open")
        self.assertEqual(self.connection.health, "down")
        # one failed before anybody knew; what follows keeps its attempts
        self.assertEqual(sum(run.attempt_count for run in runs), 1)
        last = self.fetch(flows[2])
        self.assertEqual((last.state, last.attempt_count), ("retry", 0))
        self.assertState(last, "retry", "circuit_open")
        self.bank.control("DELETE", "/faults")
        (self.inbox / "a.xml").write_bytes(b"<a/>")
        self.connection.action_test()
        self.assertTrue(self.connection.check_ok)
        for run in runs:
            self.make_due(run)
        self.drain()
        self.assertEqual(circuit.state, "closed")
        self.assertTrue(self.connection.limit_ids.ramp_at, "slowly at first")

    def test_b23_what_is_refused_is_an_answer(self):
        self.connection.circuit_threshold = 1
        self.faults(auth_fails=True)
        self.assertState(self.fetch(self.flow), "held", "login_refused")
        self.assertFalse(self.connection.circuit_ids)

    def test_b23_a_transfer_that_is_cut_is_a_failure_of_the_server(self):
        (self.inbox / "a.xml").write_bytes(b"x" * 200_000)
        self.faults(cut_after=1000)
        self.fetch(self.flow)
        self.assertEqual(self.connection.circuit_ids.streak, 1)

    def test_b24_sessions_keep_the_limit_of_calls(self):
        limit = self.env["finance.limit"].create({"connection_id": self.connection.id, "rate": 0.05, "burst": 1})
        self.assertState(self.fetch(self.flow), "done")
        self.assertTrue(limit.next_at, "it was taken from")
        self.bank.control("DELETE", "/journal")
        # the next session may come in 20 seconds
        other = self.fetch(self.make_flow(self.connection, fetch_interval=5))
        self.assertEqual((other.state, other.attempt_count), ("retry", 0))
        self.assertState(other, "retry", "rate_limited")
        logins = [line for line in self.bank.control("GET", "/journal") if line["operation"].startswith("login")]
        self.assertEqual(logins, [])

    def test_another_host_key_stops_everything_before_the_password_is_sent(self):
        (self.inbox / "a.xml").write_bytes(b"<a/>")
        self.faults(other_host_key=True)
        run = self.fetch(self.flow)
        self.assertState(run, "held", "host_key_changed")
        self.assertTrue(self.connection.auth_needed)
        self.fetch(self.flow)
        logins = [line for line in self.bank.control("GET", "/journal") if line["operation"].startswith("login")]
        self.assertEqual(logins, [])
        self.bank.control("DELETE", "/faults")
        self.connection.action_test()
        self.drain()
        self.assertEqual(len(self.files(self.flow)), 1)

    def test_s03_checksums_and_markers_over_sftp(self):
        self.connection.write({"file_marker": ".ok", "file_checksum": "required"})
        for name, content, said in (
            ("good.xml", b"good", b"good"),
            ("bad.xml", b"ba", b"bad"),
            ("late.xml", b"l", None),
        ):
            (self.inbox / name).write_bytes(content)
            (self.inbox / f"{name}.ok").touch()
            if said:
                (self.inbox / f"{name}.sha256").write_text(hashlib.sha256(said).hexdigest())
        self.assertEqual(self.fetch(self.flow).result, {"files": 1, "growing": 1, "incomplete": 1})
        self.make_due(self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("state", "=", "queued")]))
        self.drain()
        self.assertEqual(self.processed(), ["good.xml", "good.xml.ok", "good.xml.sha256"])
        rejected = sorted(path.name for path in (self.inbox.parent / "rejected").iterdir())
        self.assertEqual(rejected, ["bad.xml", "bad.xml.ok", "bad.xml.sha256"])
        self.assertEqual(sorted(path.name for path in self.inbox.iterdir()), ["late.xml", "late.xml.ok"])
        held = self.files(self.flow).filtered(lambda message: message.state == "held")
        self.assertEqual((held.subject, held.reason_code), ("bad.xml", "file_checksum_wrong"))

    def test_a_refused_login_is_tried_once(self):
        self.faults(auth_fails=True)
        run = self.fetch(self.flow)
        self.assertState(run, "held", "login_refused")
        self.env["finance.flow"]._cron_schedule()
        self.drain()
        logins = [line for line in self.bank.control("GET", "/journal") if line["operation"].startswith("login")]
        self.assertEqual(len(logins), 1)
        self.assertNotIn("secret", run.detail)

    def test_a_cut_line_keeps_what_came_before(self):
        for number in range(3):
            path = self.inbox / f"{number}.xml"
            path.write_bytes(os.urandom(40_000))
            os.utime(path, (1_700_000_000 + number,) * 2)
        self.faults(cut_after=60_000)
        run = self.fetch(self.flow)
        self.assertState(run, "done")
        self.assertEqual(run.result["files"], 1)
        self.assertEqual(run.result["interrupted"], 1)
        self.bank.control("DELETE", "/faults")
        self.make_due(self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("state", "=", "queued")]))
        self.drain()
        self.assertEqual(self.files(self.flow).mapped("subject"), ["0.xml", "1.xml", "2.xml"])
        self.assertEqual(self.files(self.flow).mapped("payload_size"), [40_000] * 3)

    def test_a_server_that_is_away_is_tried_again(self):
        self.faults(refuse=True)
        run = self.fetch(self.flow)
        self.assertState(run, "retry", "transient")
        self.assertFalse(self.connection.auth_needed)

    def test_fault_50_a_file_that_does_not_end(self):
        """Fault 50: it claims little and gives without end; it is cut at the limit and not asked for again."""
        self.connection.max_file_mb = 1
        self.faults(endless="inbox/endless.xml", endless_claims=100)
        run = self.fetch(self.flow)
        self.assertEqual(run.result, {"too_large": 1})
        self.assertState(self.files(self.flow), "held", "file_too_large")
        self.bank.control("DELETE", "/journal")
        self.fetch(self.flow)
        opened = [line for line in self.bank.control("GET", "/journal") if line["operation"] == "open"]
        self.assertEqual(opened, [])

    def test_files_that_cannot_be_moved_are_fetched_once(self):
        (self.inbox / "a.xml").write_bytes(b"<a/>")
        self.faults(deny=["rename"])
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.fetch(self.flow)
        self.assertTrue((self.inbox / "a.xml").exists())
        self.bank.control("DELETE", "/journal")
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            again = self.fetch(self.flow)
        self.assertEqual(again.result, {"known_already": 1})
        self.assertEqual(len(self.files(self.flow)), 1)
        opened = [line for line in self.bank.control("GET", "/journal") if line["operation"] == "open"]
        self.assertEqual(opened, [], "it is not downloaded again")
        self.bank.control("DELETE", "/faults")
        self.fetch(self.flow)
        self.assertEqual(self.processed(), ["a.xml"])

    def test_weird_names_and_names_that_climb(self):
        """Attack 39: one name in another encoding does not hide the folder; one with a path is not asked for."""
        self.bank.control("POST", "/weird", {"user": "bank"})
        self.fetch(self.flow)
        subjects = self.files(self.flow).mapped("subject")
        self.assertIn("latin1-\\udce9.xml", subjects)
        self.assertNotIn("../escape.xml", subjects)
        self.assertEqual(set(self.files(self.flow).mapped("state")), {"done", "ignored"})
        self.assertTrue((self.inbox.parent / "escape.xml").exists())


@tagged("post_install", "-at_install")
class TestWaysIn(FetchCase):
    def test_b02_b49_one_file_by_every_way_is_one_file(self):
        """B-02, B-49: folder, SFTP and by hand give the same message; by hand first, the channel later is known."""
        content = b"<statement/>"
        inbox = self.root / "inbox"
        inbox.mkdir()
        bank = StandIn("sandbox.sftp", "--root", str(self.root / "bank"), "--user", "bank:secret")
        self.addCleanup(bank.stop)
        sftp = self.make_connection(
            "finance.adapter.sftp",
            sftp_host=bank.ready["host"],
            sftp_port=bank.ready["port"],
            sftp_username="bank",
            sftp_host_key=bank.ready["fingerprint"],
        )
        self.env["finance.secret"]._put(sftp, "password", "secret")
        flows = {
            "folder": self.make_flow(self.make_connection("finance.adapter.folder", folder_path=str(inbox))),
            "sftp": self.make_flow(sftp),
            "manual": self.make_flow(self.make_connection("finance.adapter.manual")),
        }
        (inbox / "s.xml").write_bytes(content)
        (self.root / "bank" / "bank" / "inbox" / "s.xml").write_bytes(content)
        for way in ("folder", "sftp"):
            self.fetch(flows[way])
        payload = self.env["finance.payload"]._store(content, company=self.company, name="s.xml")
        by_hand = Envelope(
            subject="s.xml", payload_id=payload.id, dedupe_key=f"sha256:{payload.sha256}", content_hash=payload.sha256
        )
        self.enqueue(flows["manual"], by_hand)
        facts = {
            (m.subject, m.dedupe_key, m.content_hash, m.payload_sha256, m.payload_size, m.kind, m.schema_version)
            for flow in flows.values()
            for m in self.files(flow)
        }
        self.assertEqual(len(facts), 1)
        # the same file by hand on the flow of the automatic channel, and the other way round
        [again] = self.enqueue(flows["folder"], by_hand)
        self.assertState(again, "ignored", "duplicate")
