import json
import tempfile
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.fetching import fetched

from ..balances import neutral
from ..const import DIMENSIONS

#: bytes of a file in memory before it goes to disk
SPOOL = 8 << 20


class FinanceConsolidationPackage(models.Model):
    """A package as files: one neutral trial balance for each cut, with its manifest (C-14)."""

    _inherit = "finance.consolidation.package"

    file_ids = fields.One2many("finance.consolidation.file", "package_id", string="Files", readonly=True)

    def _attach_files(self):
        """Write the files of an approved package."""
        self.ensure_one()
        for cut in self._cuts():
            self._attach_file(cut, self._chain())
            if self.is_delta:
                self._attach_file(cut, self.ids, is_changes=True)

    def _attach_file(self, cut, packages, *, is_changes=False):
        name = f"{self.name}-{cut.code}{'-changes' if is_changes else ''}.csv"
        stream, written = self._file_of(cut, packages)
        with stream:
            payload = self.env["finance.payload"]._store(
                stream, company=self.company_id, name=name, content_type="text/csv"
            )
        self.env["finance.consolidation.file"].sudo().create(  # sudo: evidence of the package, written by its steps
            {
                "package_id": self.id,
                "cut_id": cut.id,
                "is_changes": is_changes,
                "name": name,
                "rows": written.rows,
                "sha256": payload.sha256,
                "manifest": written.manifest.decode(),
                "payload_id": payload.id,
            }
        )

    def _whole_files(self):
        """:return: files of the cuts, of the whole, as they were approved"""
        self.ensure_one()
        # sudo: evidence of the package; who may read the package may read them
        return self.sudo().file_ids.filtered(lambda file: not file.is_changes)

    def action_download(self):
        """Download the balances by account as they are, approved or not."""
        self.ensure_one()
        self.check_access("read")
        if not self.built_at:
            raise UserError(self.env._("Build the package first."))
        if approved := self.file_ids[:1]:
            return approved.action_download()
        return {"type": "ir.actions.act_url", "url": f"/finance/group/package/{self.id}/draft", "target": "download"}

    def _fiscal_period(self):
        """:return: fiscal year as people call it, number of the period in it"""
        first, last = self.fiscal_from, self.date_to
        period = (last.year - first.year) * 12 + last.month - first.month + 1
        return (last.year if first.month == 1 else first.year + 1), period

    def _head(self):
        """:return: what is the same in every row of its files"""
        self.ensure_one()
        fiscal_year, months = self._fiscal_period()
        return neutral.Head(
            batch=self.name,
            entity=self.entity_id.code,
            lei=self.entity_id.lei or "",
            scenario=self.scenario_id.code,
            fiscal_year=fiscal_year,
            period=months,
            first=self.date_from,
            last=self.date_to,
            currency=self.currency_id.name,
            group_currency=self.group_currency_id.name,
            source="odoo",
            generated=fields.Datetime.to_string(self.built_at).replace(" ", "T") + "+00:00",
        )

    def _file_of(self, cut, packages):
        """Write the file of a cut from the rows of these packages.

        :return: the CSV as a file at its begin, which is the caller's to close, and ``neutral.Written``
        """
        self.ensure_one()
        about = {
            "package": self.name,
            "version": self.version,
            "replaces": self.previous_id.name or None,
            "changes_only": len(packages) < len(self._chain()),
            "cut": cut.code,
            "dimensions": self._dimensions_of(cut).mapped("code"),
            "digest": self.digest or None,
            "mapping": self.mapping_text or None,
            "preliminary": self.is_preliminary,
            "locked": self._locked(),
            "received": self.source_text or None,
            "prepared_by": self.prepared_by_id.name or None,
            "reviewed_by": self.reviewed_by_id.name or None,
            "approved_by": self.approved_by_id.name or None,
            "rates": [
                {
                    "kind": rate.kind,
                    "account": rate.group_account_id.code or None,
                    "rate": repr(rate.rate),
                    "source": rate.source,
                }
                for rate in self.rate_ids
            ],
        }
        stream = tempfile.SpooledTemporaryFile(max_size=SPOOL)
        told = json.loads(json.dumps(about, default=str))
        written = neutral.write(self._head(), self._balances(cut, packages), told, stream)
        stream.seek(0)
        return stream, written

    def _balances(self, cut, packages):
        """Read the balances of a cut by group account, as the group signs them.

        :return: iterator of ``neutral.Balance``
        """
        dimensions = self._dimensions_of(cut)
        named = self._members_named()
        chart = self.scenario_id.chart_id.with_context(active_test=False).account_ids
        accounts = {account.id: account for account in chart}
        rates = self._rates_by_account()
        entities = {entity.id: entity.code for entity in self.env["finance.consolidation.entity"]._all()}
        places = SQL(", ").join(SQL.identifier(f"dim{number}") for number in range(1, DIMENSIONS + 1))
        decimals, group_decimals = (
            Decimal(1).scaleb(-currency.decimal_places) for currency in (self.currency_id, self.group_currency_id)
        )
        self.env.flush_all()
        rows = fetched(
            self.env.cr,
            SQL(
                """
                SELECT group_account_id, entity_id, movement, COALESCE(is_reversed, FALSE), %(places)s,
                sum(opening)::text,
                       sum(debit + CASE WHEN earlier > 0 THEN earlier ELSE 0 END)::text,
                       sum(credit - CASE WHEN earlier < 0 THEN earlier ELSE 0 END)::text,
                       CASE WHEN bool_and(closing_group IS NOT NULL) THEN sum(closing_group)::text END,
                       sum(debit)::text, sum(credit)::text,
                       CASE WHEN bool_and(period_group IS NOT NULL) THEN sum(period_group)::text END
                  FROM finance_consolidation_row WHERE package_id = ANY(%(packages)s) AND cut_id = %(cut)s
                   AND group_account_id IS NOT NULL
              GROUP BY group_account_id, entity_id, movement, 4, %(places)s
              ORDER BY group_account_id, entity_id NULLS FIRST, movement NULLS FIRST, %(ordered)s
                """,
                places=places,
                ordered=SQL(", ").join(
                    SQL("%s NULLS FIRST", SQL.identifier(f"dim{number}")) for number in range(1, DIMENSIONS + 1)
                ),
                packages=packages,
                cut=cut.id,
            ),
        )
        for row in rows:
            account = accounts[row[0]]
            sign = -1 if row[3] else 1
            members = row[4 : 4 + DIMENSIONS]
            # as texts: the cursor makes floats of exact numbers
            opening, debit, credit = map(Decimal, row[4 + DIMENSIONS : 7 + DIMENSIONS])
            group, period_group = row[7 + DIMENSIONS], row[10 + DIMENSIONS]
            period_debit, period_credit = map(Decimal, row[8 + DIMENSIONS : 10 + DIMENSIONS])
            if sign < 0:
                opening, debit, credit = -opening, credit, debit
                period_debit, period_credit = period_credit, period_debit
            rate = rates.get(account.id, (None, None))[0]
            yield neutral.Balance(
                account=account.code,
                name=account.name,
                kind=account.kind,
                partner=entities.get(row[1], "") if row[1] else "",
                movement=row[2] or "",
                members=tuple(
                    named.get((dimension.id, member), ("", ""))[0] if member else ""
                    for dimension, member in zip(dimensions, members, strict=False)
                ),
                opening=opening.quantize(decimals),
                debit=debit.quantize(decimals),
                credit=credit.quantize(decimals),
                period_debit=period_debit.quantize(decimals),
                period_credit=period_credit.quantize(decimals),
                amount_group=None if group is None else (sign * Decimal(group)).quantize(group_decimals),
                period_group=None if period_group is None else (sign * Decimal(period_group)).quantize(group_decimals),
                rate_type=account.rate_type,
                rate=rate,
                sign=sign,
            )
