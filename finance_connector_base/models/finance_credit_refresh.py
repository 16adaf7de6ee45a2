import logging

from odoo import api, fields, models

from ..engine.database import RERUN

_logger = logging.getLogger(__name__)

#: customers computed at once
PAGE = 500
#: share of the limit from which on a customer is near it
NEAR_PERCENT = 80.0
#: amounts that come from the books alone, hence must be equal whenever they are counted
COUNTED = ("receivable", "in_transit", "draft")
AMOUNTS = ("receivable", "overdue", "not_due", "in_transit", "ordered", "draft", "exposure", "credit_limit", "headroom")

COLUMNS = (*AMOUNTS, "usage", "status")

UPSERT = """
    INSERT INTO finance_credit_exposure AS e
           (company_id, partner_id, currency_id, receivable, overdue, not_due, in_transit, ordered, draft, exposure,
            credit_limit, headroom, usage, status, changed_at, refreshed_at)
    VALUES %s
        ON CONFLICT (company_id, partner_id) DO UPDATE
       SET currency_id = excluded.currency_id, receivable = excluded.receivable, overdue = excluded.overdue,
           not_due = excluded.not_due, in_transit = excluded.in_transit, ordered = excluded.ordered,
           draft = excluded.draft, exposure = excluded.exposure, credit_limit = excluded.credit_limit,
           headroom = excluded.headroom, usage = excluded.usage, status = excluded.status,
           refreshed_at = excluded.refreshed_at,
           changed_at = CASE
               WHEN (e.receivable, e.in_transit, e.ordered, e.draft, e.credit_limit) IS DISTINCT FROM
                    (excluded.receivable, excluded.in_transit, excluded.ordered, excluded.draft,
                     excluded.credit_limit)
               THEN excluded.changed_at ELSE e.changed_at END
"""
ROW = (
    "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC')"
)

OPEN_ITEMS = """
    SELECT l.company_id, p.commercial_partner_id, SUM(l.amount_residual),
           SUM(l.amount_residual) FILTER (
               WHERE l.amount_residual > 0 AND COALESCE(l.date_maturity, l.date) < %(today)s)
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
      JOIN res_partner p ON p.id = l.partner_id
     WHERE l.parent_state = 'posted' AND l.amount_residual <> 0
       AND (%(all)s OR p.commercial_partner_id = ANY(%(partners)s))
     GROUP BY l.company_id, p.commercial_partner_id
"""
DRAFTS = """
    SELECT m.company_id, m.commercial_partner_id, SUM(m.amount_total_signed)
      FROM account_move m
     WHERE m.state = 'draft' AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
       AND m.commercial_partner_id IS NOT NULL
       AND (%(all)s OR m.commercial_partner_id = ANY(%(partners)s))
     GROUP BY m.company_id, m.commercial_partner_id
"""
# a payment with an entry has reduced the open items already
IN_TRANSIT = """
    SELECT y.company_id, p.commercial_partner_id, SUM(y.amount_company_currency_signed)
      FROM account_payment y JOIN res_partner p ON p.id = y.partner_id
     WHERE y.state = 'in_process' AND y.move_id IS NULL AND y.partner_type = 'customer'
       AND (%(all)s OR p.commercial_partner_id = ANY(%(partners)s))
     GROUP BY y.company_id, p.commercial_partner_id
"""


class FinanceCreditExposure(models.Model):
    """Computes exposures from the books, for many customers at once."""

    _inherit = "finance.credit.exposure"

    @api.model
    def _cron_refresh(self):
        """Bring up to date what transactions have marked; woken by them as soon as they commit."""
        conflicts = 0
        while True:
            try:
                keys = self.env["finance.credit.change"]._take(PAGE)
                self._refresh(keys)
                self.env.flush_all()
            except RERUN:
                # somebody decides about the same customer right now
                self.env.cr.rollback()
                conflicts += 1
                if conflicts > 5:
                    raise
                continue
            if not keys or not self._report(len(keys)):
                return

    @api.model
    def _report(self, count):
        if not self.env.context.get("ir_cron_progress_id"):
            return True
        return self.env["ir.cron"]._commit_progress(count, remaining=1) > 0

    @api.model
    def _refresh(self, keys):
        """Compute and write these customers.

        :param keys: list of (company id, commercial partner id)
        """
        for start in range(0, len(keys), PAGE):
            page = keys[start : start + PAGE]
            self._write_figures(self._figures(page))

    @api.model
    def _figures(self, keys):
        """:return: dict (company id, partner id) -> dict of the amounts and the status"""
        self.env.flush_all()
        partners = list({partner for _company, partner in keys})
        counted = self._counted(partners)
        figures = {}
        by_company = {}
        for company_id, partner_id in keys:
            by_company.setdefault(company_id, []).append(partner_id)
        for company_id, partner_ids in by_company.items():
            company = self.env["res.company"].browse(company_id)
            customers = self.env["res.partner"].browse(partner_ids).with_company(company)
            ordered = self._ordered(company, customers)
            for customer in customers:
                amounts = dict(counted.get((company_id, customer.id), {}))
                amounts["ordered"] = ordered.get(customer.id, 0.0)
                # no limit is what Odoo says: zero
                limit = customer.credit_limit if company.account_use_credit_limit else 0.0
                figures[company_id, customer.id] = _completed(amounts, limit or 0.0, company.currency_id)
        return figures

    @api.model
    def _ordered(self, company, customers):
        """Amounts ordered and not invoiced yet; EXTENDS by modules with orders of their own.

        Odoo's own field is filled by the module sale where it is installed.

        :param customers: commercial partners, in the environment of the company
        :return: dict partner id -> amount in the currency of the company
        """
        return {customer.id: customer.credit_to_invoice or 0.0 for customer in customers}

    @api.model
    def _counted(self, partner_ids=None):
        """:return: dict (company id, partner id) -> dict of what is on the books; all customers by default"""
        values = {
            "today": fields.Date.context_today(self),
            "all": partner_ids is None,
            "partners": partner_ids or [],
        }
        counted = {}
        for query, names in (
            (OPEN_ITEMS, ("receivable", "overdue")),
            (DRAFTS, ("draft",)),
            (IN_TRANSIT, ("in_transit",)),
        ):
            self.env.cr.execute(query, values)
            for company_id, partner_id, *amounts in self.env.cr.fetchall():
                row = counted.setdefault((company_id, partner_id), {})
                row.update({name: float(amount or 0.0) for name, amount in zip(names, amounts, strict=True)})
        return counted

    @api.model
    def _without_strangers(self, figures):
        """:return: the figures without those of contacts who never owed anything"""
        known = {
            (company.id, partner.id)
            for company, partner in self._read_group(
                [("partner_id", "in", [partner for _company, partner in figures])], ["company_id", "partner_id"]
            )
        }
        return {
            key: row
            for key, row in figures.items()
            if key in known or any(row[name] for name in (*COUNTED, "ordered", "overdue"))
        }

    @api.model
    def _write_figures(self, figures):
        figures = self._without_strangers(figures)
        if not figures:
            return
        companies = self.env["res.company"].browse({company for company, _partner in figures})
        currencies = {company.id: company.currency_id.id for company in companies}
        self.env.cr.execute_values(
            UPSERT,
            [
                (company, partner, currencies[company], *(row[name] for name in COLUMNS))
                for (company, partner), row in sorted(figures.items())
            ],
            template=ROW,
        )
        self.invalidate_model()


def _completed(amounts, limit, currency):
    """:return: the figures of a customer from what was counted"""
    row = {name: currency.round(amounts.get(name, 0.0)) for name in (*COUNTED, "overdue", "ordered")}
    row["not_due"] = currency.round(row["receivable"] - row["overdue"])
    row["exposure"] = currency.round(row["receivable"] + row["ordered"] - row["in_transit"])
    row["credit_limit"] = limit
    row["headroom"] = currency.round(limit - row["exposure"]) if limit else 0.0
    row["usage"] = round(100 * max(row["exposure"], 0.0) / limit, 1) if limit else 0.0
    if not limit:
        row["status"] = "unlimited"
    elif row["headroom"] < 0:
        row["status"] = "over"
    else:
        row["status"] = "near" if row["usage"] >= NEAR_PERCENT else "ok"
    return row
