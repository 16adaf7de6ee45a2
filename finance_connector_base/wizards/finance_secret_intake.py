from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError


class FinanceSecretIntake(models.AbstractModel):
    """A dialog into which a secret is typed: sealed as the dialog is saved, never stored with it."""

    _name = "finance.secret.intake"
    _description = "Dialog That Takes a Secret"

    # never stored: taken out of the values in create() and sealed
    value = fields.Char(
        store=False,
        compute="_compute_value",
        inverse="_inverse_value",
        groups="finance_connector_base.finance_group_admin",
    )
    value_text = fields.Text(
        store=False,
        compute="_compute_value",
        inverse="_inverse_value",
        groups="finance_connector_base.finance_group_admin",
    )

    def _compute_value(self):
        self.value = False
        self.value_text = False

    def _inverse_value(self):
        """Sealing happens in create(), before anything could be cached or logged."""

    @api.model_create_multi
    def create(self, vals_list):
        given = [(vals.pop("value", None) or "", vals.pop("value_text", None) or "") for vals in vals_list]
        wizards = super().create(vals_list)
        for wizard, (line, text) in zip(wizards, given, strict=True):
            try:
                wizard._take(line, text)
            except FinanceError as error:
                raise UserError(error.detail) from error
        return wizards

    def _take(self, line, text):
        """Seal what was typed; OVERRIDE.

        :param str line: of the field of one line
        :param str text: of the field of several lines
        :raise UserError, FinanceError: it is none, or cannot be sealed here
        """
        raise NotImplementedError(self._name)

    def _check_given(self, value):
        """:raise UserError: nothing was typed"""
        if not value:
            raise UserError(self.env._("Enter the secret."))

    def action_confirm(self):
        """Close; the secret was sealed when the dialog was saved."""
        self.env["finance.message"]._check_role(ADMIN)
        return {"type": "ir.actions.act_window_close"}
