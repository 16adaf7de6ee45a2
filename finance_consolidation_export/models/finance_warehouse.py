import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

from ..const import ACCOUNTANT
from ..extracts import parquet
from ..extracts.feeds import FEEDS
from ..extracts.mark import Mark

_logger = logging.getLogger(__name__)

#: minutes until a run is tried again that failed for a reason that may pass
AGAIN = 15


class FinanceWarehouse(models.Model):
    """Where the ledger is delivered to for analysis: which companies, which feeds, how and when (S-25, C-20)."""

    _name = "finance.warehouse"
    _description = "Data Warehouse"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, help="Begins the name of every file.", tracking=True)
    active = fields.Boolean(default=True)
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
        help="Only their records are delivered, and those that belong to no company.",
    )
    connection_id = fields.Many2one(
        "finance.connection",
        string="Deliver to",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        help="A folder, an SFTP server, or S3-compatible storage.",
    )
    file_format = fields.Selection(
        [("csv", "CSV, compressed"), ("parquet", "Parquet")], string="Format", required=True, default="csv"
    )
    rows_per_file = fields.Integer(required=True, default=500_000, aggregator=None)
    feed_ids = fields.One2many("finance.warehouse.feed", "warehouse_id", string="Feeds", copy=True)
    interval = fields.Selection(
        [("manual", "When asked"), ("hour", "Every hour"), ("day", "Every day"), ("week", "Every week")],
        string="Runs",
        required=True,
        default="day",
    )
    next_run_at = fields.Datetime(string="Next run", default=lambda self: self.env.cr.now(), copy=False)
    owner_id = fields.Many2one(
        "res.users", string="Tell", default=lambda self: self.env.user, help="Gets a task when a run fails."
    )
    run_ids = fields.One2many("finance.warehouse.run", "warehouse_id", string="Runs made", readonly=True)
    run_count = fields.Integer(compute="_compute_last")
    last_state = fields.Selection(
        selection=lambda self: self.env["finance.warehouse.run"]._fields["state"].selection,
        string="Last run",
        compute="_compute_last",
    )

    _code_once = models.UniqueIndex("(code)", "Another warehouse has this code: their files would have the same names.")
    _code_plain = models.Constraint(
        "CHECK (code ~ '^[A-Za-z0-9_]{1,30}$')", "The code is letters, digits and _, at most 30."
    )
    _rows = models.Constraint(
        "CHECK (rows_per_file BETWEEN 1 AND 10000000)", "A file has between one and ten million rows."
    )

    @api.model
    def default_get(self, fields_list):
        """EXTENDS: all feeds."""
        values = super().default_get(fields_list)
        if "feed_ids" in fields_list:
            values.setdefault("feed_ids", [Command.create({"code": feed.code}) for feed in FEEDS])
        return values

    @api.depends("run_ids.state")
    def _compute_last(self):
        for warehouse in self:
            warehouse.run_count = len(warehouse.run_ids)
            warehouse.last_state = warehouse.run_ids[:1].state

    @api.constrains("company_ids", "connection_id")
    def _check_companies(self):
        """A connection of one company does not carry the books of another that its owner cannot see."""
        for warehouse in self:
            if not warehouse.company_ids:
                raise ValidationError(self.env._("%s: choose the companies whose books are delivered.", warehouse.name))
            hidden = not self.env.su and warehouse.company_ids - self.env.user.company_ids
            if hidden:
                raise AccessError(self.env._("You have no access to %s.", hidden[0].name))
            # sudo: whose connection it is
            if warehouse.connection_id.sudo().company_id not in warehouse.company_ids:
                raise ValidationError(
                    self.env._("%s: the connection belongs to none of the companies.", warehouse.name)
                )

    @api.constrains("file_format")
    def _check_format(self):
        if not parquet.is_there() and self.filtered(lambda warehouse: warehouse.file_format == "parquet"):
            raise ValidationError(
                self.env._(
                    "This server cannot write Parquet: the Python package pyarrow is not installed. "
                    "Ask the system administrator to install it, or choose CSV."
                )
            )

    @api.onchange("file_format")
    def _onchange_file_format(self):
        if self.file_format == "parquet" and not parquet.is_there():
            self.file_format = "csv"
            return {
                "warning": {
                    "title": self.env._("Parquet"),
                    "message": self.env._("The Python package pyarrow is not installed on this server."),
                }
            }
        return None

    # -- where it stands -----------------------------------------------------------------------

    def _marks(self):
        """:return: feed code -> mark of its last delivery, None where the next one is whole"""
        self.ensure_one()
        marks = {}
        for feed in self.feed_ids:
            last = self.env["finance.warehouse.run.feed"].search(
                [("run_id.warehouse_id", "=", self.id), ("run_id.state", "=", "done"), ("code", "=", feed.code)],
                order="id desc",
                limit=1,
            )
            is_same = last and last.schema == feed._feed().schema and last.scope == self._scope()
            marks[feed.code] = Mark.read(last.run_id.mark or "") if is_same else None
        return marks

    def _scope(self):
        """:return: what makes a difference whole again: other companies, another format"""
        return f"{self.file_format}:{','.join(map(str, sorted(self.company_ids.ids)))}"

    # -- run -----------------------------------------------------------------------------------

    def action_run(self):
        """Read what has changed, soon."""
        return self._ask_run(is_full=False)

    def action_run_full(self):
        """Read everything once more, soon."""
        return self._ask_run(is_full=True)

    def _ask_run(self, is_full):
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Runs are begun by people of group reporting."))
        self.check_access("read")
        for warehouse in self:
            if not warehouse.feed_ids:
                raise UserError(self.env._("%s has no feed.", warehouse.name))
            warehouse._begin_run(is_full)
        # sudo: a scheduled action may be woken by who may begin a run
        self.env.ref("finance_consolidation_export.ir_cron_warehouse").sudo()._trigger()
        return notice(self.env._("The run begins within a minute."))

    def _begin_run(self, is_full=False):
        """:return: the run that waits, one of each warehouse at most"""
        self.ensure_one()
        runs = self.env["finance.warehouse.run"].sudo()  # sudo: runs are written by nobody directly
        waiting = runs.search([("warehouse_id", "=", self.id), ("state", "=", "waiting")], limit=1)
        if not waiting:
            return runs.create({"warehouse_id": self.id, "is_full": is_full})
        waiting.is_full = waiting.is_full or is_full
        return waiting

    @api.model
    def _cron_run(self):
        """Begin what is due, go on with what was cut off."""
        self._work_due(CommittedSteps(self.env.cr))

    @api.model
    def _work_due(self, steps):
        runs = self.env["finance.warehouse.run"]
        with steps.step():
            runs._bury()
            due = Domain("interval", "!=", "manual") & Domain("next_run_at", "<=", self.env.cr.now())
            for warehouse in self.search(due):
                warehouse._begin_run()
                warehouse.next_run_at = warehouse._following()
            self.env["finance.warehouse.gone"]._sweep()
        for run in runs.search([("state", "in", ("waiting", "delivering"))], order="id"):
            run._work(steps)

    def _following(self):
        """:return: the next time after now, at the same minute and hour as before"""
        step = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[self.interval]
        missed = (self.env.cr.now() - self.next_run_at) // step
        return self.next_run_at + step * (missed + 1)

    def action_view_runs(self):
        """Show the runs of this warehouse."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Runs of %s", self.name),
            "res_model": "finance.warehouse.run",
            "view_mode": "list,form",
            "domain": [("warehouse_id", "=", self.id)],
        }
