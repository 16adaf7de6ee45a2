from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..const import OFFICER
from ..risk import exposure

#: open items as the ledger has them, in the currency of each
_OPEN_ITEMS = """
    SELECT p.commercial_partner_id, c.name, a.account_type, sum(l.amount_residual_currency)::text
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id
      JOIN res_currency c ON c.id = l.currency_id
      LEFT JOIN res_partner p ON p.id = l.partner_id
     WHERE l.company_id = %s AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND a.account_type IN ('asset_receivable', 'liability_payable')
     GROUP BY 1, 2, 3
"""
SIDES = {"asset_receivable": "receivable", "liability_payable": "payable"}


class FinanceRiskExposure(models.Model):
    """What a risk system was told last about a counterparty and currency, so that only changes are told (R-02)."""

    _name = "finance.risk.exposure"
    _description = "Exposure as it Was Told"
    _order = "company_id, counterparty, currency, side"
    _rec_name = "counterparty"
    _log_access = False
    _allow_sudo_commands = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    counterparty = fields.Char(required=True, readonly=True, help="Number of the partner; 0: of nobody.")
    partner_name = fields.Char(compute="_compute_partner_name", string="Partner")
    currency = fields.Char(required=True, readonly=True)
    side = fields.Selection([("receivable", "Receivable"), ("payable", "Payable")], required=True, readonly=True)
    amount_text = fields.Char(string="Amount", required=True, readonly=True)
    told_at = fields.Datetime(string="Told", required=True, readonly=True)

    _once = models.UniqueIndex("(company_id, counterparty, currency, side)")

    @api.depends("counterparty")
    def _compute_partner_name(self):
        for row in self:
            # sudo: the name beside a figure that the person may read
            partner = self.env["res.partner"].sudo().browse(int(row.counterparty)).exists()
            row.partner_name = partner.display_name or self.env._("Nobody")

    @api.model
    def _now(self, company):
        """:return: open items of a company as the ledger has them"""
        self.env.flush_all()
        self.env.cr.execute(_OPEN_ITEMS, [company.id])
        return exposure.total(
            exposure.Item(str(partner or 0), currency, SIDES[kind], Decimal(amount))
            for partner, currency, kind, amount in self.env.cr.fetchall()
        )

    @api.model
    def _told(self, company):
        rows = self.sudo().search([("company_id", "=", company.id)])  # sudo: the engine
        return {(row.counterparty, row.currency, row.side): Decimal(row.amount_text) for row in rows}

    @api.model
    def _feed(self, flow, *, full):
        """Queue what has changed since it was told last, or everything; :return: the message, or none"""
        company = flow.company_id
        now = self._now(company)
        changed = now if full else exposure.delta(self._told(company), now)
        if not changed and not full:
            return self.env["finance.message"]
        rows = [
            {"counterparty": partner, "currency": currency, "side": side, "amount": format(amount, "f")}
            for (partner, currency, side), amount in sorted(changed.items())
        ]
        told = {
            "kind": "full" if full else "delta",
            "entity": str(company.id),
            "as_of": fields.Datetime.to_string(self.env.cr.now()),
            "rows": rows,
        }
        return (
            self.env["finance.message"]
            .sudo()
            ._enqueue(  # sudo: messages are written by the queue alone
                flow,
                [
                    Envelope(
                        subject=self.env._("Exposures: %s", told["kind"]),
                        data={"do": "exposure", "told": told},
                        order_key=f"exposure:{company.id}",
                    )
                ],
            )
        )

    @api.model
    def _note_told(self, company, told):
        """Keep what the risk system has taken."""
        rows = self.sudo()  # sudo: the engine
        known = rows.search([("company_id", "=", company.id)])
        if told["kind"] == "full":
            known.unlink()
            known = rows.browse()
        by_key = {(row.counterparty, row.currency, row.side): row for row in known}
        for row in told["rows"]:
            found = by_key.get((row["counterparty"], row["currency"], row["side"]), rows.browse())
            values = {"amount_text": row["amount"], "told_at": self.env.cr.now()}
            if not Decimal(row["amount"]):
                found.unlink()
            elif found:
                found.write(values)
            else:
                names = ("counterparty", "currency", "side")
                rows.create({"company_id": company.id, **{name: row[name] for name in names}, **values})

    @api.model
    def _cron_feed(self):
        """Tell what has changed to every risk system that is asked."""
        for flow in self.env["finance.risk.policy"].search([("active", "=", True)]).flow_id:
            self._feed(flow, full=False)

    def action_feed_all(self):
        """Tell all open items anew, not only what has changed."""
        self.env["finance.message"]._check_role(OFFICER)
        self.check_access("read")
        policies = self.env["finance.risk.policy"].search([("company_id", "in", self.env.companies.ids)])
        for flow in policies.flow_id:
            self._feed(flow, full=True)
        self.env["finance.dispatcher"]._wake()
        return True
