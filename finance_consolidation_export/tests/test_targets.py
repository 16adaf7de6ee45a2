"""Packages to SAP Group Reporting, Anaplan, a folder and a REST receiver, against stand-ins on sockets and real files.

C-09, C-12, C-15, S-22; faults 3, 4, 31
"""

import csv
import hashlib
import io
import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_connector_base.models.finance_adapter_folder import ROOTS_VARIABLE
from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract

from sandbox.anaplan import system as anaplan
from sandbox.neutral.system import Receiver
from sandbox.rest.base import RestSystem, Running, route, said
from sandbox.sapgr import system as sapgr

from .sftp_case import SftpThere
from .target_case import TargetCase

ACCOUNTS = ("G100", "G200", "G400")


class OtterThere(RestSystem):
    """The invented platform of docs/group-targets.md."""

    def __init__(self):
        super().__init__()
        self.files, self.loads = {}, []

    @route("PUT", "/files/([^/]+)")
    def put(self, request, name):
        self.files[name] = request.body.decode()
        return said({})

    @route("POST", "/books/B1/loads")
    def load(self, request):
        self.loads.append(json.loads(request.body)["file"])
        return said({"load": len(self.loads)})

    @route("GET", "/files/([^/]+)/loads")
    def of_file(self, request, name):
        return said([number for number, file in enumerate(self.loads, 1) if file == name])

    @route("GET", "/loads/1")
    def progress(self, request):
        return said({"state": "done"})

    @route("GET", "/entities/DE01")
    def entity(self, request):
        rows = csv.DictReader(io.StringIO(self.files[self.loads[-1]]))
        return said({row["account"]: row["amount"] for row in rows})


@tagged("post_install", "-at_install")
class TestTargets(SftpThere, AdapterContract, TargetCase):
    """One package, four targets: each test delivers to one of them."""

    adapters = (
        "finance.consolidation.adapter.anaplan",
        "finance.consolidation.adapter.rest",
        "finance.consolidation.adapter.sapgr",
    )
    handlers = ("finance.consolidation.handler.delivery",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for name in ("out", "in"):
            (cls.folder / name).mkdir()
        cls.startClassPatcher(patch.dict("os.environ", {ROOTS_VARIABLE: folder.name}))
        cls.files = cls.make_connection(
            "finance.adapter.folder", folder_out=str(cls.folder / "out"), folder_path=str(cls.folder / "in")
        )
        cls.runs = {}
        cls.to_folder = cls.make_target(cls.files)
        cls.to_sap, cls.sap_connection = cls.over_http("sapgr", sapgr.Sap, sapgr.USER, sapgr.PASSWORD)
        ids = {"workspace": anaplan.WORKSPACE, "model": anaplan.MODEL, "file": anaplan.FILE, "action": anaplan.IMPORT}
        cls.to_anaplan, connection = cls.over_http(
            "anaplan", anaplan.Platform, anaplan.USER, anaplan.PASSWORD, export=anaplan.EXPORT, **ids
        )
        url = cls.runs["anaplan"].url
        connection.write({"http_base_url": f"{url}/2/0", "anaplan_auth": url, "http_auth": "adapter"})
        cls.to_rest, _connection = cls.over_http("rest", Receiver, "", "")
        cls.to_otter, _connection = cls.over_http("otter", OtterThere, "", "", book="B1")
        (cls.to_folder | cls.to_sap | cls.to_anaplan | cls.to_rest | cls.to_otter).active = False

    @classmethod
    def over_http(cls, kind, stand_in, user, password, **parameters):
        running = cls.runs[kind] = Running(stand_in())
        cls.addClassCleanup(running.stop)
        connection = cls.make_connection(
            f"finance.consolidation.adapter.{kind}",
            name=kind,
            http_base_url=running.url,
            http_networks="127.0.0.0/8",
            http_allow_plain=True,
            http_auth="basic" if user else "adapter",
            http_username=user,
        )
        if password:
            cls.env["finance.secret"]._put(connection, "password", password)
        return cls.make_target(connection, **parameters), connection

    def choose(self, target, kind=None, stand_in=None):
        """Only this target is there; :return: its stand-in, as it is in the beginning"""
        for file in self.folder.glob("*/*.*"):
            file.unlink()
        target.active = True
        if kind:
            self.running = self.runs[kind]
            return self.running.begin_anew(stand_in())
        return None

    # -- SAP Group Reporting -------------------------------------------------------------------

    def sap(self):
        there = self.choose(self.to_sap, "sapgr", sapgr.Sap)
        there.units, there.items = ["DE01"], list(ACCOUNTS)
        # what the group itself has posted is no reported data
        there.adjusted = {"G100": "7.00"}
        return there

    def content(self, delivery):
        with delivery.payload_id._open() as stream:
            return stream.read()

    def test_s22_sap_uploaded_by_a_person(self):
        there = self.sap()
        delivery = self.deliver()
        self.work()
        self.assertEqual((delivery.state, delivery.waits_for_person), ("loading", True))
        self.assertIn(self.controller, delivery.activity_ids.user_id)
        content = self.content(delivery)
        self.assertIn(self.first._link("G400"), content.decode(), "C-15")
        self.assertFalse(there.upload(content))
        self.decide(delivery, "loaded", job="Task 12")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(delivery.certificate_id.content["job"], "Task 12")
        self.assertEqual(there.tasks[0]["settings"]["Update Mode"], "1")
        self.assertGreater(sum("GRTransactionData" in path for _method, path, _status in there.log), 1, "pages")

    def test_sap_by_a_folder_and_cells_that_changed(self):
        there = self.sap()
        self.to_sap.write({"file_connection_id": self.files.id, "later_mode": "cells"})
        self.tune(self.to_sap, number_format="2")
        delivery = self.deliver()
        self.drain(max_messages=2)
        file = self.folder / "out" / delivery.file_name
        self.assertFalse(there.upload(file.read_bytes()))
        self.work()
        self.assertReconciled(delivery)
        later = self.deliver(self.later(("bank", 0.5), ("sales", -0.5)))
        self.drain(max_messages=2)
        self.assertFalse(there.upload((self.folder / "out" / later.file_name).read_bytes()))
        self.work()
        self.assertReconciled(later)
        self.assertEqual((there.tasks[1]["settings"]["Update Mode"], there.tasks[1]["rows"]), ("2", 2))
        self.assertEqual({line["AmountInLocalCurrency"] for line in there.lines}, {"300.50", "-100.00", "-200.50"})

    def test_sap_what_never_arrives_is_compared_as_it_is(self):
        self.sap()
        self.to_sap.file_connection_id = self.files
        self.tune(self.to_sap, patience="2")
        delivery = self.deliver()
        self.work()
        self.assertEqual((delivery.state, delivery.difference_count), ("loaded", 3))
        self.assertIn("DE01 G100: 0 instead of 300.00 EUR", delivery.detail)

    # -- Anaplan -------------------------------------------------------------------------------

    def anaplan(self):
        there = self.choose(self.to_anaplan, "anaplan", anaplan.Platform)
        there.know("Company", "DE01")
        there.know("Account", *ACCOUNTS)
        return there

    def test_s22_anaplan_complete_with_rows_left_out(self):
        there = self.anaplan()
        there.members["Account"].remove("G400")
        there.limited = 1
        delivery = self.deliver()
        self.work()
        self.assertEqual(delivery.state, "rejected", "complete and successful, and not everything is there")
        [line] = delivery.line_ids
        self.assertEqual((line.entity_code, line.account_code, line.member), ("DE01", "G400", "G400"))
        self.assertEqual(delivery.rows_loaded, 2)
        there.know("Account", "G400")
        self.decide(delivery, "again")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.read_back, len(there.tasks)), ("read", 2))

    def test_anaplan_a_start_without_an_answer_is_found_among_the_tasks(self):
        there = self.anaplan()
        delivery = self.deliver()
        self.drain(max_messages=1)
        path = f"{anaplan.BASE}/imports/{anaplan.IMPORT}/tasks"
        self.running.chaos("reset_after_effect", path=path, times=1)
        self.drain(max_messages=1)
        self.assertEqual(delivery.state, "unknown")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.job, len(there.tasks)), ("T001", 1))
        self.assertGreaterEqual(there.authenticated, 3, "a token for each step")

    def test_anaplan_a_start_that_did_not_arrive_is_made_again(self):
        """Asked twice, there is no task: it is started, once."""
        there = self.anaplan()
        delivery = self.deliver()
        self.drain(max_messages=1)
        self.running.chaos("reset", path=f"{anaplan.BASE}/imports/{anaplan.IMPORT}/tasks", times=1)
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.round, len(there.tasks)), (2, 1))

    # -- files and REST ------------------------------------------------------------------------

    def test_s22_a_folder_with_an_acknowledgement(self):
        self.choose(self.to_folder)
        self.tune(self.to_folder, acknowledgement="yes")
        receiver = Receiver()
        receiver.accounts = list(ACCOUNTS[:2])
        delivery = self.deliver()
        self.drain(max_messages=3)
        out = self.folder / "out"
        stem = delivery.file_name.removesuffix(".csv")
        told = (out / f"{stem}.manifest.json").read_bytes()
        self.assertEqual(json.loads(told)["digest"], self.first.digest)
        self.assertEqual(json.loads(told)["control_totals"][0]["balance"], "0.00")
        answer = receiver.load((out / delivery.file_name).read_bytes(), told)
        (self.folder / "in" / f"{stem}.ack.json").write_text(json.dumps(answer))
        self.work()
        self.assertEqual((delivery.state, delivery.line_ids.account_code), ("rejected", "G400"))
        receiver.accounts.append("G400")
        self.decide(delivery, "again")
        self.drain(max_messages=3)
        answer = receiver.load((out / f"{stem}-r2.csv").read_bytes(), (out / f"{stem}-r2.manifest.json").read_bytes())
        (self.folder / "in" / f"{stem}-r2.ack.json").write_text(json.dumps(answer))
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(delivery.read_back, "report", "it is said that nobody has read it back")

    def test_a_folder_that_tells_nothing_certifies_nothing(self):
        self.choose(self.to_folder)
        delivery = self.deliver()
        self.work()
        self.assertEqual((delivery.state, delivery.read_back, delivery.certificate_id.id), ("loaded", "none", False))
        with self.assertRaisesRegex(ValidationError, "choose no folder"):
            self.to_folder.file_connection_id = self.files

    def test_a_layout_in_place_of_the_neutral_file(self):
        self.choose(self.to_folder)
        columns = [("Account", "account_code"), ("Amount", "balance")]
        self.to_folder.layout_id = self.env["finance.consolidation.layout"].create(
            {
                "name": "Two columns",
                "column_ids": [Command.create({"title": title, "source": source}) for title, source in columns],
            }
        )
        delivery = self.deliver()
        self.work()
        self.assertEqual(delivery.state, "loaded", delivery.detail)
        written = (self.folder / "out" / delivery.file_name).read_text()
        self.assertEqual(written.splitlines()[:2], ["Account;Amount", "G100;300.00"])
        told = json.loads((self.folder / "out" / f"{delivery.file_name[:-4]}.manifest.json").read_bytes())
        self.assertEqual((told["row_count"], told["layout"], told["sha256"]), (3, "Two columns", delivery.file_sha256))
        with self.assertRaisesRegex(ValidationError, "choose no layout"):
            self.to_sap.layout_id = self.to_folder.layout_id

    def test_s22_over_sftp_where_the_answer_is_lost(self):
        """A real server that is cut off after the file has its name: it is found, and lies there once (fault 5)."""
        target = self.make_target(self.start_sftp())
        target.layout_id = self.env["finance.consolidation.layout"].create({"name": "Authority", "kind": "xbrl_gl"})
        self.server.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        delivery = self.deliver()
        self.drain()
        self.server.control("DELETE", "/faults")
        self.work()
        self.assertEqual(delivery.state, "loaded", delivery.detail)
        stem = delivery.file_name.removesuffix(".xbrl")
        self.assertEqual({path.name for path in self.there.iterdir()}, {delivery.file_name, f"{stem}.manifest.json"})
        content = (self.there / delivery.file_name).read_bytes()
        self.assertEqual(hashlib.sha256(content).hexdigest(), delivery.file_sha256)
        self.assertIn(b">trialbalance</gl-cor:entriesType>", content)
        told = json.loads((self.there / f"{stem}.manifest.json").read_bytes())
        self.assertEqual((told["row_count"], told["sha256"]), (3, delivery.file_sha256))

    def test_s22_rest_where_the_answer_is_lost(self):
        there = self.choose(self.to_rest, "rest", Receiver)
        there.accounts, there.can_be_asked = list(ACCOUNTS), True
        delivery = self.deliver()
        self.drain(max_messages=1)
        self.running.chaos("reset_after_effect", path="/batches/", times=1)
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((there.loads, delivery.read_back), (1, "read"))

    def test_a_target_is_one_file_and_one_line(self):
        """The worked example of docs/group-targets.md: everything else works, the lost answer too."""
        there = self.choose(self.to_otter, "otter", OtterThere)
        delivery = self.deliver()
        self.drain(max_messages=1)
        self.running.chaos("reset_after_effect", path="/books", times=1)
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.job, len(there.loads)), ("1", 1))

    def test_one_target_does_not_wait_for_another(self):
        there = self.choose(self.to_rest, "rest", Receiver)
        there.accounts = list(ACCOUNTS)
        self.to_folder.active = True
        self.first.with_user(self.controller).action_deliver()
        self.work()
        self.assertEqual(set(self.first.delivery_ids.mapped("state")), {"loaded", "reconciled"})
