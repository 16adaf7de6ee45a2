from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import ADMIN

#: in the context of the one step that may write; an object cannot be forged by a client
_SEALING = object()


class FinanceSealedSecret(models.AbstractModel):
    """A secret that a person sets in a dialog: sealed there, and written by nothing else.

    Not by rights, not by commands on the record it belongs to, not by sudo.
    """

    _name = "finance.sealed.secret"
    _description = "Secret Set in a Dialog"
    _inherit = ["finance.sealed"]
    _allow_sudo_commands = False

    sealed = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    set_by_id = fields.Many2one("res.users", string="Set by", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_sealing()
        return super().create(vals_list)

    def write(self, vals):
        self._check_sealing()
        return super().write(vals)

    def _check_sealing(self):
        if self.env.context.get("finance_sealing") is not _SEALING:
            raise AccessError(self.env._("A secret is set in its dialog and nowhere else."))

    def _begin_sealing(self):
        """:return: the records (or the empty model) as the step of sealing writes them"""
        return self.sudo().with_context(finance_sealing=_SEALING)  # sudo: sealed values are written by nobody directly

    def _end_sealing(self):
        """:return: the records as everybody else has them"""
        return self.with_context(finance_sealing=None)

    @api.model
    def _check_may_set(self, owner):
        """:param owner: the record that the secret belongs to
        :raise AccessError: its secrets are not the user's to set
        """
        if not self.env.su and not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("Only a connector administrator may set secrets."))
        owner.check_access("write")
