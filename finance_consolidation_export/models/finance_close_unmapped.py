from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..balances.assignment import DivisionError, Key, assign
from ..closing.unmapped import neighbour, sort_out
from ..const import ACCOUNTANT


class FinanceCloseUnmapped(models.Model):
    """An account of a company that has a balance and no group account: the largest first (C-04)."""

    _name = "finance.close.unmapped"
    _description = "Account without Group Account"
    _log_access = False
    _order = "amount desc, id"
    _rec_name = "account_name"
    _allow_sudo_commands = False

    scenario_id = fields.Many2one("finance.consolidation.scenario", required=True, ondelete="cascade", index=True)
    entity_id = fields.Many2one("finance.consolidation.entity", string="Company", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", string="Books of the company", required=True, ondelete="cascade")
    account_id = fields.Many2one("account.account", required=True, ondelete="cascade")
    account_code = fields.Char(string="Code")
    account_name = fields.Char(string="Name of the account")
    account_type = fields.Char(string="Type of the account")
    currency_id = fields.Many2one(related="company_id.currency_id")
    group_currency_id = fields.Many2one(related="scenario_id.currency_id", string="Currency of the group")
    balance = fields.Monetary()
    amount = fields.Monetary(
        string="Size",
        currency_field="group_currency_id",
        help="The balance without its sign in the currency of the group, at the rate of the day.",
    )
    date_to = fields.Date(string="Until")
    suggested_id = fields.Many2one(
        "finance.consolidation.account",
        string="Group account",
        ondelete="set null",
        help="Where the account with the most similar code goes. Change it before you make the rule.",
    )
    chart_id = fields.Many2one(related="scenario_id.chart_id")

    # -- find ----------------------------------------------------------------------------------

    @api.model
    def _find(self, scenario, entities, day):
        """Find the accounts of companies that have a balance and no group account.

        :return: (entity, account id, balance in the currency of the company), the largest first
        """
        found = []
        for entity in entities.filtered("company_id"):
            found += [(entity, key.value, balance) for key, balance in self._without(scenario, entity, day)[0]]
        return sorted(found, key=lambda row: (-abs(row[2]), row[1]))

    def _without(self, scenario, entity, day):
        """:return: (key, balance) of the accounts without a rule; code -> group account of those that have one"""
        # sudo: all of the books count, whoever asks
        company = entity.sudo().company_id
        parts = [
            part
            for mapping in self.env["finance.consolidation.mapping"]._in_force(scenario.chart_id, company, day)
            for part in mapping._parts()
        ]
        balances = self._balances(entity, company, day)
        model = self.env["account.account"].sudo().with_company(company).with_context(active_test=False)  # sudo: above
        keys = [
            Key(value=account.id, code=account.code or "", facts={"type": account.account_type})
            for account in model.browse(balances)
        ]
        without, doubtful = sort_out(parts, keys, day)
        without |= doubtful & self._told(scenario, entity, day)
        try:
            assigned = assign(parts, keys, day)
        except DivisionError:
            # said by a finding of the package
            assigned = {}
        mapped = {key.code: assigned[key.value][0].account for key in keys if key.value in assigned}
        return [(key, balances[key.value]) for key in keys if key.value in without], mapped

    def _balances(self, entity, company, day):
        """:return: account id -> balance; of income and expenses that of the fiscal year"""
        self.env["account.move.line"].flush_model()
        year = company.compute_fiscalyear_dates(day)["date_from"]
        self.env.cr.execute(
            SQL(
                """
                SELECT l.account_id, sum(l.balance)
                  FROM account_move_line l
                  JOIN account_account a ON a.id = l.account_id
                 WHERE l.company_id = ANY(%s) AND l.parent_state = 'posted' AND l.date <= %s
                   AND (l.date >= %s OR split_part(a.account_type, '_', 1) NOT IN ('income', 'expense'))
              GROUP BY l.account_id
                HAVING sum(l.balance) != 0
                """,
                entity._companies().ids,
                day,
                year,
            )
        )
        return dict(self.env.cr.fetchall())

    def _told(self, scenario, entity, day):
        """:return: accounts that the latest package of the period says are not mapped, or in part"""
        # sudo: as above
        package = (
            self.env["finance.consolidation.package"]
            .sudo()
            .search(
                [
                    ("scenario_id", "=", scenario.id),
                    ("entity_id", "=", entity.id),
                    ("date_to", "=", day),
                    ("state", "!=", "cancelled"),
                ],
                order="version desc",
                limit=1,
            )
        )
        return set(package.finding_ids.filtered(lambda one: one.code == "unmapped").account_id.ids)

    # -- the workbench -------------------------------------------------------------------------

    @api.model
    def _refresh(self, scenarios, day):
        """Write the rows of scenarios anew."""
        # sudo: rows are made here alone; which of them a person sees the record rule decides
        own = self.sudo()
        own.search([("scenario_id", "in", scenarios.ids)]).unlink()
        values = []
        for scenario in scenarios.sudo():
            for entity in scenario.entity_ids.filtered("company_id"):
                company = entity.company_id
                found, mapped = own._without(scenario, entity, day)
                accounts = self.env["account.account"].sudo().with_company(company)  # sudo: as above
                for key, balance in found:
                    account = accounts.browse(key.value)
                    values.append(
                        {
                            "scenario_id": scenario.id,
                            "entity_id": entity.id,
                            "company_id": company.id,
                            "account_id": account.id,
                            "account_code": key.code,
                            "account_name": account.name,
                            "account_type": key.facts["type"],
                            "balance": balance,
                            "amount": abs(
                                company.currency_id._convert(balance, scenario.currency_id, company, day, round=False)
                            ),
                            "date_to": day,
                            "suggested_id": neighbour(key.code, mapped),
                        }
                    )
        own.create(values)

    def action_refresh(self):
        """Look at the books of all companies once more, until the end of the last month."""
        self.env["finance.close.period"]._check_role(ACCOUNTANT)
        scenarios = self.env["finance.consolidation.scenario"].search([])  # pylint: disable=no-search-all
        self._refresh(scenarios, self._day())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _day(self):
        """:return: the end of the period that is being closed, else of the last month"""
        close = self.env["finance.close.period"].search([("state", "in", ("open", "preliminary"))], limit=1)
        return close.date_to or self.env["finance.consolidation.package"]._last_month()[1]

    def write(self, vals):
        if not self.env.su and set(vals) - {"suggested_id"}:
            raise UserError(self.env._("Only the group account can be chosen here."))
        return super().write(vals)

    def action_make_rule(self):
        """Write a rule for each account into a draft of the mapping, and open that."""
        self.env["finance.close.period"]._check_role(ACCOUNTANT)
        self.check_access("read")
        missing = self.filtered(lambda row: not row.suggested_id)
        if missing:
            raise UserError(self.env._("Choose a group account for %s first.", missing[0].account_code))
        if len(self.chart_id) != 1 or len(self.company_id) != 1:
            raise UserError(self.env._("Make rules of one company and one group chart at a time."))
        draft = self.env["finance.consolidation.mapping"]._draft_for(self.chart_id, self.company_id)
        known = set(
            draft.rule_ids.filtered(lambda rule: rule.operation == "equals" and not rule.qualifier).mapped("code")
        )
        self.env["finance.consolidation.rule"].create(
            [
                {
                    "mapping_id": draft.id,
                    "operation": "equals",
                    "code": row.account_code,
                    "account_id": row.suggested_id.id,
                }
                for row in self
                if row.account_code not in known
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": draft.display_name,
            "res_model": draft._name,
            "view_mode": "form",
            "res_id": draft.id,
        }


class FinanceConsolidationMapping(models.Model):
    _inherit = "finance.consolidation.mapping"

    def _draft_for(self, chart, company):
        """Give the draft that new rules for a company belong to: of its own mapping, where it has one, else the shared.

        :return: a draft that is there, a new version of the mapping in use, or a new mapping
        """
        domain = [("chart_id", "=", chart.id), ("company_id", "in", [company.id, False])]
        order = lambda one: (not one.company_id, -one.version)  # noqa: E731
        mappings = self.search([*domain, ("state", "in", ("draft", "active"))]).sorted(order)
        own = mappings.filtered("company_id") or mappings
        draft = own.filtered(lambda one: one.state == "draft")[:1]
        if draft:
            return draft
        if own:
            return own[0]._next_version(own[0])
        return self.create(
            {"name": self.env._("Mapping of %s", company.name), "chart_id": chart.id, "company_id": company.id}
        )
