from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ..balances import translation


class FinanceConsolidationPackage(models.Model):
    """The rates a package is translated at, and the difference they leave (C-11)."""

    _inherit = "finance.consolidation.package"

    def _read_rates(self):
        """Write the rates the package is translated at, and what of them is missing."""
        self.ensure_one()
        model = self.env["finance.consolidation.rate"]
        historical = self.scenario_id.chart_id.account_ids.filtered(lambda account: account.rate_type == "historical")
        wanted = [("closing", None), ("average", None), *(("historical", account) for account in historical)]
        used, missing = [], []
        for kind, account in wanted:
            try:
                rate, source = model._rate_of(self, kind, account)
            except UserError as error:
                missing.append((kind, account, str(error)))
                continue
            used.append(
                {
                    "package_id": self.id,
                    "company_id": self.company_id.id,
                    "kind": kind,
                    "group_account_id": account.id if account else False,
                    "rate": float(rate),
                    "source": source,
                }
            )
        # sudo: written by the build
        self.env["finance.consolidation.used.rate"].sudo().create(used)
        return missing

    def _find_missing_rates(self, missing, base):
        """A rate that no balance needs is not missed."""
        needed = dict(
            self._query(
                """SELECT g.rate_type || ':' || CASE WHEN g.rate_type = 'historical' THEN g.id ELSE 0 END, sum(r.gross)
                     FROM finance_consolidation_sum r JOIN finance_consolidation_account g ON g.id = r.group_account_id
                    WHERE r.cut_id = %s GROUP BY 1""",
                base.id,
            )
        )
        return [
            {"severity": "blocking", "code": "no_rate", "text": text}
            for kind, account, text in missing
            if needed.get(f"{kind}:{account.id if account else 0}")
        ]

    def _find_difference(self, base):
        rows = self._query(
            """SELECT COALESCE(g.rate_type, 'closing'), sum(r.closing)::text, sum(COALESCE(r.closing_group, 0))::text,
                      bool_or(r.is_open)
                 FROM finance_consolidation_sum r LEFT JOIN finance_consolidation_account g ON g.id = r.group_account_id
                WHERE r.cut_id = %s AND r.kind != 'translation' GROUP BY 1""",
            base.id,
        )
        # as texts: the cursor makes floats of exact numbers
        sums = [(kind, Decimal(local), Decimal(group)) for kind, local, group, _open in rows]
        if any(row[3] for row in rows) or sum((local for _kind, local, _group in sums), Decimal(0)):
            return  # said elsewhere: without group account, without rate, not balanced
        closing = self.rate_ids.filtered(lambda rate: rate.kind == "closing")[:1]
        if not closing:
            return
        explained = translation.explain(
            [translation.Translated(kind=kind, local=local, group=group) for kind, local, group in sums],
            Decimal(repr(closing.rate)),
            self.group_currency_id.decimal_places,
        )
        for kind, part in explained.parts.items():
            self.rate_ids.filtered(lambda rate, kind=kind: rate.kind == kind)[:1].sudo().difference = float(
                part
            )  # sudo: as above
        if explained.total and not self.scenario_id.difference_account_id:
            yield {
                "severity": "blocking",
                "code": "no_difference_account",
                "amount": 0.0,
                "text": self.env._(
                    "Translation leaves a difference of %(amount)s, and scenario %(scenario)s has no account for it.",
                    amount=self._money(explained.total, self.group_currency_id),
                    scenario=self.scenario_id.name,
                ),
            }
