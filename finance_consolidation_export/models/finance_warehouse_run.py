import logging
import tempfile
from datetime import timedelta
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.errors import FinanceError, RejectedError, TransientError

from ..const import ACCOUNTANT
from ..extracts import control, mark
from .finance_warehouse import AGAIN

_logger = logging.getLogger(__name__)

#: bytes given to the transport at once
PIECE = 1 << 20


class UnevenError(RejectedError):
    """What was written is not what the ledger has; ``facts`` stay with the run."""

    def __init__(self, facts, detail):
        super().__init__(detail)
        self.facts = facts


class FinanceWarehouseRun(models.Model):
    """One delivery to a warehouse.

    Files are delivered first, under names of this run alone; the control file that names them comes last, decided and
    stored before it is sent. Cut off before that, nothing counts and another run begins anew; cut off after it, the
    same control file is sent again. The mark moves with the control file, never without.
    """

    _name = "finance.warehouse.run"
    _description = "Run of a Data Warehouse"
    _order = "id desc"
    _rec_name = "name"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name")
    warehouse_id = fields.Many2one("finance.warehouse", required=True, readonly=True, ondelete="restrict", index=True)
    is_full = fields.Boolean(string="Everything", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("delivering", "Control file on its way"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("killed", "Cut off"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    sequence = fields.Integer(string="Number", readonly=True, aggregator=None, help="Of the control file, ascending.")
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    mark = fields.Char(
        string="High-water mark", readonly=True, help="Cluster, database and snapshot of the transaction that read it."
    )
    error = fields.Text(readonly=True)
    control_name = fields.Char(string="Control file", readonly=True)
    control_text = fields.Text(string="Content of the control file", readonly=True)
    feed_ids = fields.One2many("finance.warehouse.run.feed", "run_id", string="Feeds", readonly=True)
    file_ids = fields.One2many("finance.warehouse.file", "run_id", string="Files", readonly=True)
    total_ids = fields.One2many("finance.warehouse.total", "run_id", string="Compared with the ledger", readonly=True)
    row_count = fields.Integer(string="Rows", compute="_compute_counts", store=True)
    size = fields.Float(string="Megabytes", compute="_compute_counts", store=True, digits=(16, 2))

    @api.depends("warehouse_id.code", "sequence")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.warehouse_id.code}-{run.sequence:06d}" if run.sequence else f"#{run.id}"

    @api.depends("file_ids.rows", "file_ids.size")
    def _compute_counts(self):
        for run in self:
            run.row_count = sum(run.file_ids.mapped("rows"))
            run.size = sum(run.file_ids.mapped("size")) / 1e6

    # -- steps ---------------------------------------------------------------------------------

    @api.model
    def _bury(self):
        """Runs that say they are running while nobody holds them were cut off; another takes their place."""
        for run in self.search([("state", "=", "running")]).try_lock_for_update():
            run.write({"state": "killed", "ended_at": self.env.cr.now()})
            run.warehouse_id._begin_run(run.is_full)

    def _work(self, steps):
        """Do what is left of a run; a failure is kept with it and told.

        :param steps: see ``finance_connector_base.engine.transaction``
        """
        self.ensure_one()
        try:
            if self.state == "waiting":
                with steps.step():
                    if not self._take("waiting") or self._is_blocked():
                        return
                    self.write({"state": "running", "started_at": self.env.cr.now()})
                with steps.step():
                    # held to the end: who finds it free knows that it was cut off
                    if not self._take("running"):
                        return
                    self._extract()
            with steps.step():
                if self._take("delivering"):
                    self._deliver_control()
        except Exception as error:  # whatever it was, it is told with the run
            with steps.step():
                self._fail(error)

    def _is_blocked(self):
        """:return: whether the control file of an earlier run is still on its way: the mark depends on it"""
        mine = [("warehouse_id", "=", self.warehouse_id.id), ("state", "in", ("running", "delivering"))]
        return bool(self.search_count(mine, limit=1))

    def _take(self, state):
        return self.try_lock_for_update() and self.state == state

    def _extract(self):
        """Read every feed in one snapshot, prove it, deliver its files, and decide the control file."""
        self.env.flush_all()
        warehouse = self.warehouse_id
        now = self._now()
        marks = warehouse._marks()
        told = []
        with tempfile.TemporaryDirectory(prefix="finance-warehouse-") as folder:
            for line in warehouse.feed_ids:
                known = None if self.is_full else marks[line.code]
                since = known.since(now) if known else None
                told.append(self._extract_feed(line._feed(), since, Path(folder)))
        mine = [("warehouse_id", "=", warehouse.id)]
        last = self.search([*mine, ("state", "=", "done")], limit=1)
        # a number whose file may lie there is not used again
        sequence = max(self.search(mine).mapped("sequence")) + 1
        companies = warehouse.sudo().company_ids  # sudo: the companies it was set up for
        content = {
            "warehouse": warehouse.code,
            "sequence": sequence,
            "follows": last.sequence or None,
            "read_at": fields.Datetime.to_string(self.env.cr.now()).replace(" ", "T") + "Z",
            "high_water_mark": now.text,
            "companies": [{"id": company.id, "name": company.name} for company in companies],
            "feeds": told,
        }
        self.write(
            {
                "state": "delivering",
                "mark": now.text,
                "sequence": sequence,
                "control_name": f"{warehouse.code}-control-{sequence:06d}.json",
                "control_text": control.dump(content).decode(),
            }
        )

    def _now(self):
        """:return: the mark of this transaction"""
        self.env.cr.execute(mark.QUERY)
        return mark.Mark.of(self.env.cr.fetchone())

    def _extract_feed(self, feed, since, folder):
        """:return: what the control file tells of the feed
        :raise RejectedError: what was written is not what the ledger has
        """
        reader = self.env["finance.warehouse.reader"]
        warehouse = self.warehouse_id
        companies = warehouse.sudo().company_ids.ids  # sudo: the companies it was set up for
        since = None if feed.is_whole else since
        parts = reader._read(feed, companies, since, folder, warehouse.rows_per_file, warehouse.file_format)
        totals = control.compare(parts.sums, reader._totals(feed, companies, since), len(feed.amounts))
        uneven = [total for total in totals if not total.is_even]
        if uneven:
            raise UnevenError(
                (feed, since, parts, totals),
                self.env._(
                    "%(feed)s of company %(company)s in %(currency)s: %(rows)s rows more or less than in the ledger, "
                    "or other amounts. Nothing was released. Tell your administrator.",
                    feed=feed.name,
                    company=uneven[0].company or "-",
                    currency=uneven[0].currency or "-",
                    rows=uneven[0].rows_difference,
                ),
            )
        line = self._keep(feed, since, parts, totals)
        files = [self._deliver(feed, line, part) for part in parts.done]
        return {
            "feed": feed.code,
            "schema": feed.schema,
            "mode": "changes" if since is not None else "whole",
            "columns": [{"name": name, "kind": kind} for name, kind in feed.kinds.items()],
            "upserts": parts.upserts,
            "deletions": parts.deletions,
            "totals": control.told(totals, [column.name for column in feed.amounts]),
            "files": files,
        }

    def _keep(self, feed, since, parts, totals):
        line = self.env["finance.warehouse.run.feed"].create(
            {
                "run_id": self.id,
                "code": feed.code,
                "schema": feed.schema,
                "scope": self.warehouse_id._scope(),
                "is_whole": since is None,
                "upserts": parts.upserts,
                "deletions": parts.deletions,
                "ledger_rows": sum(total.ledger for total in totals),
            }
        )
        self.env["finance.warehouse.total"]._keep(line, totals)
        return line

    def _deliver(self, feed, line, part):
        """Deliver one file; :return: what the control file tells of it"""
        endings = "".join(part.path.suffixes)
        name = f"{self.warehouse_id.code}-run{self.id}-{feed.code}-{part.number:04d}{endings}"

        def pieces():
            with part.path.open("rb") as stream:
                while piece := stream.read(PIECE):
                    yield piece

        delivered = self._send(name, pieces())
        part.path.unlink()
        # public: digests of a file that both sides have
        if delivered.sha256 != part.sha256:
            raise TransientError(self.env._("%s arrived with other content.", name))
        self.env["finance.warehouse.file"].create(
            {
                "run_feed_id": line.id,
                "run_id": self.id,
                "name": name,
                "rows": part.rows,
                "size": part.size,
                "sha256": part.sha256,
            }
        )
        return {"name": name, "rows": part.rows, "bytes": part.size, "sha256": part.sha256}

    def _send(self, name, pieces):
        # sudo: where it goes was decided by who set up the warehouse
        connection = self.warehouse_id.connection_id.sudo()
        connection._check_outbound()
        adapter = connection._adapter()
        if "send_files" not in adapter._supports:
            raise RejectedError(
                self.env._("%s delivers no files. Choose a folder, SFTP or S3.", connection.name),
                reason="connection_incomplete",
            )
        return adapter._send_file(connection, self.env["finance.flow"], name, pieces)

    def _deliver_control(self):
        self._send(self.control_name, iter([self.control_text.encode()]))
        self.write({"state": "done", "ended_at": self.env.cr.now(), "error": False})
        self.warehouse_id.activity_unlink(["mail.mail_activity_data_todo"])
        self.env["finance.audit"]._record(
            "warehouse.delivered", self, after={"name": self.name, "mark": self.mark, "rows": self.row_count}
        )

    # -- failure -------------------------------------------------------------------------------

    def _fail(self, error):
        if not isinstance(error, FinanceError):
            _logger.exception("Run %s of a warehouse failed", self.id)
        # what a library says may hold anything
        text = error.detail if isinstance(error, FinanceError) else error.__class__.__name__
        is_decided = self.state == "delivering"
        may_pass = isinstance(error, TransientError)
        values = {"error": text, "ended_at": self.env.cr.now()}
        if not (is_decided and may_pass):
            values["state"] = "failed"
        self.write(values)
        if isinstance(error, UnevenError):
            self._keep(*error.facts)
        warehouse = self.warehouse_id
        if may_pass and not is_decided and warehouse.interval != "manual":
            soon = self.env.cr.now() + timedelta(minutes=AGAIN)
            if warehouse.next_run_at > soon:
                warehouse.next_run_at = soon
        if warehouse.owner_id and not warehouse.activity_ids:
            warehouse.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=warehouse.owner_id.id,
                summary=self.env._("Run %(run)s failed: %(text)s", run=self.name, text=text)[:250],
            )

    def action_retry(self):
        """Begin another run in the place of one that failed."""
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Runs are begun by people of group reporting."))
        self.check_access("read")
        if self.filtered(lambda run: run.state != "failed"):
            raise UserError(self.env._("Only a run that failed is begun again."))
        for run in self:
            run.warehouse_id._ask_run(run.is_full)
        return True

    @api.autovacuum
    def _gc_killed(self):
        """Runs that were cut off or failed are kept for half a year, what was delivered for good."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM finance_warehouse_run WHERE state IN ('killed', 'failed') AND create_date < %s",
                self.env.cr.now() - timedelta(days=183),
            )
        )
