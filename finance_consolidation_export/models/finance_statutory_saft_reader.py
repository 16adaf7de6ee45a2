import json
from decimal import ROUND_HALF_UP, Decimal

from odoo import fields, release
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.fetching import fetched

from ..balances import distribution
from ..extracts import saft_facts as saft
from .finance_statutory_table import EVENT, TYPE

CENT = Decimal("0.01")
#: accounts whose items are of customers and of suppliers
CUSTOMERS, SUPPLIERS = "asset_receivable", "liability_payable"


class SaftReader:
    """What the writer needs, read from the ledger in the snapshot of the transaction."""

    def __init__(self, env, extract, lists):
        """:param lists: code of the lists that accounts and taxes are grouped by"""
        self.env, self.extract, self.lists = env, extract, lists
        # sudo: the books of the company, for who may make extracts of it
        self.company = extract.company_id.sudo()
        self.companies = extract._companies()
        self.codes, self.kinds = {}, {}
        #: of each account what its closing balance has beyond the opening one and the items
        self.beyond = {}
        self.opening, self.closing, self.tax_written = Decimal(0), Decimal(0), Decimal(0)
        self.taxes, self.divided = {}, {}

    def _query(self, query, *values):
        self.env.cr.execute(SQL(query, *values))
        return self.env.cr.fetchall()

    def _posted(self):
        return SQL(
            "l.company_id = ANY(%s) AND l.parent_state = 'posted' AND l.account_id IS NOT NULL"
            " AND l.date BETWEEN %s AND %s",
            self.companies,
            self.extract.date_from,
            self.extract.date_to,
        )

    # -- header --------------------------------------------------------------------------------

    def head(self):
        company, extract = self.company, self.extract
        return saft.Head(
            company=self._party(company.partner_id, registration=company.company_registry or ""),
            country=(company.account_fiscal_country_id or company.country_id).code or "",
            currency=company.currency_id.name,
            first=extract.date_from,
            last=extract.date_to,
            created=fields.Date.to_date(self.env.cr.now()),
            software=("Odoo", "Odoo with Finance Integration Suite", release.version),
            user=self.env.user.login,
        )

    def _party(self, partner, **values):
        first, _blank, last = (self.env.user.name or "").partition(" ")
        return saft.Party(
            name=partner.name or "",
            vat=(partner.vat or "").strip(),
            street=partner.street or "",
            city=partner.city or "",
            zip=partner.zip or "",
            country=partner.country_id.code or "",
            phone=partner.phone or "",
            email=partner.email or "",
            first_name=first,
            last_name=last,
            **values,
        )

    # -- master files --------------------------------------------------------------------------

    def masters(self):
        """:return: what is read while it is written, in this order; lines need what it leaves behind"""
        return saft.Masters(
            accounts=self._accounts(),
            customers=self._parties(CUSTOMERS),
            suppliers=self._parties(SUPPLIERS),
            taxes=self._taxes(),
            analyses=self._analyses(),
        )

    def _accounts(self):
        extract, year = self.extract, self.extract._fiscal_from()
        rows = self._query(
            """
            SELECT a.id, a.account_type, a.account_type LIKE 'income%%' OR a.account_type LIKE 'expense%%',
                   COALESCE(sum(l.balance) FILTER (WHERE l.date < %s), 0)::text,
                   COALESCE(sum(l.balance) FILTER (WHERE l.date >= %s AND l.date < %s), 0)::text,
                   COALESCE(sum(l.balance) FILTER (WHERE l.date >= %s), 0)::text
              FROM account_move_line l JOIN account_account a ON a.id = l.account_id
             WHERE l.company_id = ANY(%s) AND l.parent_state = 'posted' AND l.date <= %s
          GROUP BY a.id ORDER BY a.id
            """,
            year,
            year,
            extract.date_from,
            extract.date_from,
            self.companies,
            extract.date_to,
        )
        balances, results = {}, Decimal(0)
        for account, kind, is_yearly, before, earlier, moved in rows:
            self.kinds[account] = kind
            opening = Decimal(earlier)
            if is_yearly:
                # results of earlier years belong to equity
                results += Decimal(before)
            else:
                opening += Decimal(before)
            balances[account] = [opening, opening + Decimal(moved)]
        if results:
            self._give(balances, results)
        # sudo: accounts of the company, as above
        accounts = self.env["account.account"].sudo().with_company(self.company).browse(balances)
        groups, self.standard = (
            self.env["finance.statutory.grouping"]
            .sudo()
            ._of_company(  # sudo: as above
                self.lists, self.company
            )
        )
        for account in accounts:
            code = account.code or account.with_company(self.company.root_id).code or str(account.id)
            self.codes[account.id] = code
        for account in accounts.sorted(lambda one: self.codes[one.id]):
            code = self.codes[account.id]
            fitting = [prefix for prefix in groups if code.startswith(prefix)]
            category, group = groups[max(fitting, key=len)] if fitting else ("", "")
            opening, closing = balances[account.id]
            self.opening += opening
            self.closing += closing
            self.beyond[code] = closing - opening
            yield saft.Account(
                id=code,
                name=account.name or code,
                group=account.internal_group,
                category=category,
                code=group,
                created=fields.Date.to_date(account.create_date),
                opening=opening,
                closing=closing,
            )

    def _give(self, balances, results):
        """Put results of earlier years on the account that Odoo has for them."""
        # sudo: the account of the company
        account = (
            self.env["account.account"]
            .sudo()
            .search(
                [("account_type", "=", "equity_unaffected"), ("company_ids", "parent_of", self.company.ids)], limit=1
            )
        )
        if not account:
            raise saft.SaftError("There is no account of the type Current Year Earnings for results of earlier years.")
        opening, closing = balances.get(account.id, (Decimal(0), Decimal(0)))
        balances[account.id] = [opening + results, closing + results]

    def _parties(self, kind):
        extract = self.extract
        rows = self._fetched(
            """
            SELECT b.*, p.name, p.vat, p.street, p.city, p.zip, c.code, p.phone, p.email
              FROM (SELECT l.partner_id, l.account_id, COALESCE(sum(l.balance) FILTER (WHERE l.date < %s), 0)::text,
                           sum(l.balance)::text
                      FROM account_move_line l JOIN account_account a ON a.id = l.account_id
                     WHERE l.company_id = ANY(%s) AND l.parent_state = 'posted' AND l.date <= %s AND a.account_type = %s
                       AND l.partner_id IS NOT NULL
                  GROUP BY 1, 2 HAVING sum(l.balance) != 0 OR bool_or(l.date >= %s)) b
              JOIN res_partner p ON p.id = b.partner_id LEFT JOIN res_country c ON c.id = p.country_id
          ORDER BY b.partner_id, b.account_id
            """,
            extract.date_from,
            self.companies,
            extract.date_to,
            kind,
            extract.date_from,
        )
        found = []
        for row in rows:
            if found and row[0] != found[0][0]:
                yield self._partner(found)
                found = []
            found.append(row)
        if found:
            yield self._partner(found)

    def _partner(self, rows):
        """:param rows: of one partner, one of each account"""
        name, vat, street, city, postal, country, phone, email = (text or "" for text in rows[0][4:])
        return saft.Party(
            id=str(rows[0][0]),
            name=name,
            vat=vat.strip(),
            street=street,
            city=city,
            zip=postal,
            country=country,
            phone=phone,
            email=email,
            balances=tuple((self.codes[row[1]], Decimal(row[2]), Decimal(row[3])) for row in rows),
        )

    def _taxes(self):
        rows = self._query(
            """
            SELECT DISTINCT l.tax_line_id FROM account_move_line l WHERE l.tax_line_id IS NOT NULL AND %s
            """,
            self._posted(),
        )
        # sudo: taxes of the company
        for tax in self.env["account.tax"].sudo().with_context(active_test=False).browse(row[0] for row in rows):
            percent = Decimal(repr(tax.amount)) if tax.amount_type == "percent" else None
            self.taxes[tax.id] = percent
            yield saft.Tax(
                id=str(tax.id),
                name=tax.name,
                percent=percent,
                country=tax.country_id.code or "",
                standard=self.standard.get(tax.id, ""),
            )

    def _analyses(self):
        rows = self._query(
            """
            SELECT DISTINCT l.analytic_distribution FROM account_move_line l
             WHERE l.analytic_distribution IS NOT NULL AND %s
            """,
            self._posted(),
        )
        used = {int(one) for row in rows for key in row[0] or () for one in key.split(",") if one.strip().isdigit()}
        # sudo: the books name them
        accounts = self.env["account.analytic.account"].sudo().with_context(active_test=False).browse(sorted(used))
        accounts = accounts.exists()
        self.plan_of = {account.id: account.root_plan_id.id for account in accounts}
        self.plans = sorted(set(self.plan_of.values()))
        for account in accounts:
            plan = account.root_plan_id
            yield saft.Analysis(type=f"P{plan.id}", type_name=plan.name, id=str(account.id), name=account.name or "-")

    # -- entries -------------------------------------------------------------------------------

    def parts(self):
        """Count beforehand what each file will come to.

        :return: totals of each file
        """
        parts = [saft.Totals()]
        for items, debit, credit in self._fetched(
            """
            SELECT count(*), sum(GREATEST(l.balance, 0))::text, sum(GREATEST(-l.balance, 0))::text
              FROM account_move_line l WHERE %s GROUP BY l.journal_id, l.move_id ORDER BY l.journal_id, l.move_id
            """,
            self._posted(),
        ):
            if parts[-1].lines and parts[-1].lines + items > self.extract.lines_per_file:
                parts.append(saft.Totals())
            part = parts[-1]
            part.entries += 1
            part.lines += items
            part.debit += Decimal(debit)
            part.credit += Decimal(credit)
        return parts

    def entries(self):
        """Yield journal and entry, in the order in which they were counted."""
        journals = self._journals()
        lines, move = [], None
        for row in self._fetched(
            """
            SELECT m.id, l.journal_id, m.name, l.date, m.ref, m.move_type, m.create_date::date, m.write_date::date,
                   %s, %s, l.id, l.account_id, l.name, l.balance::text, l.partner_id, c.name,
                   l.amount_currency::text, l.analytic_distribution, l.tax_line_id, l.tax_base_amount::text,
                   l.date_maturity
              FROM account_move_line l JOIN account_move m ON m.id = l.move_id
              JOIN res_company o ON o.id = l.company_id JOIN res_currency c ON c.id = l.currency_id
             WHERE %s ORDER BY l.journal_id, l.move_id, l.id
            """,
            TYPE,
            EVENT,
            self._posted(),
        ):
            if move is not None and row[0] != move[0]:
                yield journals[move[1]], self._entry(move, lines)
                lines = []
            move = row
            lines.append(self._line(row))
        if move is not None:
            yield journals[move[1]], self._entry(move, lines)

    def _fetched(self, query, *values):
        """Yield rows without having all of them at once."""
        return fetched(self.env.cr, SQL(query, *values))

    def _journals(self):
        # sudo: journals of the company
        journals = self.env["account.journal"].sudo().with_context(active_test=False)
        journals = journals.search([("company_id", "in", self.companies)])
        codes = journals.mapped("code")
        return {
            journal.id: saft.Journal(
                id=journal.code if codes.count(journal.code) == 1 else f"{journal.code}-{journal.id}",
                name=journal.name,
                kind=journal.type,
            )
            for journal in journals
        }

    def _entry(self, row, lines):
        move, _journal, name, day, ref, kind, entered, modified, type_, event = row[:10]
        year = self.extract._fiscal_from()
        return saft.Entry(
            id=name or str(move),
            system_id=str(move),
            day=day,
            period=(day.year - year.year) * 12 + day.month - year.month + 1,
            year=day.year if year.month == 1 else year.year + 1,
            description=ref or name or "",
            voucher=kind,
            entered=entered,
            modified=modified if modified != entered else None,
            source=f"finance.message/{event}" if event else "",
            kind=type_.capitalize(),
            lines=tuple(lines),
        )

    def _line(self, row):
        (item, account, label, balance, partner, currency, foreign, analytic, tax, base, due) = row[10:]
        amount = Decimal(balance)
        self.beyond[self.codes[account]] -= amount
        taxes = ()
        if tax:
            self.tax_written += amount
            info = saft.TaxInfo(code=str(tax), percent=self.taxes[tax], base=Decimal(base or "0"), amount=amount)
            taxes = (info,)
        kind = self.kinds[account]
        return saft.Line(
            id=str(item),
            account=self.codes[account],
            description=label or "",
            amount=amount,
            customer=str(partner) if partner and kind == CUSTOMERS else "",
            supplier=str(partner) if partner and kind == SUPPLIERS else "",
            currency=currency,
            currency_amount=Decimal(foreign or "0").quantize(CENT, ROUND_HALF_UP),
            analyses=tuple(self._shares(json.dumps(analytic, sort_keys=True), amount)) if analytic else (),
            taxes=taxes,
            due=due,
        )

    def _shares(self, analytic, amount):
        for plan, member, share in self._divided(analytic):
            yield f"P{plan}", str(member), (amount * share).quantize(CENT, ROUND_HALF_UP)

    def _divided(self, analytic):
        """:return: plan, member and share of a distribution; each is divided once"""
        if analytic not in self.divided:
            found = json.loads(analytic)
            self.divided[analytic] = [
                (plan, members[0], share)
                for plan in self.plans
                for members, share in distribution.shares(found, self.plan_of, [plan]).items()
                if members[0] is not None
            ]
        return self.divided[analytic]

    # -- proof ---------------------------------------------------------------------------------

    def ledger(self):
        """:return: what the ledger says when it is asked by itself"""
        [row] = self._query(
            """
            SELECT count(DISTINCT l.move_id)::text, count(*)::text,
                   COALESCE(sum(l.balance) FILTER (WHERE l.balance > 0), 0)::text,
                   COALESCE(-sum(l.balance) FILTER (WHERE l.balance < 0), 0)::text,
                   COALESCE(sum(l.balance) FILTER (WHERE l.tax_line_id IS NOT NULL), 0)::text
              FROM account_move_line l WHERE %s
            """,
            self._posted(),
        )
        return dict(zip(("entries", "items", "debit", "credit", "tax"), map(Decimal, row), strict=True))
