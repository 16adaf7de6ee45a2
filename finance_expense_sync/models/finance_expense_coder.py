from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from ..posting.plan import Cost, Rate, Side
from ..posting.shares import divide, rounded, unit
from ..posting.taxes import Given, Slice, Tax, expected, taken_apart

EMPLOYEE, CATEGORY, TAX, ENTITY = "employee", "expense_category", "expense_tax", "expense_entity"
#: domain -> reason of a code without mapping; the rest are dimensions
UNMAPPED = {
    EMPLOYEE: "expense_employee_unknown",
    CATEGORY: "expense_unmapped_account",
    TAX: "expense_unmapped_tax",
    ENTITY: "expense_unmapped_entity",
    "cost_center": "expense_unmapped_cost_center",
    "department": "expense_unmapped_department",
    "project": "expense_unmapped_project",
}
ANALYTIC = "account.analytic.account"
#: way of payment -> field of the policy with the account that it is against
COUNTERPARTS = {
    "company_card": "card_account_id",
    "company": "company_account_id",
    "advance": "advance_account_id",
}
#: what the employee has laid out
OWN = ("own", "personal_card")


class FinanceExpenseCoder(models.AbstractModel):
    """Turns what a platform calls things into accounts, taxes, analytic accounts, partners and companies (E-02)."""

    _name = "finance.expense.coder"
    _description = "Coding of Expenses"

    # -- codes ---------------------------------------------------------------------------------

    @api.model
    def _mapped(self, connection, company, domain, codes, *, day, facts, labels=None):
        """Translate codes with one query.

        :param company: the records have to be usable in
        :return: dict code -> record
        :raise FinanceError: one is not mapped, or leads to what is archived
        """
        mappings = self.env["finance.mapping"]
        codes = list(dict.fromkeys(codes))
        if not codes:
            return {}
        found = mappings._lookup(connection, domain, codes, date=day, qualifiers=facts)
        records = {}
        for code in codes:
            mapping = found.get(code)
            record = self._record(mapping, company) if mapping else None
            if not record:
                raise self._unmapped(connection, domain, code, mapping, (labels or {}).get(code), facts)
            self._check_active(record, code)
            records[code] = record
        return records

    @api.model
    def _record(self, mapping, company):
        if mapping.res_model == "res.company":
            # sudo: of which company the report is, is the engine's to find out
            return self.env["res.company"].sudo().browse(mapping.res_id).exists()
        # archived records are found, and named as such
        record = mapping.with_context(active_test=False)._record(company)
        # sudo: as the lookup; entries are booked in the company of the record
        return record.sudo().with_company(company) if record else None

    @api.model
    def _unmapped(self, connection, domain, code, mapping, label, facts):
        kind = self.env["finance.mapping.domain"].sudo().search([("code", "=", domain)], limit=1)  # sudo: catalogue
        words = {"code": code, "kind": kind.name or domain, "connection": connection.name}
        return MalformedError(
            self.env._("%(code)s is mapped to what this company cannot use (%(kind)s).", **words)
            if mapping
            else self.env._("%(code)s has no approved mapping (%(kind)s) for %(connection)s.", **words),
            reason=UNMAPPED.get(domain, "expense_unmapped_dimension"),
            params={
                "domain": domain,
                "code": code,
                "connection_id": connection.id,
                "unmapped": True,
                **({"label": label} if label else {}),
                "amount": float(facts["amount"]),
                "currency": facts["currency"],
            },
            waiting_key=self.env["finance.mapping"]._waiting_key(connection, domain, code),
        )

    @api.model
    def _check_active(self, record, code):
        if "active" in record._fields and not record.active:
            is_account = record._name == "account.account"
            raise RejectedError(
                self.env._(
                    "%(code)s leads to %(record)s, which is archived.",
                    code=code,
                    # a person is named by its code alone
                    record=record.display_name if record._name != "res.partner" else self.env._("a contact"),
                ),
                reason="expense_account_inactive" if is_account else "expense_record_inactive",
                params={"model": record._name, "id": record.id, "code": code},
                waiting_key=self._active_key(record),
            )

    @api.model
    def _active_key(self, record):
        return f"expense_active:{record._name}:{record.id}"

    # -- a report ------------------------------------------------------------------------------

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
        day, facts = self._day(work.document), self._facts(work.document)
        mappings = self.env["finance.mapping"]
        known = mappings._lookup(connection, ENTITY, codes, date=day, qualifiers=facts)
        if not known and not self._has_mappings(connection, ENTITY):
            return {}
        return self._mapped(connection, connection.company_id, ENTITY, codes, day=day, facts=facts)

    @api.model
    def _has_mappings(self, connection, domain):
        # sudo: as the lookup
        return bool(
            self.env["finance.mapping"]
            .sudo()
            .search_count(
                [
                    ("state", "=", "active"),
                    ("domain_id.code", "=", domain),
                    ("connection_id", "in", [connection.id, False]),
                ],
                limit=1,
            )
        )

    @api.model
    def _day(self, document):
        """:return: day on which mappings have to be valid"""
        return document.approved.date() if document.approved else max(line.date for line in document.lines)

    @api.model
    def _facts(self, document):
        return {
            "entity": document.entity or "",
            "country": document.country or "",
            "amount": document.total,
            "currency": document.currency,
        }

    @api.model
    def _code(self, work, connection):
        """Code every line of a report; fills ``work``.

        :raise FinanceError: the first thing that is in the way
        """
        document = work.document
        day, facts = self._day(document), self._facts(document)
        person = document.employee
        [work.partner] = self._mapped(
            connection,
            work.payer,
            EMPLOYEE,
            [person.external_id],
            day=day,
            facts=facts,
            labels={person.external_id: person.name},
        ).values()
        currency = self.env["finance.expense.record"]._currency(document.currency)
        if not currency.active:
            raise RejectedError(
                self.env._("The currency %s is not switched on here.", document.currency),
                reason="expense_currency_inactive",
                params={"currency": document.currency},
                waiting_key=f"expense_currency:{document.currency}",
            )
        self._check_precision(document, currency)
        centers = self._analytic(work, connection, day, facts)
        pairs = {}
        for line in document.lines:
            if line.is_personal and line.payment in OWN:
                # private, and paid by the employee: nothing happens here
                continue
            self._code_line(work, connection, line, currency, centers, pairs)

    @api.model
    def _check_precision(self, document, currency):
        smallest = unit(currency.decimal_places)
        if any(line.amount % smallest for line in document.lines):
            raise MalformedError(
                self.env._("An amount has more decimals than %s knows.", currency.name), reason="expense_malformed"
            )

    @api.model
    def _dimensions_of(self, document, line, share=None):
        return {**document.dimensions, **line.dimensions, **(share.dimensions if share else {})}

    @api.model
    def _analytic(self, work, connection, day, facts):
        """Translate all dimensions of a report; those that nobody has made a kind of mapping for tell nothing.

        :return: dict (dimension, code) -> analytic account
        :raise FinanceError: a needed one is missing, or a code is not mapped
        """
        document = work.document
        asked = {}
        for line in document.lines:
            if line.is_personal:
                continue
            for share in line.allocations or (None,):
                given = self._dimensions_of(document, line, share)
                for name in work.policy._dimensions():
                    if name not in given:
                        raise MalformedError(
                            self.env._(
                                "The expense of %(day)s (%(amount)s) lacks %(name)s.",
                                day=line.date,
                                amount=line.amount,
                                name=name.replace("_", " "),
                            ),
                            reason=UNMAPPED.get(name, "expense_unmapped_dimension"),
                            params={"dimension": name, "line": line.external_id},
                            waiting_key=self.env["finance.expense.gate"]._waiting_key(work),
                        )
                for name, code in given.items():
                    asked.setdefault(name, {})[code] = None
        # sudo: the catalogue of kinds
        kinds = (
            self.env["finance.mapping.domain"]
            .sudo()
            .search([("code", "in", list(asked)), ("res_model", "=", ANALYTIC)])
        )
        return {
            (kind.code, code): record
            for kind in kinds
            for code, record in self._mapped(
                connection, work.company, kind.code, asked[kind.code], day=day, facts=facts
            ).items()
        }

    @api.model
    def _distribution(self, centers, given):
        """:return: analytic distribution: accounts of several plans share one key, as Odoo writes it"""
        ids = sorted({centers[item].id for item in given.items() if item in centers})
        return ((",".join(map(str, ids)), Decimal(100)),) if ids else ()

    # -- a line --------------------------------------------------------------------------------

    @api.model
    def _code_line(self, work, connection, line, currency, centers, pairs):
        document, policy = work.document, work.policy
        decimals = currency.decimal_places
        facts = {
            **self._facts(document),
            "country": line.country or document.country or "",
            "payment": line.payment,
            "category": line.category,
            "kind": line.kind,
        }
        shares = line.allocations or (None,)
        if line.allocations and line.allocations[0].amount is not None:
            amounts = [share.amount for share in line.allocations]
        else:
            amounts = divide(line.amount, [share.percentage if share else Decimal(1) for share in shares], decimals)
        bearers = self._entities(work, connection, [share.entity for share in line.allocations if share.entity])
        portions = [self._portions(share, amounts, decimals) for share in line.taxes]
        taxed, records_of_taxes = [], self.env["account.tax"]
        for number, (share, amount) in enumerate(zip(shares, amounts, strict=True)):
            bearer = bearers.get(share.entity if share else None) or work.company
            account = self._account(work, connection, line, bearer, facts)
            given, mine = self._given(work, connection, line, bearer, facts, [one[number] for one in portions])
            records_of_taxes |= mine
            taxed.append((share, amount, bearer, account, given))
        self._check_taxes(work, line, [given for *_rest, given in taxed], decimals)
        counterpart, kind, partner = self._counterpart(work, line)
        day = self._entry_day(work, line)
        group = self._group(work, line, kind, day)
        day = self._period_end(day) if work.policy.grain == "period" else day
        dated = self._rate(work.company, currency, line.date, policy)
        records = []
        for share, amount, bearer, account, given in taxed:
            distribution = self._distribution(centers, self._dimensions_of(document, line, share))
            try:
                parts = taken_apart(amount, tuple(given), decimals)
            except ValueError as error:
                raise MalformedError(str(error), reason="expense_tax_mismatch") from None
            bearing, paying = self._sides(work, bearer, currency, line.date, pairs)
            cost = Cost(
                source=(work.message_id, line.external_id),
                day=line.date,
                currency=document.currency,
                decimals=decimals,
                gross=amount,
                parts=parts,
                account=account.id,
                counterpart=counterpart,
                kind=kind,
                bearer=bearing,
                payer=paying,
                cost_partner=work.partner.id if line.is_personal else None,
                partner=partner,
                analytic=distribution,
                name=self._name_of(document, line),
            )
            work.costs.append((cost, group, day))
            analytic = {key: float(value) for key, value in distribution} or False
            if share:
                records.append(
                    {
                        "bearer_id": bearer.id if bearer != work.company else False,
                        "percentage": float(
                            share.percentage
                            if share.percentage is not None
                            else (amount * 100 / line.amount if line.amount else 0)
                        ),
                        "amount": float(amount),
                        "dimensions": share.dimensions or False,
                        "analytic_distribution": analytic,
                    }
                )
        work.shares[line.external_id] = records
        rate, rate_day, source = dated
        work.coded[line.external_id] = {
            "account_id": account.id,
            "tax_ids": [Command.set(records_of_taxes.ids)],
            "analytic_distribution": analytic if not line.allocations else False,
            "company_rate": float(rate.value),
            "company_rate_date": rate_day,
            "company_rate_source": source,
            "company_amount": float(rounded(line.amount * rate.value, rate.decimals)),
        }

    @api.model
    def _name_of(self, document, line):
        return ": ".join(
            part
            for part in (
                document.number or document.external_id,
                line.description or line.category_name or line.category,
            )
            if part
        )

    @api.model
    def _account(self, work, connection, line, bearer, facts):
        if line.is_personal:
            return self._policy_account(work, "personal_account_id")
        found = self._mapped(
            connection,
            bearer,
            CATEGORY,
            [line.category],
            day=self._day(work.document),
            facts=facts,
            labels={line.category: line.category_name},
        )
        return found[line.category]

    @api.model
    def _policy_account(self, work, name):
        policy = work.payer_policy
        account = policy[name].sudo()  # sudo: the policy's own, checked against its company
        if not account:
            raise RejectedError(
                self.env._(
                    "The policy %(policy)s has no account for it: %(field)s.",
                    policy=policy.name,
                    field=policy._fields[name]._description_string(self.env),
                ),
                reason="expense_policy_incomplete",
                params={"policy_id": policy.id, "field": name},
                waiting_key=f"expense_policy:{policy.company_id.id}",
            )
        self._check_active(account, account.display_name)
        return account

    @api.model
    def _counterpart(self, work, line):
        """:return: (id of the account that the expense is against, kind, id of the partner of that side)"""
        if line.payment in COUNTERPARTS:
            account = self._policy_account(work, COUNTERPARTS[line.payment])
            return account.id, line.payment, work.partner.id if line.payment == "advance" else None
        if work.document.is_reimbursed:
            return self._policy_account(work, "reimbursed_account_id").id, "reimbursed", None
        account = work.payer_policy.payable_account_id.sudo()  # sudo: as above
        account = account or work.partner.with_company(work.payer).property_account_payable_id
        if not account:
            return self._policy_account(work, "payable_account_id").id, "own", work.partner.id
        self._check_active(account, account.display_name)
        return account.id, "own", work.partner.id

    # -- days and groups -----------------------------------------------------------------------

    @api.model
    def _entry_day(self, work, line):
        document, policy = work.document, work.policy
        if work.decided_date:
            return work.decided_date
        today = self.env.cr.now().date()
        if policy.date_rule == "today":
            return today
        if policy.date_rule == "approved":
            return document.approved.date() if document.approved else today
        if policy.grain == "line":
            return line.date
        return max(one.date for one in document.lines)

    @api.model
    def _period_end(self, day):
        """:return: last day of the month, or today where the month is not over"""
        return max(day, min(day + relativedelta(day=31), self.env.cr.now().date()))

    @api.model
    def _group(self, work, line, kind, day):
        """:return: what an expense shares its entry with"""
        grain = work.policy.grain
        part = (kind,) if work.policy.document == "bill" else ()
        if grain == "period":
            return ("period", work.policy.id, day.strftime("%Y-%m"))
        if grain == "line":
            return ("line", work.message_id, line.external_id, *part)
        return ("report", work.message_id, *part)

    # -- rates ---------------------------------------------------------------------------------

    @api.model
    def _rate(self, company, currency, day, policy):
        """:return: (:class:`Rate`, day it is of, where it is from)
        :raise FinanceError: there is none, or it is too old (E-08, E-21)
        """
        own = company.currency_id
        decimals = own.decimal_places
        if currency == own:
            return Rate(decimals=decimals), day, self.env._("Same currency")
        # sudo: rates are no secret
        rates = self.env["res.currency.rate"].sudo()
        latest = rates.browse()
        for one in currency | own:
            found = rates.search(
                [
                    ("currency_id", "=", one.id),
                    ("company_id", "in", [company.root_id.id, False]),
                    ("name", "<=", day),
                ],
                order="name desc, company_id",
                limit=1,
            )
            # the currency in which rates are given has none
            latest = found if found and (not latest or found.name < latest.name) else latest
        if not latest or (day - latest.name).days > policy.rate_days:
            raise RejectedError(
                self.env._(
                    "There is no rate of %(currency)s to %(own)s for %(day)s, at most %(days)s days old.",
                    currency=currency.name,
                    own=own.name,
                    day=day,
                    days=policy.rate_days,
                ),
                reason="expense_no_rate",
                params={"currency": currency.name, "day": str(day), "company_id": company.id},
                waiting_key=f"expense_rate:{currency.name}",
            )
        value = self.env["res.currency"]._get_conversion_rate(currency, own, company, day)
        return Rate(value=Decimal(repr(value)), decimals=decimals), latest.name, self.env._("Rates of Odoo")

    # -- taxes ---------------------------------------------------------------------------------

    @api.model
    def _portions(self, share, amounts, decimals):
        """:return: for each share of a line what it has of a tax: (amount, base, reclaimable), each summing exactly"""
        weights = [abs(amount) for amount in amounts]
        columns = [
            [None] * len(amounts) if value is None else divide(rounded(value, decimals), weights, decimals)
            for value in (share.amount, share.base, share.reclaimable)
        ]
        return list(zip(*columns, strict=True))

    @api.model
    def _given(self, work, connection, line, bearer, facts, portions):
        """:return: (list of :class:`Given`, taxes) of a share of a line"""
        none = self.env["account.tax"]
        if work.policy.tax_rule == "none" or not line.taxes or line.is_personal:
            return [], none
        codes = [self._tax_code(share) for share in line.taxes]
        found = self._mapped(connection, bearer, TAX, codes, day=self._day(work.document), facts=facts)
        given, records = [], none
        for code, (amount, base, reclaimable) in zip(codes, portions, strict=True):
            tax = found[code]
            records |= tax
            given.append(Given(tax=self._tax(tax), amount=amount, base=base, reclaimable=reclaimable))
        return given, records

    @api.model
    def _tax_code(self, share):
        """:return: code of a tax; where the platform has none its rate, written as people do"""
        if share.code:
            return share.code
        return f"{share.rate.normalize():f} %" if share.rate is not None else "no code"

    @api.model
    def _tax(self, tax):
        """:return: :class:`Tax`
        :raise FinanceError: an expense cannot carry it
        """
        if tax.amount_type == "group" or tax.tax_exigibility == "on_payment":
            raise RejectedError(
                self.env._("%s is a group or due with the payment: an expense cannot carry it.", tax.name),
                reason="expense_tax_unusable",
                params={"tax_id": tax.id},
            )

        def slices(lines):
            return tuple(
                Slice(
                    factor=Decimal(repr(line.factor_percent)),
                    account=line.account_id.id or None,
                    key=line.id,
                    tags=tuple(line.tag_ids.ids),
                )
                for line in lines
                if line.repartition_type == "tax"
            )

        def tags(lines):
            return tuple(lines.filtered(lambda line: line.repartition_type == "base").tag_ids.ids)

        return Tax(
            key=tax.id,
            percent=Decimal(repr(tax.amount)) if tax.amount_type == "percent" else None,
            slices=slices(tax.invoice_repartition_line_ids),
            refund_slices=slices(tax.refund_repartition_line_ids),
            base_tags=tags(tax.invoice_repartition_line_ids),
            refund_base_tags=tags(tax.refund_repartition_line_ids),
        )

    @api.model
    def _check_taxes(self, work, line, shares, decimals):
        """The tax that the platform says has to be what its rate comes to (E-11)."""
        if "expense_tax_mismatch" in work.passed:
            return
        tolerance = Decimal(str(work.policy.tax_tolerance))
        single = len(line.taxes) == 1
        for number, share in enumerate(line.taxes):
            if not shares or number >= len(shares[0]):
                return
            tax = shares[0][number].tax
            gross = share.base + share.amount if share.base is not None else line.amount if single else None
            if gross is None:
                continue
            if tax.is_reverse:
                gross = share.base if share.base is not None else line.amount
                if not share.amount:
                    continue
            ours = expected(gross, tax, decimals)
            if ours is not None and abs(ours - share.amount) > tolerance:
                raise MalformedError(
                    self.env._(
                        "The tax of the expense of %(day)s is %(theirs)s on the platform, and %(ours)s by the rate of "
                        "%(percent)s %% here.",
                        day=line.date,
                        theirs=share.amount,
                        ours=ours,
                        percent=tax.percent.normalize(),
                    ),
                    reason="expense_tax_mismatch",
                    params={"line": line.external_id, "ours": str(ours), "theirs": str(share.amount)},
                    waiting_key=self.env["finance.expense.gate"]._waiting_key(work),
                )

    # -- companies -----------------------------------------------------------------------------

    @api.model
    def _sides(self, work, bearer, currency, day, pairs):
        """:return: who bears and who pays, as :class:`Side`; two companies have their accounts for it (E-12)"""
        payer = work.payer
        key = (bearer.id, payer.id, day)
        if key not in pairs:
            rates = {company: self._rate(company, currency, day, work.policy)[0] for company in {bearer, payer}}
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
