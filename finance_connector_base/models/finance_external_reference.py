from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceExternalReference(models.Model):
    """Immutable link between one external identity and one Odoo record."""

    _name = "finance.external.reference"
    _description = "External Reference"
    _rec_name = "external_id"
    _order = "id desc"
    _allow_sudo_commands = False

    connection_id = fields.Many2one("finance.connection", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", related="connection_id.company_id", store=True, index=True)
    object_type = fields.Char(required=True, help="What the other system calls it, e.g. bank.statement.")
    external_id = fields.Char(required=True)
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True)
    message_id = fields.Many2one("finance.message", ondelete="restrict", index="btree_not_null")

    _external_unique = models.UniqueIndex(
        "(connection_id, object_type, external_id)", "This external identity is linked already."
    )
    _record = models.Index("(res_model, res_id)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An external reference never changes. Archive the record it points to instead."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An external reference is evidence and cannot be deleted."))

    @api.model
    def _link(self, connection, object_type, external_id, record, message=None):
        """Remember that ``record`` is ``external_id`` over there.

        :raise psycopg2.errors.UniqueViolation: when it is linked to something already
        """
        # sudo: written by the engine while it works a message, whatever the user's own rights
        return self.sudo().create(
            {
                "connection_id": connection.id,
                "object_type": object_type,
                "external_id": external_id,
                "res_model": record._name,
                "res_id": record.id,
                "message_id": message.id if message else False,
            }
        )

    @api.model
    def _find(self, connection, object_type, external_ids):
        """:return: dict external id -> (model, record id) of those already linked"""
        rows = self.sudo().search_read(  # sudo: looked up by the engine, limited to one connection
            [
                ("connection_id", "=", connection.id),
                ("object_type", "=", object_type),
                ("external_id", "in", list(external_ids)),
            ],
            ["external_id", "res_model", "res_id"],
        )
        return {row["external_id"]: (row["res_model"], row["res_id"]) for row in rows}
