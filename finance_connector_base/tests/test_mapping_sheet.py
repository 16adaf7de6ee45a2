"""Mappings as spreadsheets: out, edited, and back as drafts (attack 28)."""

import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine import spreadsheet
from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingSheet(MappingCase):
    def sheet(self, role="steward", **values):
        return self.as_user(self.env["finance.mapping.sheet"], role).create({"domain_id": self.domain.id, **values})

    def exported(self, kind="xlsx"):
        sheet = self.sheet()
        sheet._export(kind)
        return base64.b64decode(sheet.export)

    def bring(self, rows, header=None):
        header = header or list(rows[0])
        content = spreadsheet.write_xlsx("Mappings", header, [[row.get(title) for title in header] for row in rows])
        sheet = self.sheet(content=base64.b64encode(content), content_name="m.xlsx")
        return sheet, sheet.action_import()

    def test_out_edited_and_back(self):
        one, two = self.active("V1"), self.active("V2", 1, qualifier="country = DE", operation="prefix")
        for kind in ("xlsx", "csv"):
            lines = spreadsheet.read(self.exported(kind), f"m.{kind}")
            self.assertEqual([line.values["Code"] for line in lines], ["V1", "V2"])
        rows = [line.values for line in spreadsheet.read(self.exported(), "m.xlsx")]
        rows[0]["Odoo record"] = "Three"
        rows.append({"Kind": "test.vendor", "Code": "V9", "Odoo record": "Two", "Connection": self.connection.name})
        _sheet, action = self.bring(rows)
        change = self.env["finance.mapping.set"].browse(action["res_id"])
        self.assertEqual(
            (action["res_model"], change.state, change.name), (change._name, "draft", "m.xlsx: Own Company")
        )
        drafts = change.mapping_ids.sorted("code")
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])
        self.assertEqual((drafts[0].replaces_id, drafts[0].res_id), (one, self.partners[2].id))
        self.assertEqual((drafts[1].code, drafts[1].res_id), ("V9", self.partners[1].id))
        self.assertEqual((one.state, two.state), ("active", "active"))
        self.assertEqual(self.lookup("V1"), "One")

    def test_mistakes_name_sheet_row_and_column_and_nothing_is_imported(self):
        sheet, _action = self.bring(
            [
                {"Kind": "test.vendor", "Code": "A", "Odoo record": "One", "Rule": "equals", "Valid from": None},
                {"Kind": "test.vendor", "Code": "B", "Odoo record": "Nobody", "Rule": None, "Valid from": None},
                {"Kind": "test.vendor", "Code": "C", "Odoo record": "One", "Rule": "python", "Valid from": None},
                {"Kind": "test.vendor", "Code": "D", "Odoo record": "One", "Rule": None, "Valid from": "soon"},
            ]
        )
        self.assertIn("Mappings, row 3, column Odoo record", sheet.report)
        self.assertIn("Mappings, row 4, column Rule", sheet.report)
        self.assertIn("Mappings, row 5, column Valid from", sheet.report)
        self.assertFalse(self.mappings.search([("domain_id", "=", self.domain.id)]))

    def test_attack_28_codes_that_look_like_formulas_go_out_harmless_and_come_back(self):
        self.active("=1+1", label="@SUM(A1)")
        rows = [line.values for line in spreadsheet.read(self.exported(), "m.xlsx")]
        self.assertEqual((rows[0]["Code"], rows[0]["Name"]), ("=1+1", "@SUM(A1)"))
        self.assertIn(b"'=1+1", self.exported("csv"))
        _sheet, action = self.bring(rows)
        self.assertEqual(action["domain"][0][2], [], "nothing has changed")

    def test_stewards_only_and_no_foreign_files(self):
        with self.assertRaises(AccessError):
            self.sheet("viewer")
        with self.assertRaisesRegex(UserError, "no spreadsheet"):
            self.sheet(content=base64.b64encode(b"PK\3\4"), content_name="m.xlsx").action_import()
