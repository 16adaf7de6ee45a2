from odoo import models
from odoo.tools import SQL, format_amount

from ..balances import assignment

#: accounts a finding names one by one; the rest is counted
MOST_NAMED = 200


class FinanceConsolidationPackage(models.Model):
    """What is proved of a package when it is built: zero, complete, mapped, translated (C-01 to C-04, C-08,
    C-10, C-11).

    Everything is asked of the sums that the builder keeps of the rows (``finance_consolidation_sum``): those of the
    package, and of changes also the balances by account of the versions before. That each cut of these comes to zero
    and to the balances by account was proved when they were built, and nothing changes them: it is proved of the
    changes.
    """

    _inherit = "finance.consolidation.package"

    def _find(self, missing):
        """Write what the package lacks, after it was built.

        :param missing: as of :meth:`_read_rates`
        """
        self.ensure_one()
        cuts = self._cuts()
        base = cuts[:1]
        found = [
            *self._find_mapping(),
            *self._find_unmapped(base),
            *self._find_without_partner(base),
            *self._find_unbalanced(cuts),
            *self._find_difference(base),
            *self._find_open_period(),
            *self._find_missing_rates(missing, base),
        ]
        # sudo: what a build finds is written by the build
        self.env["finance.consolidation.finding"].sudo().create(
            [{"package_id": self.id, "company_id": self.company_id.id, **values} for values in found]
        )

    def _money(self, amount, currency=None):
        return format_amount(self.env, float(amount), currency or self.currency_id)

    def _query(self, query, *args):
        self.env.cr.execute(SQL(query, *args))
        return self.env.cr.fetchall()

    def _base(self):
        return self._cuts()[:1]

    # -- mapping -------------------------------------------------------------------------------

    def _find_mapping(self):
        mappings = self._mappings()
        if not mappings:
            yield {
                "severity": "blocking",
                "code": "no_mapping",
                "text": self.env._(
                    "There is no approved mapping to %s on the last day of the period. Write one and have it approved.",
                    self.scenario_id.chart_id.name,
                ),
            }
            return
        try:
            assignment.divisions([part for mapping in mappings for part in mapping._parts()])
        except assignment.DivisionError as error:
            rules = self.env["finance.consolidation.rule"].browse(error.rules)
            yield {
                "severity": "blocking",
                "code": "division",
                "text": self.env._(
                    "%(rules)s come to %(total)s per cent. Make a new version of the mapping.",
                    rules="; ".join(rules.sudo().mapped("display_name")),  # sudo: rules of the mapping in force
                    total=error.total.normalize(),
                ),
            }

    def _find_unmapped(self, base):
        rows = self._query(
            """SELECT account_id, sum(closing), sum(debit) FROM finance_consolidation_sum
                WHERE cut_id = %s AND group_account_id IS NULL AND kind IN ('balance', 'result')
             GROUP BY account_id ORDER BY abs(sum(closing)) DESC""",
            base.id,
        )
        accounts = self._accounts([row[0] for row in rows])
        for account_id, closing, _debit in rows[:MOST_NAMED]:
            account = accounts.get(account_id)
            if account is None:
                yield {
                    "severity": "blocking",
                    "code": "no_result_account",
                    "amount": closing,
                    "text": self.env._(
                        "There are results of earlier years and no account for them. Make an account of the "
                        "type Current Year "
                        "Earnings."
                    ),
                }
                continue
            yield {
                "severity": "blocking",
                "code": "unmapped",
                "account_id": account_id,
                "amount": closing,
                "text": self.env._(
                    "%s has a balance or turnover and no group account. Add a rule to the mapping.",
                    account.display_name,
                ),
            }

    def _accounts(self, ids):
        # sudo: accounts of the company whose package the person may read
        model = self.env["account.account"].sudo().with_company(self.company_id)
        return {account.id: account for account in model.browse(one for one in ids if one).exists()}

    # -- intercompany --------------------------------------------------------------------------

    def _find_without_partner(self, base):
        rows = self._query(
            """SELECT r.account_id, sum(r.closing) FROM finance_consolidation_sum r
                 JOIN finance_consolidation_account g ON g.id = r.group_account_id AND g.is_intercompany
                WHERE r.cut_id = %s AND r.is_outside AND r.kind = 'balance'
             GROUP BY r.account_id HAVING sum(r.gross) != 0""",
            base.id,
        )
        accounts = self._accounts([row[0] for row in rows])
        for account_id, closing in rows[:MOST_NAMED]:
            yield {
                "severity": "blocking",
                "code": "no_partner",
                "account_id": account_id,
                "amount": closing,
                "text": self.env._(
                    "%s is an intercompany account, and a part of it is with no company of the group. Correct "
                    "the partners of "
                    "the items, or say under Companies of the Group whose partner it is.",
                    accounts[account_id].display_name if account_id in accounts else account_id,
                ),
            }

    # -- zero, and the same in every cut -------------------------------------------------------

    def _find_unbalanced(self, cuts):
        sums = self._query(
            """SELECT cut_id, sum(opening), sum(debit - credit), sum(closing)
                 FROM finance_consolidation_sum WHERE NOT is_before GROUP BY cut_id"""
        )
        named = {cut.id: cut.name for cut in cuts}
        for cut_id, opening, period, closing in sums:
            if opening or period or closing:
                yield {
                    "severity": "blocking",
                    "code": "unbalanced",
                    "amount": closing,
                    "text": self.env._(
                        "%(cut)s: opening balances come to %(opening)s, the period to %(period)s, closing balances to "
                        "%(closing)s. They must be zero: look for entries that are not balanced.",
                        cut=named[cut_id],
                        opening=self._money(opening),
                        period=self._money(period),
                        closing=self._money(closing),
                    ),
                }
        yield from self._find_differing(cuts)

    def _find_differing(self, cuts):
        """Sum over any dimension equals the balance without it (C-02)."""
        base = cuts[:1]
        for cut in cuts - base:
            rows = self._query(
                """SELECT account_id, whole, part FROM (
                       SELECT account_id, COALESCE(sum(closing) FILTER (WHERE cut_id = %s), 0) AS whole,
                              COALESCE(sum(closing) FILTER (WHERE cut_id != %s), 0) AS part
                         FROM finance_consolidation_sum
                        WHERE NOT is_before AND cut_id = ANY(%s) AND account_id IS NOT NULL GROUP BY account_id) s
                    WHERE whole != part""",
                base.id,
                base.id,
                [base.id, cut.id],
            )
            for account_id, whole, part in rows[:MOST_NAMED]:
                yield {
                    "severity": "blocking",
                    "code": "cut_differs",
                    "account_id": account_id,
                    "amount": part - whole,
                    "text": self.env._(
                        "%s does not come to the balance by account. Build the package again.", cut.name
                    ),
                }

    # -- the period ----------------------------------------------------------------------------

    def _locked(self):
        """:return: whether nothing can be posted into the period any more"""
        # sudo: lock dates of the company
        company = self.company_id.sudo()
        locks = [day for day in (company.fiscalyear_lock_date, company.hard_lock_date) if day]
        return bool(locks) and max(locks) >= self.date_to

    def _find_open_period(self):
        if not self._locked():
            yield {
                "severity": "warning" if self.is_preliminary else "blocking",
                "code": "open_period",
                "text": self.env._(
                    "Entries can still be posted until %s. Lock the period, or mark the package as preliminary.",
                    self.date_to,
                ),
            }
        drafts = self._query(
            "SELECT count(*) FROM account_move WHERE company_id = ANY(%s) AND state = 'draft' AND date BETWEEN "
            "%s AND %s",
            self.entity_id._companies().ids,
            self.date_from,
            self.date_to,
        )[0][0]
        if drafts:
            yield {
                "severity": "warning",
                "code": "drafts",
                "text": self.env._("%s entries of the period are drafts; they are not in the package.", drafts),
            }
