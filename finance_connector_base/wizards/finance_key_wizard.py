from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError
from ..engine.notice import notice
from ..safe import crypto


class FinanceKeyWizard(models.TransientModel):
    """Emergency rotation: a key or a credential may be in the wrong hands."""

    _name = "finance.key.wizard"
    _description = "Emergency Rotation"

    reason = fields.Text(required=True, help="Goes into the audit trail.")
    current_key = fields.Char(compute="_compute_keys", string="Key that will seal everything")
    other_keys = fields.Char(compute="_compute_keys", string="Keys that seal something now")
    connection_ids = fields.Many2many(
        "finance.connection",
        string="Connections whose credentials are void",
        help="Their secrets and tokens are deleted and they are paused, until new ones are set and a test has passed.",
    )

    @api.depends("reason")
    def _compute_keys(self):
        counts = self.env["finance.key"]._count_sealed()
        try:
            current = crypto.key_id(self.env["finance.key"]._master_keys().current)
        except FinanceError as error:
            current = error.detail
        for wizard in self:
            wizard.current_key = current
            wizard.other_keys = ", ".join(sorted(counts.keys() - {current})) or False

    def action_rotate(self):
        """Seal everything by the new key and void the credentials of the chosen connections, as one step."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write down why."))
        if not self.other_keys and not self.connection_ids:
            raise UserError(
                self.env._(
                    "Everything is sealed by key %s already. Give the server a new key first (and the old one as the "
                    "previous key), or choose the connections whose credentials are void.",
                    self.current_key,
                )
            )
        keys = self.env["finance.key"]
        try:
            rotated = keys._rotate_at_once()
        except FinanceError as error:
            raise UserError(error.detail) from error
        for connection in self.connection_ids:
            connection._void_credentials()
        keys._self_test()
        goes_on = keys._go_on_rotating()
        # sudo: rows that nobody writes
        waiting = sum(
            keys.sudo().search([("is_current", "=", False), ("is_available", "=", True)]).mapped("file_count")
        )
        self.env["finance.audit"]._record(
            "keys.rotated_in_emergency",
            # sudo: the key that seals from now on
            keys.sudo().search([("is_current", "=", True)]),
            reason=self.reason,
            before={"keys": self.other_keys or ""},
            after={
                "key": self.current_key,
                "values": rotated,
                "files_that_follow": waiting,
                "connections": self.connection_ids.mapped("name"),
            },
        )
        return notice(self._said(rotated, waiting, goes_on), "success", title=self.env._("Rotated"), sticky=True)

    def _said(self, rotated, waiting, goes_on):
        if goes_on:
            return self.env._(
                "%(count)s values are sealed by key %(key)s, the keys of %(waiting)s more original files follow within "
                "minutes. Take the old key away from the server when Master keys says that it is not needed any more.",
                count=rotated,
                key=self.current_key,
                waiting=waiting,
            )
        return self.env._(
            "%(count)s values are sealed by key %(key)s. Take the old key away from the server now.",
            count=rotated,
            key=self.current_key,
        )
