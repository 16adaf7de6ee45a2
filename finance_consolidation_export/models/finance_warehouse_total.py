from odoo import api, fields, models

from ..extracts.feeds import FEEDS
from .finance_warehouse_reader import as_float


class FinanceWarehouseTotal(models.Model):
    """What a run has written beside what the ledger has: rows and the first amount, by feed, company and currency.

    For people: the exact figures of all amounts are in the control file.
    """

    _name = "finance.warehouse.total"
    _description = "Run Compared with the Ledger"
    _order = "run_id desc, id"
    _allow_sudo_commands = False

    run_id = fields.Many2one("finance.warehouse.run", required=True, readonly=True, ondelete="cascade", index=True)
    run_feed_id = fields.Many2one("finance.warehouse.run.feed", readonly=True, ondelete="cascade", index=True)
    code = fields.Selection([(feed.code, feed.name) for feed in FEEDS], string="Feed", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency = fields.Char(readonly=True)
    rows_written = fields.Integer(string="Written", readonly=True)
    rows_unchanged = fields.Integer(
        string="Unchanged", readonly=True, help="Delivered by an earlier run, and the same since."
    )
    rows_ledger = fields.Integer(string="In the ledger", readonly=True)
    amount_written = fields.Float(string="Amount written", readonly=True, digits=(20, 2))
    amount_unchanged = fields.Float(string="Amount unchanged", readonly=True, digits=(20, 2))
    amount_ledger = fields.Float(string="Amount in the ledger", readonly=True, digits=(20, 2))
    difference = fields.Float(readonly=True, digits=(20, 2))

    @api.model
    def _keep(self, line, totals):
        values = []
        for total in totals:
            amounts = {"amount_written": 0.0, "amount_unchanged": 0.0, "amount_ledger": 0.0, "difference": 0.0}
            if total.amounts_ledger:
                amounts = {
                    "amount_written": as_float(total.amounts_written[0]),
                    "amount_unchanged": as_float(total.amounts_unchanged[0]),
                    "amount_ledger": as_float(total.amounts_ledger[0]),
                    "difference": as_float(total.differences[0]),
                }
            values.append(
                {
                    "run_id": line.run_id.id,
                    "run_feed_id": line.id,
                    "code": line.code,
                    "company_id": int(total.company) if total.company else False,
                    "currency": total.currency,
                    "rows_written": total.written,
                    "rows_unchanged": total.unchanged,
                    "rows_ledger": total.ledger,
                    **amounts,
                }
            )
        return self.create(values)
