from dataclasses import replace
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.engine.once import once
from odoo.addons.finance_connector_base.models.finance_booking import QUIET

from ..posting.plan import PREPAID, drafts_of

#: the lines are complete as they are: Odoo adds none
AS_PLANNED = {**QUIET, "skip_invoice_sync": True}


class FinanceExpensePoster(models.AbstractModel):
    """Makes the entries of many reports at once, and looks whether they became what was planned."""

    _name = "finance.expense.poster"
    _description = "Posting of Expenses"

    @api.model
    def _plan(self, work):
        """:return: drafts of one report; a closed period is found here, before anything is written (fault 53)
        :raise FinanceError: a period is closed
        """
        drafts = drafts_of(work.costs, summarised=work.policy.is_summarised)
        for draft in drafts:
            self._check_period(work, draft)
        return drafts

    @api.model
    def _check_period(self, work, draft):
        company = self.env["res.company"].sudo().browse(draft.company)  # sudo: the engine books for companies
        journal = self._journal(work, draft)
        has_tax = any(leg.base_of or leg.slice_of for leg in draft.legs)
        locks = once(
            (self._name, company.id, draft.day, has_tax, journal.id),
            lambda: company._get_violated_lock_dates(draft.day, has_tax, journal),
        )
        if locks:
            following = self._next_open(company, draft.day, has_tax, journal)
            raise RejectedError(
                self.env._(
                    "The period of %(day)s is closed: %(locks)s. The next open day is %(following)s.",
                    day=draft.day,
                    locks=company._format_lock_dates(locks),
                    following=following,
                ),
                reason="expense_period_closed",
                params={"day": str(draft.day), "following": str(following), "company_id": company.id},
                waiting_key=f"expense_period:{company.root_id.id}",
            )

    @api.model
    def _next_open(self, company, day, has_tax, journal):
        while locks := company._get_violated_lock_dates(day, has_tax, journal):
            day = max(lock[0] for lock in locks) + timedelta(days=1)
        return day

    @api.model
    def _is_bill(self, work, draft):
        """A bill holds what one employee is owed by the company that employs; the rest is an entry."""
        return (
            work.policy.document == "bill"
            and draft.group[-1] == "own"
            and any(leg.role == "counterpart" for leg in draft.legs)
            and work.payer == work.company
        )

    @api.model
    def _journal(self, work, draft):
        policy = work.policy
        if draft.company == policy.company_id.id:
            return (policy.bill_journal_id if self._is_bill(work, draft) else policy.journal_id).sudo()
        # sudo: the engine books in the other company, too
        pairs = self.env["finance.expense.intercompany"].sudo()
        pair = once((self._name, draft.company), lambda: pairs.search([("company_id", "=", draft.company)], limit=1))
        if not pair and draft.company == work.payer_policy.company_id.id:
            # what the employee owes to who has paid is a matter of one company
            return work.payer_policy.journal_id.sudo()
        return pair.journal_id

    # -- entries -------------------------------------------------------------------------------

    @api.model
    def _post(self, planned):
        """Make and post entries.

        :param planned: list of (:class:`Begun`, :class:`Draft`)
        :return: the entries, in the same order
        :raise RejectedError: Odoo refuses one, or would have booked something else
        """
        made = [None] * len(planned)
        by_company = {}
        for place, (work, draft) in enumerate(planned):
            by_company.setdefault(draft.company, []).append((place, work, draft))
        for company_id, mine in by_company.items():
            company = self.env["res.company"].sudo().browse(company_id)  # sudo: the engine books for companies
            created = self._make(company, [(work, draft) for _place, work, draft in mine])
            for move, (place, _work, _draft) in zip(created, mine, strict=True):
                made[place] = move
        return made

    @api.model
    def _make(self, company, planned):
        """Make and post entries of one company; EXTENDED by who makes many of them otherwise.

        :return: the entries, in the same order
        """
        return self._make_by_odoo(company, planned)

    @api.model
    def _make_by_odoo(self, company, planned):
        # sudo: the engine books for companies
        moves = self.env["account.move"].sudo().with_company(company).with_context(**AS_PLANNED)
        try:
            created = moves.create([self._values(work, draft) for work, draft in planned])
            created._post(soft=False)
            created.flush_recordset()
        except UserError as error:
            raise RejectedError(str(error), reason="expense_refused") from None
        for move, (_work, draft) in zip(created, planned, strict=True):
            self._check(move, draft)
        return created

    @api.model
    def _check(self, move, draft):
        """Odoo moves dates into open periods without a word: then nothing of this is kept."""
        if move.state != "posted" or move.date != draft.day:
            raise RejectedError(
                self.env._("Odoo would have booked it on %s instead.", move.date),
                reason="expense_period_closed",
                params={"day": str(draft.day), "following": str(move.date), "company_id": move.company_id.id},
                waiting_key=f"expense_period:{move.company_id.root_id.id}",
            )
        if len(move.line_ids) != len(draft.legs):
            raise RejectedError(self.env._("Odoo would have booked other lines than these."), reason="expense_refused")

    @api.model
    def _values(self, work, draft):
        currency = self.env["finance.expense.record"]._currency(draft.currency)
        is_bill = self._is_bill(work, draft)
        owed = sum(leg.amount for leg in draft.legs if leg.role == "counterpart")
        # what comes back is a credit note
        move_type = "entry" if not is_bill else "in_refund" if owed > 0 else "in_invoice"
        sign = -1 if move_type == "in_refund" else 1
        document = work.document
        return {
            "move_type": move_type,
            "journal_id": self._journal(work, draft).id,
            "date": draft.day,
            "ref": self._reference(work, draft),
            "currency_id": currency.id,
            **(
                {
                    "partner_id": work.partner.id,
                    "invoice_date": draft.day,
                    "invoice_origin": document.number or document.external_id,
                }
                if is_bill
                else {}
            ),
            "line_ids": [Command.create(self._leg(leg, currency, draft, is_bill, sign)) for leg in draft.legs],
        }

    @api.model
    def _reference(self, work, draft):
        if draft.group[0] == PREPAID:
            whole = self._reference(work, replace(draft, group=draft.group[1:]))
            return self.env._("Paid in advance: %s", whole)
        if draft.group[0] == "period":
            return self.env._("Expenses %s", draft.day.strftime("%Y-%m"))
        document = work.document
        number = document.number or document.external_id
        if draft.group[0] == "line":
            return f"{number}/{draft.group[2]}"
        return number

    @api.model
    def _leg(self, leg, currency, draft, is_bill, sign):
        values = {
            "account_id": leg.account,
            "partner_id": leg.partner or False,
            "name": leg.name or False,
            "currency_id": currency.id,
            "amount_currency": float(leg.amount),
            "balance": float(leg.balance),
            "tax_ids": [Command.set(leg.base_of)],
            "tax_tag_ids": [Command.set(leg.tags)],
        }
        if leg.analytic:
            values["analytic_distribution"] = {key: float(share) for key, share in leg.analytic}
        if leg.slice_of:
            values |= {"tax_repartition_line_id": leg.slice_of[1], "tax_base_amount": float(abs(leg.base_amount))}
        if not is_bill:
            return values
        if leg.role == "counterpart":
            return values | {"display_type": "payment_term", "date_maturity": draft.day}
        if leg.slice_of:
            return values | {"display_type": "tax"}
        return values | {"display_type": "product", "quantity": 1.0, "price_unit": float(leg.amount * sign)}

    # -- postings ------------------------------------------------------------------------------

    @api.model
    def _book(self, works):
        """Post reports and write down what is in which entry.

        :param works: list of :class:`Begun` with drafts that are saved
        """
        planned = [(work, draft) for work in works for draft in work.drafts]
        moves = self._post(planned)
        rows = []
        for (work, draft), move in zip(planned, moves, strict=True):
            rows.append(self._row(work, draft, move))
        # sudo: nobody writes postings but the engine
        self.env["finance.expense.posting"].sudo().create(rows)
        self._posted(works)

    @api.model
    def _row(self, work, draft, move):
        lines = {source[1] for source in draft.sources}
        return {
            "report_id": work.report.id,
            "company_id": draft.company,
            "revision": work.document.revision,
            "kind": "posted",
            "key": f"{work.document.revision}:{work.report.content_hash or ''}:{draft.company}:{draft.day}:"
            + "/".join(str(part) for part in draft.group if part != work.message_id),
            "move_id": move.id,
            "currency_id": move.currency_id.id,
            "amount": float(
                sum(
                    cost.gross
                    for cost, group, _day in work.costs
                    if cost.source[1] in lines and group == draft.group and not cost.is_beside
                )
            )
            if any(leg.role == "counterpart" for leg in draft.legs)
            else 0.0,
        }

    @api.model
    def _posted(self, works):
        for work in works:
            work.state = "posted"
        reports = works[0].report.concat(*(work.report for work in works[1:]))
        reports.with_context(tracking_disable=True).write(
            {"state": "posted", "posted_at": self.env.cr.now(), "reason_code": False, "detail": False}
        )
