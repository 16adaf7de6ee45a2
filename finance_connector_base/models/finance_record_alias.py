from odoo import api, fields, models
from odoo.exceptions import UserError


class FinanceRecordAlias(models.Model):
    """What a merged record has become: references to the old one are read as references to the new one.

    References themselves never change; they are evidence of what a system called a record.
    """

    _name = "finance.record.alias"
    _description = "Merged Record"
    _rec_name = "old_name"
    _order = "id desc"
    _allow_sudo_commands = False

    res_model = fields.Char(string="Model", required=True, readonly=True)
    old_id = fields.Integer(string="Old record", required=True, readonly=True)
    old_name = fields.Char(string="Old name", readonly=True)
    current_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    merged_by_id = fields.Many2one("res.users", string="Merged by", readonly=True)

    _old_unique = models.UniqueIndex("(res_model, old_id)", "This record was merged already.")
    _current_index = models.Index("(res_model, current_id)")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was merged stays on record: external references are read through it."))

    @api.model
    def _merged(self, old, new):
        """Note that records became another one; earlier merges into them follow.

        :param old: records that are about to be deleted
        :param new: the record that stays
        """
        aliases = self.sudo()  # sudo: written by the merge, whose own rights were checked
        aliases.search([("res_model", "=", new._name), ("current_id", "in", old.ids)]).write({"current_id": new.id})
        aliases.create(
            [
                {
                    "res_model": new._name,
                    "old_id": record.id,
                    "old_name": record.display_name,
                    "current_id": new.id,
                    "company_id": new.company_id.id if "company_id" in new._fields else False,
                    "merged_by_id": self.env.uid,
                }
                for record in old
            ]
        )

    @api.model
    def _current(self, targets):
        """:return: dict (model, id) -> (model, id) of those targets that were merged"""
        found = {}
        by_model = {}
        for model, res_id in targets:
            by_model.setdefault(model, set()).add(res_id)
        for model, ids in by_model.items():
            # sudo: internal rows, read by the engine
            for alias in self.sudo().search([("res_model", "=", model), ("old_id", "in", list(ids))]):
                found[model, alias.old_id] = (model, alias.current_id)
        return found
