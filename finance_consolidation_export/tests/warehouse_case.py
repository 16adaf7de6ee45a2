"""What the tests of the warehouse share: a warehouse that delivers into a folder, and what lies there."""

import csv
import gzip
import json
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.transaction import NestedSteps
from odoo.addons.finance_connector_base.models.finance_adapter_folder import ROOTS_VARIABLE

from .common import ConsolidationCase


class WarehouseCase(ConsolidationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.startClassPatcher(patch.dict("os.environ", {ROOTS_VARIABLE: str(cls.root)}))
        connection = cls.make_connection(
            "finance.adapter.folder", folder_path=str(cls.root / "in"), folder_out=str(cls.root)
        )
        cls.warehouse = cls.env["finance.warehouse"].create(
            {
                "name": "Warehouse",
                "code": "W1",
                "company_ids": [Command.set(cls.company.ids)],
                "connection_id": connection.id,
                "rows_per_file": 3,
                "interval": "manual",
            }
        )
        cls.entry = cls.post("2026-10-05", ("receivable", 100.10), ("sales", -100.10))
        cls.later = cls.post("2026-10-07", ("wages", 70), ("bank", -70))

    def setUp(self):
        super().setUp()
        for path in self.root.iterdir():
            path.unlink()

    def run_it(self, *, full=False):
        """:return: the run, worked as far as it comes"""
        run = self.warehouse._begin_run(full)
        self.env["finance.warehouse"]._work_due(NestedSteps(self.env.cr))
        self.env.invalidate_all()
        return run

    def control(self, run):
        return json.loads((self.root / run.control_name).read_bytes())

    def feed(self, run, code):
        [found] = [feed for feed in self.control(run)["feeds"] if feed["feed"] == code]
        return found

    def rows(self, run, code):
        """:return: rows of the files that the control file names"""
        found = []
        for file in self.feed(run, code)["files"]:
            with gzip.open(self.root / file["name"], "rt", newline="") as stream:
                rows = list(csv.DictReader(stream))
            self.assertEqual(len(rows), file["rows"])
            found += rows
        return found
