from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceDuty(models.Model):
    """Something that somebody does, and the groups that allow it.

    Groups are told by external id: those of a module that is not installed are simply not there.
    """

    _name = "finance.duty"
    _description = "Duty"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    group_names = fields.Text(
        string="External ids of groups", required=True, help="One a line. To have one of them is to have the duty."
    )
    group_ids = fields.Many2many("res.groups", compute="_compute_group_ids", string="Groups")
    is_here = fields.Boolean(compute="_compute_group_ids", string="Exists here", help="One of its groups is installed.")

    _code_once = models.UniqueIndex("(code)", "There is a duty with this code already.")

    @api.depends("group_names")
    def _compute_group_ids(self):
        for duty in self:
            found = [self.env.ref(name, raise_if_not_found=False) for name in (duty.group_names or "").split()]
            duty.group_ids = self.env["res.groups"].union(*[one for one in found if one])
            duty.is_here = bool(duty.group_ids)

    @api.constrains("group_names")
    def _check_group_names(self):
        for duty in self:
            for name in duty.group_names.split():
                found = self.env.ref(name, raise_if_not_found=False) if "." in name else None
                if "." not in name or (found and found._name != "res.groups"):
                    raise ValidationError(self.env._("%s is not the external id of a group.", name))
