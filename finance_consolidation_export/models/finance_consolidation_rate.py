from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..balances.translation import AVERAGE, CLOSING, HISTORICAL, average


class FinanceConsolidationRate(models.Model):
    """A rate that the group prescribes; where there is none, that of Odoo's currencies counts (C-11)."""

    _name = "finance.consolidation.rate"
    _description = "Rate of the Group"
    _inherit = ["mail.thread"]
    _order = "date_to desc, currency_id, kind, id"

    scenario_id = fields.Many2one("finance.consolidation.scenario", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: for all companies of the currency. Historical rates are a company's own.",
    )
    currency_id = fields.Many2one("res.currency", string="From", required=True, help="Currency of the books.")
    group_currency_id = fields.Many2one(related="scenario_id.currency_id", string="To")
    kind = fields.Selection(
        [(CLOSING, "Closing"), (AVERAGE, "Average"), (HISTORICAL, "Historical")],
        required=True,
        default=CLOSING,
        tracking=True,
    )
    account_id = fields.Many2one(
        "finance.consolidation.account",
        string="Group account",
        ondelete="cascade",
        help="Of a historical rate: the account it is for. Empty: all of them.",
    )
    date_to = fields.Date(
        string="Period until", tracking=True, help="Last day of the period. Empty, for historical rates: every period."
    )
    rate = fields.Float(digits=(16, 12), required=True, tracking=True, help="Group currency for one unit of the books.")
    source = fields.Char(required=True, help="Who published it, e.g. group treasury, ECB.")

    _positive = models.Constraint("CHECK (rate > 0)", "A rate is greater than zero.")
    _dated = models.Constraint(
        "CHECK (kind = 'historical' OR date_to IS NOT NULL)",
        "Closing and average rates belong to a period: give its last day.",
    )
    _once = models.UniqueIndex(
        "(scenario_id, COALESCE(company_id, 0), currency_id, kind, COALESCE(account_id, 0), COALESCE(date_to, "
        "'0001-01-01'))",
        "There is a rate for this already.",
    )

    @api.model
    def _given(self, scenario, company, kind, day, account=None):
        """:return: the prescribed rate that counts, or empty"""
        # sudo: rates of the group, read for a package the user builds
        rates = self.sudo().search(
            [
                ("scenario_id", "=", scenario.id),
                ("company_id", "in", [company.id, False]),
                ("currency_id", "=", company.currency_id.id),
                ("kind", "=", kind),
                ("account_id", "in", [account.id, False] if account else [False]),
                ("date_to", "in", [day, False]),
            ]
        )
        return rates.sorted(lambda rate: (not rate.account_id, not rate.company_id, not rate.date_to, rate.id))[:1]

    @api.model
    def _market(self, company, group_currency, kind, first, last):
        """Read a rate from Odoo's currencies.

        :return: rate as Decimal, or None: there is none in force
        """
        own = company.currency_id
        days = self._days_of_rates(company, own | group_currency, first, last)
        if days is None:
            return None
        convert = self.env["res.currency"]._get_conversion_rate
        if kind == CLOSING:
            return Decimal(repr(convert(own, group_currency, company, last)))
        return average([(day, Decimal(repr(convert(own, group_currency, company, day)))) for day in days], first, last)

    @api.model
    def _days_of_rates(self, company, currencies, first, last):
        """:return: first day and every day on which one of the rates changes; None: a currency has no rate by then"""
        # sudo: rates are read for the company whose books are translated
        model = self.env["res.currency.rate"].sudo()
        root = company.root_id
        own = model.search([("currency_id", "in", currencies.ids), ("company_id", "in", [root.id, False])])
        for currency in currencies - company.currency_id:
            if not own.filtered(lambda rate, currency=currency: rate.currency_id == currency and rate.name <= last):
                return None
        return sorted({first, *(day for day in own.mapped("name") if first < day <= last)})

    @api.model
    def _rate_of(self, package, kind, account=None):
        """Give a rate of a package and where it comes from.

        :return: rate (Decimal), source
        :raise UserError: there is none; says which one to enter
        """
        company, scenario = package.company_id, package.scenario_id
        if company.currency_id == scenario.currency_id:
            return Decimal(1), self.env._("same currency")
        given = self._given(scenario, company, kind, package.date_to, account)
        if given:
            return Decimal(repr(given.rate)), given.source
        if kind != HISTORICAL:
            first = package.fiscal_from
            market = self._market(company, scenario.currency_id, kind, first, package.date_to)
            if market is not None:
                return market, self.env._("Odoo's currency rates")
        words = dict(self._fields["kind"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "There is no %(kind)s rate from %(from)s to %(to)s for the period until %(day)s%(account)s. "
                "Enter it under Rates.",
                kind=words[kind].lower(),
                **{"from": company.currency_id.name, "to": scenario.currency_id.name},
                day=package.date_to,
                account=self.env._(" (account %s)", account.display_name) if account else "",
            )
        )
