"""Layouts built in a form: what is shown is what is written, and they move between databases (C-14)."""

import base64
import io
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..const import CONTROLLER
from ..extracts import layout as pure
from ..models.finance_consolidation_layout_column import SOURCES
from .common import ConsolidationCase


@tagged("post_install", "-at_install")
class TestConsolidationLayout(ConsolidationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post("2026-10-05", ("receivable", 100.10), ("sales", -100.10))
        cls.post("2026-10-06", ("bank", 50), ("receivable", -50))
        cls.built = cls.package()
        cls.layout = cls.env["finance.consolidation.layout"].create(
            {
                "name": "Platform",
                "decimal_mark": "comma",
                "after": "END;{rows};{balance}",
                "column_ids": [
                    Command.create({"title": "Account", "source": "account_code", "sort": 1}),
                    Command.create({"title": "Amount", "source": "balance", "sign": "reversed"}),
                ],
            }
        )

    def written(self, layout):
        stream = io.BytesIO()
        layout._write_package(self.built, self.built._chain(), stream)
        return stream.getvalue().decode().splitlines()

    def test_fields_of_the_form_are_those_there_are(self):
        self.assertEqual({name for name, _label in SOURCES}, set(pure.FIELDS))

    def test_what_is_shown_is_what_is_written(self):
        boss = self.person("boss", CONTROLLER)
        expected = ["Account;Amount", "G100;-100,10", "G400;100,10", "END;2;0.00"]
        self.assertEqual(self.written(self.layout), expected)
        with Form(self.layout.with_user(boss)) as form:
            form.preview_package_id = self.built
            self.assertEqual(form.preview.splitlines(), expected)
            with form.column_ids.edit(1) as column:
                column.has_decimals = True
                column.decimals = 0
            self.assertIn("G400;100", form.preview.splitlines(), "before it is saved")
            form.kind = "fixed"
            self.assertIn("enter the width", form.preview)
            form.kind = "csv"
        action = self.layout.with_user(boss).with_context(package_id=self.built.id).action_download()
        file = self.env["finance.consolidation.layout.file"].search([], order="id desc", limit=1)
        self.assertEqual(action["url"], f"/finance/group/layout/file/{file.id}")
        self.assertEqual((file.create_uid, file.package_id), (boss, self.built))
        payload = file.payload_id
        with payload._open() as stream:
            self.assertEqual(stream.read().decode().splitlines(), self.written(self.layout))
        file.unlink()
        self.assertFalse(payload.exists(), "its bytes are forgotten with it")
        with self.assertRaises(AccessError):
            self.layout.with_user(self.person("accountant")).name = "x"
        with self.assertRaises(ValidationError):
            self.layout.before = "{nothing}"
        self.layout.cut_code = "unheard of"
        with self.assertRaises(UserError):
            self.written(self.layout)

    def test_xbrl_gl_needs_no_columns(self):
        """Issue 8 point 4: the trial balance of the package, shown and written, for a download or a target."""
        boss = self.person("boss", CONTROLLER)
        with Form(self.env["finance.consolidation.layout"].with_user(boss)) as form:
            form.name, form.kind = "Authority", "xbrl_gl"
            form.preview_package_id = self.built
            self.assertIn('<gl-cor:accountMainID contextRef="closing">G100</gl-cor:accountMainID>', form.preview)
        layout = form.save()
        text = "".join(self.written(layout))
        self.assertIn(f"{self.built.name}-movement", text)
        self.assertNotIn("balance-brought-forward", text, "nothing was there before")
        self.assertEqual(layout._file_name(self.built), f"{self.built.name}-Authority.xbrl")
        self.assertEqual(layout._write_package(self.built, self.built._chain(), io.BytesIO()).rows, 2)

    def test_a_layout_moves_to_another_database(self):
        boss = self.person("boss", CONTROLLER)
        action = self.layout.with_user(boss).action_export()
        exported = self.env["ir.attachment"].browse(int(action["url"].split("/")[3].split("?")[0])).raw

        def take(content):
            wizard = self.env["finance.consolidation.layout.import"].with_user(boss)
            return wizard.create({"content": base64.b64encode(content)}).action_import()

        copy = self.env["finance.consolidation.layout"].browse(take(exported)["res_id"])
        self.assertEqual(copy.name, "Platform (2)")
        self.assertEqual(self.written(copy), self.written(self.layout))
        content = json.loads(exported)
        for spoiled in (
            {**content, "format": "other"},
            {**content, "kind": "exe"},
            {**content, "columns": [{"title": "x", "source": "password"}]},
            {**content, "columns": [{"title": 5}]},
            {**content, "columns": "none"},
            [],
        ):
            with self.assertRaises(UserError):
                take(json.dumps(spoiled).encode())
        with self.assertRaises(UserError):
            take(b"\xff{")
