from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceProcess(models.Model):
    """How one kind of business transaction goes: ordered steps, as data.

    What runs is a ``finance.process.run``; it copies the steps when it starts, so a change here
    is for the runs that start later.
    """

    _name = "finance.process"
    _description = "Process"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Technical name by which modules start the process.")
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(aggregator=None, default=50)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    description = fields.Text(translate=True, help="Shown to whoever looks at one of its runs.")
    trigger = fields.Selection(
        [
            ("manual", "Started by another module or by hand"),
            ("invoice_over_limit", "A customer invoice exceeds the credit limit"),
            ("invoice_posting", "Any customer invoice is confirmed"),
        ],
        required=True,
        default="manual",
        help="Until the process has let it pass, the record stays as it is.",
    )
    record_domain = fields.Char(
        string="Only for", help="Domain a record must match to be stopped, e.g. [('amount_total', '>', 10000)]."
    )
    owner_id = fields.Many2one("res.users", help="Is told when a step is late and nobody else is named.")
    manager_group_id = fields.Many2one(
        "res.groups",
        string="Managed by",
        default=lambda self: self.env.ref("finance_connector_base.finance_group_operator", raise_if_not_found=False),
        required=True,
        help="Members may try a step again, skip what may be skipped and cancel.",
    )
    step_ids = fields.One2many("finance.process.step", "process_id", copy=True)
    run_count = fields.Integer(compute="_compute_run_count", string="Open runs")

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE active", "There is a process with this code in this company."
    )

    def _compute_run_count(self):
        groups = self.env["finance.process.run"]._read_group(
            [("process_id", "in", self.ids), ("is_open", "=", True)], ["process_id"], ["__count"]
        )
        counts = {process.id: count for process, count in groups}
        for process in self:
            process.run_count = counts.get(process.id, 0)

    @api.constrains("active", "step_ids")
    def _check_steps(self):
        if self.filtered(lambda process: process.active and not process.step_ids):
            raise ValidationError(self.env._("A process needs at least one step."))

    @api.constrains("record_domain", "trigger")
    def _check_record_domain(self):
        for process in self:
            model = "account.move" if process.trigger != "manual" else None
            self.env["finance.process.step"]._check_domain(process.record_domain, model)

    @api.model
    def _for(self, code, company):
        """:return: the process of that code: the company's own, else the one for every company, else none"""
        # sudo: whoever causes a process to start need not be allowed to read how it is defined
        return self.sudo().search(
            [("code", "=", code), ("company_id", "in", [company.id, False])], order="company_id, id", limit=1
        )

    @api.model
    def _triggered(self, trigger, record):
        """:return: the processes that stop this record, in their order"""
        # sudo: as above
        processes = self.sudo().search(
            [("trigger", "=", trigger), ("company_id", "in", [record.company_id.id, False])],
        )
        own = {process.code for process in processes if process.company_id}
        return processes.filtered(
            lambda process: (
                (process.company_id or process.code not in own)
                and record.filtered_domain(self.env["finance.process.step"]._parsed(process.record_domain))
            )
        )

    def action_view_runs(self):
        """Show what is under way in this process."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.process.run",
            "view_mode": "kanban,list,form",
            "domain": [("process_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
