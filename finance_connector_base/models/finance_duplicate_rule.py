from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..matching import duplicates

#: what decides which messages are compared, and by what: messages keep the digest of these
COMPARED = (
    "flow_id",
    "handler",
    "company_id",
    "partner_path",
    "reference_path",
    "exact_paths",
    "amount_path",
    "date_path",
)


class FinanceDuplicateRule(models.Model):
    """When two messages look like one business fact: same partner, reference, about the amount and the day (B-14)."""

    _name = "finance.duplicate.rule"
    _description = "Duplicate Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, aggregator=None)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: in every company, each for itself.",
    )
    handler = fields.Selection(
        selection="_selection_handler", string="Kind of work", tracking=True, help="Empty: messages of every kind."
    )
    flow_id = fields.Many2one(
        "finance.flow",
        ondelete="cascade",
        index=True,
        tracking=True,
        help="Empty: messages of all flows of that kind are compared with each other, whichever channel brought them.",
    )
    partner_path = fields.Char(
        string="Partner",
        tracking=True,
        help="Place of the name or number of the partner in the content, e.g. supplier.name.",
    )
    reference_path = fields.Char(
        string="Reference",
        tracking=True,
        help="Compared by its letters and digits: RE-2024/0042 and re 2024 42 are the same.",
    )
    exact_paths = fields.Char(
        string="Also the same",
        tracking=True,
        help="Further places, separated by commas, compared as they are, e.g. currency.",
    )
    amount_path = fields.Char(string="Amount", tracking=True)
    amount_tolerance = fields.Float(
        string="Amounts may differ by", digits=(16, 2), tracking=True, help="In the currency of the message."
    )
    amount_percent = fields.Float(
        string="or by (%)", digits=(16, 2), tracking=True, help="Of the larger amount; the wider of both counts."
    )
    date_path = fields.Char(string="Date", tracking=True, help="Empty: the day a message was received.")
    window_days = fields.Integer(
        string="Days apart",
        default=30,
        required=True,
        aggregator=None,
        tracking=True,
        help="At most so many, before and after.",
    )
    revision = fields.Integer(default=1, readonly=True, aggregator=None, copy=False)

    _sizes = models.Constraint(
        "CHECK (window_days BETWEEN 0 AND 3660 AND amount_tolerance >= 0"
        " AND amount_percent >= 0 AND amount_percent < 100)",
        "Days and tolerances are not negative, a percentage is below 100.",
    )

    @api.model
    def _selection_handler(self):
        return self.env["finance.flow"]._fields["handler"]._description_selection(self.env)

    @api.constrains("partner_path", "reference_path", "exact_paths", "amount_path")
    def _check_says_something(self):
        for rule in self:
            if not rule.partner_path and not rule.reference_path:
                raise ValidationError(
                    self.env._("Name the partner or the reference: amounts and dates alone are the same too often.")
                )

    @api.constrains("flow_id", "company_id")
    def _check_company(self):
        for rule in self:
            if rule.flow_id and rule.company_id and rule.flow_id.company_id != rule.company_id:
                raise ValidationError(self.env._("The rule and its flow belong to different companies."))

    def write(self, vals):
        if any(name in vals for name in COMPARED):
            # digests of before are no longer comparable
            for rule in self:
                super(FinanceDuplicateRule, rule).write({"revision": rule.revision + 1})
        if vals.keys() & {*COMPARED, "active", "amount_tolerance", "amount_percent", "window_days"}:
            for rule in self:
                self.env["finance.audit"]._record(
                    "duplicate_rule.changed", rule, before={name: _plain(rule[name]) for name in vals}, after=vals
                )
        return super().write(vals)

    @api.model
    def _for_flow(self, flow):
        """:return: the rules for messages of a flow"""
        # sudo: whoever enqueues need not be allowed to read rules
        return self.sudo().search(
            [
                ("company_id", "in", [flow.company_id.id, False]),
                ("flow_id", "in", [flow.id, False]),
                ("handler", "in", [flow.handler, False]),
            ]
        )

    def _pure(self, company):
        """:return: the rule as :mod:`..matching.duplicates` knows it"""
        self.ensure_one()
        named = ((self.partner_path, duplicates.NAME), (self.reference_path, duplicates.REFERENCE))
        exact = [path.strip() for path in (self.exact_paths or "").split(",") if path.strip()]
        return duplicates.Rule(
            scope=("rule", self.id, self.revision, company.id),
            same=(*((path, how) for path, how in named if path), *((path, duplicates.EXACT) for path in exact)),
            amount=self.amount_path or None,
            day=self.date_path or None,
        )


def _plain(value):
    return value.ids if isinstance(value, models.BaseModel) else value
