from odoo import api, fields, models

from .finance_credit_refresh import COUNTED


class FinanceCreditCheck(models.Model):
    """Nightly proof: every exposure counted again from the books, differences named and mended."""

    _name = "finance.credit.check"
    _description = "Check of the Credit Exposure"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "checked_at"
    _allow_sudo_commands = False
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    checked_at = fields.Datetime(string="Checked", required=True, readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    drift_count = fields.Integer(string="Different", readonly=True)
    drift_amount = fields.Monetary(string="Largest difference", readonly=True, aggregator="max")
    details = fields.Text(readonly=True)

    @api.model
    def _cron_check(self):
        """Entry of the nightly scheduled action."""
        for company in self.env["res.company"].search([("active", "=", True)]):
            self._check_company(company)

    @api.model
    def _check_company(self, company):
        """Count the customers of a company again.

        What was marked and not refreshed yet is no difference: it is refreshed first.

        :return: the check
        """
        exposures = self.env["finance.credit.exposure"]
        exposures._refresh(self.env["finance.credit.change"]._take(1_000_000))
        stored = {
            row.partner_id.id: {name: row[name] for name in COUNTED}
            for row in exposures.search([("company_id", "=", company.id)])
        }
        self.env.flush_all()
        counted = {partner: row for (owner, partner), row in exposures._counted().items() if owner == company.id}
        drifts = {}
        for partner_id in stored.keys() | counted.keys():
            difference = max(
                abs(stored.get(partner_id, {}).get(name, 0.0) - counted.get(partner_id, {}).get(name, 0.0))
                for name in COUNTED
            )
            if not company.currency_id.is_zero(difference):
                drifts[partner_id] = difference
        # all of them: what is overdue changes with the day, and limits may have
        exposures._refresh([(company.id, partner_id) for partner_id in sorted(stored.keys() | counted.keys())])
        return self._report(company, len(stored.keys() | counted.keys()), drifts)

    @api.model
    def _report(self, company, count, drifts):
        names = {partner.id: partner.display_name for partner in self.env["res.partner"].browse(drifts)}
        check = self.create(
            {
                "company_id": company.id,
                "checked_at": self.env.cr.now(),
                "customer_count": count,
                "drift_count": len(drifts),
                "drift_amount": max(drifts.values(), default=0.0),
                "details": "\n".join(
                    f"{names[partner_id]}: {company.currency_id.format(amount)}"
                    for partner_id, amount in sorted(drifts.items(), key=lambda item: -item[1])[:100]
                ),
            }
        )
        if drifts:
            self.env["finance.audit"]._record("credit.drift", check, after={"customers": len(drifts)})
            check.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=self.env["finance.flow"]._process_owner(company).id,
                summary=self.env._("Exposures were different from the books: %s", len(drifts)),
            )
        return check

    @api.autovacuum
    def _gc_old(self):
        """A year of proofs is kept."""
        self.search([("checked_at", "<", fields.Datetime.subtract(self.env.cr.now(), years=1))]).unlink()
