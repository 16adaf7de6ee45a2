import base64

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..const import ADMIN


class FinanceDestroyedListWizard(models.TransientModel):
    """After a restore: destroys once more what the list of destroyed contents names."""

    _name = "finance.destroyed.list.wizard"
    _description = "Apply the List of Destroyed Contents"

    file = fields.Binary(string="List", required=True, attachment=False)
    file_name = fields.Char()
    reason = fields.Char(required=True, default=lambda self: self.env._("after a restore"))

    def action_confirm(self):
        """Destroy what is there again."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        try:
            told = strict_json.loads(base64.b64decode(self.with_context(bin_size=False).file))
        except (SafetyError, ValueError) as error:
            raise UserError(self.env._("This is no list of what was destroyed.")) from error
        count = self.env["finance.retention.tombstone"]._apply_list(told, self.reason)
        return notice(self.env._("Contents that were there again and are destroyed: %s.", count))
