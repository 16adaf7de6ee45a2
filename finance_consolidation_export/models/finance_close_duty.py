from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: what a task of a period takes from its template
COPIED = (
    "name",
    "sequence",
    "instructions",
    "kind",
    "check_model",
    "account_codes",
    "min_days",
    "tolerance",
    "role_id",
    "needs_review",
    "needs_approval",
    "evidence",
    "phase",
    "weight",
    "effort",
)


class FinanceCloseDuty(models.AbstractModel):
    """What a task of the close is, in a template and in a period (C-05, C-08)."""

    _name = "finance.close.duty"
    _description = "What a Task of the Close Is"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    instructions = fields.Text(help="What is to be done, for whoever does it the first time.")
    kind = fields.Selection(
        [("manual", "By hand"), ("check", "Automatic check"), ("package", "Builds the package")],
        required=True,
        default="manual",
        help="A check looks at the books by itself. The package is built by itself when the task falls due.",
    )
    check_model = fields.Selection(selection="_selection_check_model", string="Check")
    account_codes = fields.Char(
        string="Accounts",
        help="For checks of accounts: codes and their beginnings, with commas. Empty: as the check says.",
    )
    min_days = fields.Integer(string="Older than (days)", help="For checks of open items.", aggregator=None)
    tolerance = fields.Float(help="For checks of balances: what is no more than this is not told.", aggregator=None)
    role_id = fields.Many2one("finance.close.role", string="Part", ondelete="restrict")
    needs_review = fields.Boolean(string="Review", help="By another person than who did it.")
    needs_approval = fields.Boolean(string="Approval", help="By a group controller who neither did nor reviewed it.")
    evidence = fields.Selection(
        [
            ("none", "Not asked for"),
            ("any", "Any"),
            ("attachment", "File"),
            ("link", "Link"),
            ("note", "Note"),
        ],
        required=True,
        default="none",
    )
    phase = fields.Selection(
        [("preliminary", "Preliminary figures"), ("final", "Final figures")],
        string="Needed for",
        required=True,
        default="preliminary",
    )
    weight = fields.Integer(default=1, required=True, aggregator=None, help="How much it counts in the readiness.")
    effort = fields.Float(
        string="Hours", default=1.0, aggregator=None, help="Tells which chain of tasks takes longest."
    )

    _weighs = models.Constraint("CHECK (weight BETWEEN 1 AND 100)", "Weights are between 1 and 100.")
    _takes = models.Constraint("CHECK (effort >= 0)", "Hours cannot be negative.")
    _old = models.Constraint("CHECK (min_days >= 0 AND tolerance >= 0)", "Days and tolerance cannot be negative.")

    @api.model
    def _selection_check_model(self):
        checks = self.env.registry.descendants(["finance.close.check"], "_inherit") - {"finance.close.check"}
        return sorted(((name, self.env[name]._title()) for name in checks), key=lambda pair: pair[1])

    @api.constrains("kind", "check_model")
    def _check_kind(self):
        for duty in self:
            if duty.kind == "check" and not duty.check_model:
                raise ValidationError(self.env._("%s is an automatic check: choose which.", duty.name))

    def _duty_values(self):
        """:return: values that a task of a period takes from its template"""
        self.ensure_one()
        return {name: self._fields[name].convert_to_write(self[name], self) for name in COPIED}
