from odoo import api, fields, models

from ..api.counterparty import AccountBalance, BalanceList, Exposure, ExposureList


class FinanceApi(models.AbstractModel):
    """What accounts come to, and what customers owe against their limits."""

    _inherit = "finance.api"

    @api.model
    def _do_list_balances(self, query):
        company = self._company(query.company, place="?company")
        day = query.date or fields.Date.today()
        accounts = self.env["account.account"].with_company(company)
        domain = [*accounts._check_company_domain(company)]
        if query.accounts:
            domain.append(("code", "in", query.accounts))
        found, following = self.with_company(company)._page("balances", "account.account", domain, query, ("id", "id"))
        sums = {
            account.id: (debit, credit)
            for account, debit, credit in self.env["account.move.line"]._read_group(
                [
                    ("account_id", "in", found.ids),
                    ("company_id", "=", company.id),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", day),
                ],
                ["account_id"],
                ["debit:sum", "credit:sum"],
            )
        }
        digits = company.currency_id.decimal_places
        rows = []
        for account in found:
            debit, credit = sums.get(account.id, (0.0, 0.0))
            rows.append(
                AccountBalance(
                    account=account.code or "",
                    name=account.name,
                    type=account.account_type,
                    debit=amount(debit, digits),
                    credit=amount(credit, digits),
                    balance=amount(debit - credit, digits),
                )
            )
        return BalanceList(
            company=self._names().of("company", company.id),
            date=day,
            currency=company.currency_id.name,
            data=rows,
            next=following,
        )

    @api.model
    def _do_list_exposures(self, query):
        names = self._names()
        domain = [("company_id", "in", self.env.companies.ids)]
        if query.status:
            domain.append(("status", "in", query.status))
        if query.counterparty:
            # a name of something else is a counterparty that owes nothing
            domain.append(("partner_id", "=", names.read("counterparty", query.counterparty) or 0))
        rows, following = self._page("exposures", "finance.credit.exposure", domain, query, ("id", "id"))
        return ExposureList(data=[self._exposure(row, names) for row in rows], next=following)

    @api.model
    def _exposure(self, row, names):
        digits = row.currency_id.decimal_places
        has_limit = row.status != "unlimited"
        return Exposure(
            counterparty=names.of("counterparty", row.partner_id.id),
            name=row.partner_id.name or "",
            company=names.of("company", row.company_id.id),
            currency=row.currency_id.name,
            exposure=amount(row.exposure, digits),
            overdue=amount(row.overdue, digits),
            ordered=amount(row.ordered, digits),
            credit_limit=amount(row.credit_limit, digits) if has_limit else None,
            headroom=amount(row.headroom, digits) if has_limit else None,
            status=row.status,
            refreshed_at=row.refreshed_at or None,
        )


def amount(value, digits):
    """:return: an amount as it is written on the wire; there is no negative zero"""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if not float(text) else text
