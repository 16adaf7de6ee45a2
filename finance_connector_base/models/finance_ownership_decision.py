from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceOwnershipDecision(models.Model):
    """What was decided about a write of somebody who does not own the data; never changed afterwards."""

    _name = "finance.ownership.decision"
    _description = "Ownership Decision"
    _order = "id desc"
    _rec_name = "record_name"
    _allow_sudo_commands = False

    domain = fields.Selection(
        selection=lambda self: self.env["finance.master"]._selection(), string="Master data", readonly=True
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    record_name = fields.Char(string="Name", readonly=True)
    external_id = fields.Char(string="Number in the other system", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    connection_id = fields.Many2one("finance.connection", string="Written by", readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    message_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    policy_id = fields.Many2one("finance.ownership.policy", readonly=True, ondelete="restrict", index=True)
    policy_version = fields.Integer(
        readonly=True, aggregator=None, help="Version of the policy that was in force when this was decided."
    )
    owner_name = fields.Char(string="Authority", readonly=True)
    decision = fields.Selection(
        [("accept", "Accepted"), ("propose", "Proposed"), ("reject", "Refused")], readonly=True, index=True
    )
    field_names = fields.Char(string="Fields", readonly=True)

    _record = models.Index("(res_model, res_id)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A decision is evidence and does not change."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A decision is evidence and cannot be deleted."))

    @api.model
    def _log(self, master, record, decisions, company, *, connection=None, message=None, external_id=None):
        """Write one row for each policy that had a say.

        :param decisions: dict canonical field (or None) -> (decision, policy id)
        """
        grouped = {}
        for field, (decision, policy_id) in decisions.items():
            if policy_id:
                grouped.setdefault((decision, policy_id), []).append(field)
        if not grouped:
            return
        policies = self.env["finance.ownership.policy"].sudo()  # sudo: the name of the authority is written down
        self.sudo().create(  # sudo: written by the rule itself, whoever's write it judged
            [
                {
                    "domain": master._code(),
                    "res_model": master._records,
                    "res_id": record.id or False,
                    "record_name": record.display_name if record else False,
                    "external_id": external_id,
                    "company_id": company.id,
                    "connection_id": connection.id if connection else False,
                    "user_id": False if connection else self.env.uid,
                    "message_id": message.id if message else False,
                    "policy_id": policy_id,
                    "policy_version": policies.browse(policy_id).version,
                    "owner_name": policies.browse(policy_id)._owner_name(),
                    "decision": decision,
                    "field_names": ", ".join(
                        sorted(master._label(name) if name else self.env._("new record") for name in names)
                    ),
                }
                for (decision, policy_id), names in grouped.items()
            ]
        )
