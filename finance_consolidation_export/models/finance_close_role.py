from odoo import api, fields, models


class FinanceCloseRole(models.Model):
    """A part in the close, such as accounts payable; who plays it in which company (C-05)."""

    _name = "finance.close.role"
    _description = "Part in the Close"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    person_ids = fields.One2many("finance.close.role.person", "role_id", string="People", copy=True)

    def _person(self, entity):
        """:return: the user who plays it in a company of the group, or for all of them; or empty"""
        if not self:
            return self.env["res.users"]
        self.ensure_one()
        # sudo: who has the task does not depend on who opens the period
        people = self.sudo().person_ids.filtered(lambda person: person.entity_id in (entity, entity.browse()))
        return people.sorted(lambda person: (not person.entity_id, person.id))[:1].user_id


class FinanceCloseRolePerson(models.Model):
    """Who plays a part in the close of a company."""

    _name = "finance.close.role.person"
    _description = "Person with a Part in the Close"
    _order = "role_id, entity_id, id"

    role_id = fields.Many2one("finance.close.role", required=True, ondelete="cascade", index=True)
    entity_id = fields.Many2one(
        "finance.consolidation.entity",
        string="Company",
        ondelete="cascade",
        index=True,
        help="Empty: every company that has nobody of its own, and the tasks of the group.",
    )
    user_id = fields.Many2one(
        "res.users", string="Person", required=True, ondelete="cascade", domain="[('share', '=', False)]"
    )

    _once = models.UniqueIndex(
        "(role_id, COALESCE(entity_id, 0))", "Somebody has this part in the close of this company already."
    )

    @api.depends("role_id", "entity_id", "user_id")
    def _compute_display_name(self):
        for person in self:
            person.display_name = " / ".join(
                filter(None, (person.role_id.name, person.entity_id.code, person.user_id.name))
            )
