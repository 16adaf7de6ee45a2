from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..dual.compare import PathsUnreadable, pair

#: changed by the steps and by nobody else; the value is what a new record has
PROTECTED = {
    "state": "draft",
    "proposal": False,
    "proposed_by_id": False,
    "proposed_at": False,
    "approved_by_id": False,
    "approved_at": False,
    "compared_at": False,
    "matched": 0,
    "old_count": 0,
    "new_count": 0,
    "difference_count": 0,
    "waiting_count": 0,
    "totals": False,
}
#: what decides what is compared; a change reads everything anew
COMPARED = {"key_path", "amount_path", "currency_path", "compared_paths", "ignored_paths", "since", "tolerance"}


class FinanceDualRun(models.Model):
    """Two flows of one domain side by side: the old one works, the new one is compared, until they agree (B-51).

    The cut over swaps their parts in one transaction. It is proposed by one person and approved by another, and
    refused while anything differs; the way back is approved, too.
    """

    _name = "finance.dual.run"
    _description = "Dual Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "domain, id desc"
    _allow_sudo_commands = False

    name = fields.Char(required=True)
    domain = fields.Selection(
        [
            ("invoice", "Invoices and payments received"),
            ("bank", "Bank statements"),
            ("expense", "Expenses and cards"),
            ("entry", "Journal entries"),
            ("master", "Master data"),
            ("group", "Group reporting"),
            ("other", "Other"),
        ],
        required=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Side by side"),
            ("cut_over", "Cut over"),
            ("closed", "Finished"),
            ("cancelled", "Given up"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    old_flow_id = fields.Many2one("finance.flow", string="Old feed", required=True, ondelete="restrict", index=True)
    new_flow_id = fields.Many2one("finance.flow", string="New feed", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="new_flow_id.company_id", store=True, index=True)
    since = fields.Date(
        string="Compare from", help="Day of receipt. Empty: everything that is there. Enter the day both began."
    )
    key_path = fields.Char(
        string="Key",
        help="Place of what both call the transaction, e.g. number, or old_number = number. "
        "Empty: the business key of the messages.",
    )
    amount_path = fields.Char(string="Amount", help="Place of the amount that is added up, e.g. total = total.amount.")
    currency_path = fields.Char(string="Currency", help="Place of its currency; sums are by currency then.")
    compared_paths = fields.Text(
        string="Compare only", help="One place a line: path, or old path = new path. Empty: everything is compared."
    )
    ignored_paths = fields.Text(string="Do not compare", help="One place a line, with all below it.")
    tolerance = fields.Float(digits=(16, 2), help="Numbers may differ by so much.")
    minimum = fields.Integer(
        string="At least so many",
        aggregator=None,
        default=1,
        required=True,
        help="Transactions that have to agree before the cut over can be proposed.",
    )
    note = fields.Text(string="Reason", help="Why it goes back. Shown to the one who approves.")

    compared_at = fields.Datetime(readonly=True, copy=False)
    matched = fields.Integer(string="Agree", readonly=True, copy=False)
    old_count = fields.Integer(string="Old", readonly=True, copy=False)
    new_count = fields.Integer(string="New", readonly=True, copy=False)
    difference_count = fields.Integer(string="Differences", readonly=True, copy=False)
    waiting_count = fields.Integer(
        string="Not worked yet", readonly=True, copy=False, help="Messages of either feed that are not at their end."
    )
    totals = fields.Json(readonly=True, copy=False)
    totals_table = fields.Html(string="Sums", compute="_compute_totals_table", sanitize=False)
    difference_ids = fields.One2many("finance.dual.difference", "run_id", string="What differs")
    is_clean = fields.Boolean(compute="_compute_is_clean", store=True)
    blockers = fields.Text(string="Before the cut over", compute="_compute_blockers")

    proposal = fields.Selection(
        [("cut_over", "Cut over"), ("back", "Go back")], readonly=True, copy=False, tracking=True
    )
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    proposed_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", string="Last approved by", readonly=True, copy=False, tracking=True)
    approved_at = fields.Datetime(readonly=True, copy=False)

    _two_flows = models.Constraint("CHECK (old_flow_id <> new_flow_id)", "Choose two flows.")
    _sane = models.Constraint(
        "CHECK (minimum >= 1 AND COALESCE(tolerance, 0) >= 0)", "At least one transaction; no tolerance below zero."
    )
    _maker_is_not_checker = models.Constraint(
        "CHECK (approved_by_id IS NULL OR proposed_by_id IS NULL OR approved_by_id <> proposed_by_id)",
        "Who proposes a cut over does not approve it.",
    )

    # -- only through the steps ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, **PROTECTED} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if PROTECTED.keys() & vals.keys():
            raise AccessError(self.env._("Use the buttons to go on."))
        if {"old_flow_id", "new_flow_id"} & vals.keys() and self.filtered(lambda run: run.state != "draft"):
            raise UserError(self.env._("The feeds of a dual run do not change. Make a new one."))
        rules = (COMPARED | {"minimum"}) & vals.keys()
        if rules and self.filtered("proposal"):
            raise UserError(self.env._("What is compared does not change while a proposal waits. Withdraw it first."))
        result = super().write(vals)
        if rules:
            # sudo: rows and results are the suite's own; the right to edit the run was checked
            self.sudo()._forget_comparison()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if self.filtered(lambda run: run.state != "draft"):
            raise UserError(self.env._("A dual run that was started is kept as evidence."))

    @api.constrains("old_flow_id", "new_flow_id")
    def _check_flows(self):
        for run in self:
            flows = run.old_flow_id | run.new_flow_id
            if len(flows.company_id) > 1 or len(set(flows.mapped("direction"))) > 1:
                raise ValidationError(self.env._("Both feeds are of one company and go in one direction."))
            for flow in flows:
                if not self.env[flow.handler]._is_comparable:
                    raise ValidationError(
                        self.env._(
                            "%s cannot be compared: its messages are not the transactions themselves. Choose the flow "
                            "that works them, e.g. the one that books what was read from files.",
                            flow.name,
                        )
                    )

    @api.constrains("key_path", "amount_path", "currency_path", "compared_paths", "ignored_paths")
    def _check_paths(self):
        for run in self:
            try:
                run._comparison()
                for name in ("key_path", "amount_path", "currency_path"):
                    run._pair(name)
            except PathsUnreadable as error:
                raise ValidationError(
                    self.env._("%s names no place. Write path, or old path = new path.", error)
                ) from None

    def _pair(self, name):
        """:return: the place in the old and in the new content, or None"""
        return pair(self[name]) if self[name] else None

    # -- what people see -----------------------------------------------------------------------

    @api.depends("difference_count", "waiting_count", "matched", "minimum", "compared_at")
    def _compute_is_clean(self):
        for run in self:
            run.is_clean = bool(
                run.compared_at and not run.difference_count and not run.waiting_count and run.matched >= run.minimum
            )

    @api.depends("difference_count", "waiting_count", "matched", "minimum", "compared_at", "state")
    def _compute_blockers(self):
        for run in self:
            run.blockers = "\n".join(run._missing()) if run.state == "running" else False

    def _missing(self):
        """:return: what stands against a cut over, as sentences"""
        self.ensure_one()
        if not self.compared_at:
            return [self.env._("Nothing was compared yet.")]
        missing = []
        if self.difference_count:
            missing.append(self.env._("%s differences are open.", self.difference_count))
        if self.waiting_count:
            missing.append(self.env._("%s messages are not worked yet.", self.waiting_count))
        if self.matched < self.minimum:
            missing.append(
                self.env._(
                    "%(matched)s transactions agree, at least %(minimum)s have to.",
                    matched=self.matched,
                    minimum=self.minimum,
                )
            )
        return missing

    def action_view_differences(self):
        """Show what differs."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_dual_difference_action")
        return {**action, "name": self.name, "domain": [("run_id", "=", self.id)]}
