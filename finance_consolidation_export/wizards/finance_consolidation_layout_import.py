import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError


class FinanceConsolidationLayoutImport(models.TransientModel):
    """Takes a layout that another database has exported."""

    _name = "finance.consolidation.layout.import"
    _description = "Import a Layout"

    content = fields.Binary(string="File", required=True, attachment=False)
    file_name = fields.Char()

    def action_import(self):
        """Make the layout, and open it."""
        self.ensure_one()
        try:
            content = strict_json.loads(base64.b64decode(self.content))
        except (SafetyError, binascii.Error) as error:
            raise UserError(self.env._("This is no layout of a package.")) from error
        layout = self.env["finance.consolidation.layout"]._import(content)
        return {
            "type": "ir.actions.act_window",
            "res_model": layout._name,
            "view_mode": "form",
            "res_id": layout.id,
        }
