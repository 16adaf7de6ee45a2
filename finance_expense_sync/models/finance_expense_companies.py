from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..posting.plan import Side
from .finance_expense_codes import ENTITY


class FinanceExpenseCompanies(models.AbstractModel):
    """Companies of an expense: who employs, who pays, who bears, and what they owe each other (E-12)."""

    _name = "finance.expense.companies"
    _description = "Companies of Expenses"

    @api.model
    def _companies(self, work, connection):
        """Find out which company employs, and which one pays."""
        document = work.document
        codes = [code for code in (document.entity, document.paying_entity) if code]
        found = self._entities(work, connection, codes)
        work.company = found.get(document.entity) or connection.company_id
        work.payer = found.get(document.paying_entity) or work.company

    @api.model
    def _entities(self, work, connection, codes):
        """:return: dict code -> company; a platform that knows one company need not name it"""
        if not codes:
            return {}
        coder, mapped = self.env["finance.expense.coder"], self.env["finance.expense.codes"]
        day, facts = coder._day(work.document), coder._facts(work.document)
        known = self.env["finance.mapping"]._lookup(connection, ENTITY, codes, date=day, qualifiers=facts)
        if not known and not mapped._has_mappings(connection, ENTITY):
            return {}
        return mapped._mapped(connection, connection.company_id, ENTITY, codes, day=day, facts=facts)

    @api.model
    def _sides(self, work, bearer, currency, day, pairs):
        """:return: who bears and who pays, as :class:`Side`; two companies have their accounts for it (E-12)"""
        payer = work.payer
        key = (bearer.id, payer.id, day)
        if key not in pairs:
            dated = self.env["finance.expense.rates"]
            rates = {company: dated._rate(company, currency, day, work.policy)[0] for company in {bearer, payer}}
            if bearer == payer:
                side = Side(company=bearer.id, rate=rates[bearer])
                pairs[key] = (side, side)
            else:
                mine, theirs = self._intercompany(bearer, payer), self._intercompany(payer, bearer)
                pairs[key] = (
                    Side(
                        company=bearer.id,
                        rate=rates[bearer],
                        due_to=mine.due_to_account_id.id,
                        partner=payer.partner_id.id,
                    ),
                    Side(
                        company=payer.id,
                        rate=rates[payer],
                        due_from=theirs.due_from_account_id.id,
                        partner=bearer.partner_id.id,
                    ),
                )
        return pairs[key]

    @api.model
    def _intercompany(self, company, other):
        # sudo: the engine books in both companies
        found = (
            self.env["finance.expense.intercompany"]
            .sudo()
            .search([("company_id", "=", company.id), ("other_id", "=", other.id)])
        )
        if not found:
            raise RejectedError(
                self.env._(
                    "%(company)s has no accounts for what it and %(other)s owe each other.",
                    company=company.name,
                    other=other.name,
                ),
                reason="expense_intercompany",
                params={"company_id": company.id, "other_id": other.id},
                waiting_key=f"expense_intercompany:{company.id}:{other.id}",
            )
        return found
