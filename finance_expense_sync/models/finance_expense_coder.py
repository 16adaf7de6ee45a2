from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from ..posting.plan import Cost
from ..posting.shares import divide, rounded, unit
from ..posting.taxes import taken_apart
from .finance_expense_codes import CATEGORY, EMPLOYEE, ENTITY, TAX

#: what the employee has laid out
OWN = ("own", "personal_card")


class Portion(NamedTuple):
    """A share of a line, coded; without allocations a line has one.

    :param share: the allocation of the document, or None
    :param given: list of :class:`~..posting.taxes.Given`
    """

    share: Any
    amount: Decimal
    bearer: Any
    account: Any
    given: list[Any]
    distribution: tuple[tuple[str, Decimal], ...]


class FinanceExpenseCoder(models.AbstractModel):
    """Codes a report: every line gets account, taxes, analytic distribution, partner, companies, day and rate (E-02).

    Each of these is answered by a model of its own: ``finance.expense.codes``, ``.accounts``, ``.taxes``,
    ``.dimensions``, ``.companies``, ``.days`` and ``.rates``.
    """

    _name = "finance.expense.coder"
    _description = "Coding of Expenses"

    @api.model
    def _day(self, document):
        """:return: day on which mappings have to be valid"""
        return document.approved.date() if document.approved else max(line.date for line in document.lines)

    @api.model
    def _facts(self, document):
        """:return: what the conditions of mappings may ask of a report"""
        return {
            "entity": document.entity or "",
            "country": document.country or "",
            "amount": document.total,
            "currency": document.currency,
        }

    @api.model
    def _facts_of(self, document, line):
        """:return: what the conditions of mappings may ask of a line"""
        return {
            **self._facts(document),
            "country": line.country or document.country or "",
            "payment": line.payment,
            "category": line.category,
            "kind": line.kind,
        }

    @api.model
    def _codes(self, document):
        """:return: iterator of (domain, code) of what most reports ask the mappings"""
        yield EMPLOYEE, document.employee.external_id
        yield from ((ENTITY, code) for code in (document.entity, document.paying_entity) if code)
        for line in document.lines:
            yield CATEGORY, line.category
            yield from ((TAX, self.env["finance.expense.taxes"]._tax_code(share)) for share in line.taxes)
            yield from {**document.dimensions, **line.dimensions}.items()

    # -- a report ------------------------------------------------------------------------------

    @api.model
    def _code(self, work, connection):
        """Code every line of a report; fills ``work``.

        :raise FinanceError: the first thing that is in the way
        """
        document = work.document
        day, facts = self._day(document), self._facts(document)
        work.partner = self._employee(work, connection, day, facts)
        currency = self._currency(document)
        centers = self.env["finance.expense.dimensions"]._analytic(work, connection, day, facts)
        pairs = {}
        for line in document.lines:
            if line.is_personal and line.payment in OWN:
                # private, and paid by the employee: nothing happens here
                continue
            self._code_line(work, connection, line, currency, centers, pairs)
        self.env["finance.expense.advance.coder"]._code_returned(work, currency, pairs)

    @api.model
    def _employee(self, work, connection, day, facts):
        person = work.document.employee
        labels = {person.external_id: person.name}
        found = self.env["finance.expense.codes"]._mapped(
            connection, work.payer, EMPLOYEE, [person.external_id], day=day, facts=facts, labels=labels
        )
        return found[person.external_id]

    @api.model
    def _currency(self, document):
        """:raise FinanceError: the currency is not used here, or an amount has parts that it does not know"""
        currency = self.env["finance.expense.record"]._currency(document.currency)
        if not currency.active:
            raise RejectedError(
                self.env._("The currency %s is not switched on here.", document.currency),
                reason="expense_currency_inactive",
                params={"currency": document.currency},
                waiting_key=f"expense_currency:{document.currency}",
            )
        smallest = unit(currency.decimal_places)
        if any(line.amount % smallest for line in document.lines):
            raise MalformedError(
                self.env._("An amount has more decimals than %s knows.", currency.name), reason="expense_malformed"
            )
        return currency

    # -- a line --------------------------------------------------------------------------------

    @api.model
    def _code_line(self, work, connection, line, currency, centers, pairs):
        decimals = currency.decimal_places
        portions, taxes = self._portions(work, connection, line, decimals, centers)
        self.env["finance.expense.taxes"]._check(work, line, portions[0].given, decimals)
        against = self.env["finance.expense.accounts"]._counterpart(work, line)
        group, day = self.env["finance.expense.days"]._group_and_day(work, line, against.kind)
        dated = self.env["finance.expense.rates"]._rate(work.company, currency, line.date, work.policy)
        for portion in portions:
            cost = self._cost(work, line, portion, currency, against, pairs, day)
            work.costs.append((cost, group, day))
        work.shares[line.external_id] = [self._share_values(work, line, one) for one in portions if one.share]
        work.coded[line.external_id] = self._line_values(line, portions, taxes, dated)

    @api.model
    def _portions(self, work, connection, line, decimals, centers):
        """:return: (list of :class:`Portion`, taxes) of a line"""
        taxes, accounts = self.env["finance.expense.taxes"], self.env["finance.expense.accounts"]
        dimensions = self.env["finance.expense.dimensions"]
        facts = self._facts_of(work.document, line)
        bearers = self.env["finance.expense.companies"]._entities(
            work, connection, [share.entity for share in line.allocations if share.entity]
        )
        amounts = self._amounts(line, decimals)
        of_taxes = [taxes._portions(share, amounts, decimals) for share in line.taxes]
        portions, used = [], self.env["account.tax"]
        for number, (share, amount) in enumerate(zip(line.allocations or (None,), amounts, strict=True)):
            # what the employee owes he owes to who has paid
            bearer = bearers.get(share.entity if share else None) or (work.payer if line.is_owed else work.company)
            account = accounts._account(work, connection, line, bearer, facts)
            mine = [one[number] for one in of_taxes]
            given, records = taxes._given(work, connection, line, bearer, facts, mine)
            used |= records
            distribution = dimensions._distribution(centers, dimensions._given(work.document, line, share))
            portions.append(Portion(share, amount, bearer, account, given, distribution))
        return portions, used

    @api.model
    def _amounts(self, line, decimals):
        """:return: gross amount of each share; what they come to is the amount of the line"""
        if not line.allocations:
            return (line.amount,)
        if line.allocations[0].amount is not None:
            return tuple(share.amount for share in line.allocations)
        return divide(line.amount, [share.percentage for share in line.allocations], decimals)

    @api.model
    def _cost(self, work, line, portion, currency, against, pairs, day):
        """:return: :class:`Cost` of a share, what the entries are planned from"""
        document, decimals = work.document, currency.decimal_places
        try:
            parts = taken_apart(portion.amount, tuple(portion.given), decimals)
        except ValueError as error:
            raise MalformedError(str(error), reason="expense_tax_mismatch") from None
        bearing, paying = self.env["finance.expense.companies"]._sides(work, portion.bearer, currency, line.date, pairs)
        return Cost(
            source=(work.message_id, line.external_id),
            day=line.date,
            currency=document.currency,
            decimals=decimals,
            gross=portion.amount,
            parts=parts,
            account=portion.account.id,
            counterpart=against.account_id,
            kind=against.kind,
            bearer=bearing,
            payer=paying,
            cost_partner=work.partner.id if line.is_owed else None,
            partner=against.partner_id,
            analytic=portion.distribution,
            name=self._name_of(document, line),
            deferral=self.env["finance.expense.advance.coder"]._deferral(work, line, portion.bearer, day),
        )

    @api.model
    def _name_of(self, document, line):
        parts = (document.number or document.external_id, line.description or line.category_name or line.category)
        return ": ".join(part for part in parts if part)

    # -- values of records ---------------------------------------------------------------------

    @api.model
    def _line_values(self, line, portions, taxes, dated):
        rate, rate_day, source = dated
        return {
            "account_id": portions[-1].account.id,
            "tax_ids": [Command.set(taxes.ids)],
            "analytic_distribution": False if line.allocations else _as_stored(portions[0].distribution),
            "company_rate": float(rate.value),
            "company_rate_date": rate_day,
            "company_rate_source": source,
            "company_amount": float(rounded(line.amount * rate.value, rate.decimals)),
        }

    @api.model
    def _share_values(self, work, line, portion):
        share = portion.share
        percentage = share.percentage
        if percentage is None:
            percentage = portion.amount * 100 / line.amount if line.amount else 0
        return {
            "bearer_id": portion.bearer.id if portion.bearer != work.company else False,
            "percentage": float(percentage),
            "amount": float(portion.amount),
            "dimensions": share.dimensions or False,
            "analytic_distribution": _as_stored(portion.distribution),
        }


def _as_stored(distribution):
    return {key: float(value) for key, value in distribution} or False
