"""Collections: sequences out of the mandates' history, and what stands against presenting them (K-16)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odoo import fields, models
from odoo.exceptions import UserError

from ..payments import mandates
from ..payments.banking_days import is_target_day
from .finance_payment_line_debit import as_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one collection of an order will be.

    :param sequence: None where it must not be
    :param error: :class:`..payments.mandates.MandateError` that says why
    :param change: what of the mandate is told as changed, as it is kept
    """

    line: Any
    sequence: str | None
    error: mandates.MandateError | None
    change: dict | bool


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    # -- plan -----------------------------------------------------------------------------

    def _plan_debits(self, *, is_released=False):
        """What each collection will be, by the history of its mandate; the queries do not grow with the payments.

        :param is_released: by what was released alone, and not by what may still be taken back
        :return: list of :class:`Planned`, by day
        """
        self.ensure_one()
        lines = self.sudo().line_ids  # sudo: the order as a whole
        lines = lines.filtered("mandate_id").sorted(lambda line: (line._due(), line.sequence, line.id))
        histories = lines.mandate_id._histories(without=self, is_released=is_released)
        last = {line.mandate_id: line for line in lines}
        changes = {mandate: as_json(mandate._change(histories[mandate.id])) for mandate in lines.mandate_id}
        planned = []
        for line in lines:
            mandate, error, sequence = line.mandate_id, None, None
            history = histories[mandate.id]
            is_last = mandate.is_ending and last[mandate] == line
            try:
                sequence = mandates.next_sequence(
                    mandate._terms(), [one for one, _told in history], line._due(), is_last=is_last
                )
                history.append((mandates.Collected(due=line._due(), sequence=sequence, outcome=mandates.OPEN), None))
            except mandates.MandateError as caught:
                error = caught
            # the bank is told once, with the first of them
            change = changes[mandate]
            changes[mandate] = False
            planned.append(Planned(line=line, sequence=sequence, error=error, change=change))
        return planned

    def _prepare_debits(self):
        """Give each collection its sequence; from the proposal on it stays."""
        announced_by_invoice = self.company_id.finance_debit_announced_by == "invoice"
        for one in self._plan_debits():
            values = {"sequence_type": one.sequence or False, "mandate_change": one.change}
            if announced_by_invoice and not one.line.announced_on:
                values["announced_on"] = one.line._announced_by_invoice()
            changed = {name: value for name, value in values.items() if one.line[name] != value}
            if changed:
                one.line.write(changed)

    def _propose(self):
        # EXTENDS
        if self.direction == "debit":
            self._lock_state("draft")
            self.sudo()._prepare_debits()  # sudo: written by steps alone
        return super()._propose()

    def _issues(self, content=None):
        # EXTENDS: a draft is looked at as it would be proposed
        if self.direction == "debit" and self.state == "draft" and content is None:
            self.sudo()._prepare_debits()  # sudo: written by steps alone
        return super()._issues(content)

    # -- content --------------------------------------------------------------------------

    def _group_key(self, line):
        # EXTENDS
        key = super()._group_key(line)
        return (*key, line.sequence_type or "") if self.direction == "debit" else key

    def _group_values(self, key, lines):
        # EXTENDS
        values = super()._group_values(key, lines)
        if self.direction == "debit":
            values["sequence"] = key[-1] or None
            values["creditor_id"] = self.company_id.finance_creditor_identifier or None
        return values

    # -- checks ---------------------------------------------------------------------------

    def _propose_checks(self):
        # EXTENDS
        issues = super()._propose_checks()
        if self.direction == "debit":
            issues += self._debit_issues()
        return issues

    def _debit_issues(self):
        """:return: everything that stands against collecting, as of ``_issues``"""
        today = fields.Date.context_today(self)
        schemes = self._profile().codes.get("local_instrument", ())
        issues = []

        def add(line, code, message, fix):
            issues.append(
                {
                    "code": code,
                    "place": "mandate",
                    "message": message,
                    "fix": fix,
                    "line_id": line.id,
                    "severity": "error",
                }
            )

        for one in self._plan_debits():
            line, mandate = one.line, one.line.mandate_id
            if mandate.state != "active":
                add(
                    line,
                    "mandate_not_active",
                    self.env._(
                        "Mandate %(reference)s is %(state)s", reference=mandate.reference, state=_label(mandate)
                    ),
                    self.env._("Bring it into force, resume it, or take this collection out"),
                )
            elif one.error:
                add(
                    line,
                    one.error.code,
                    mandate._refusal(one.error),
                    self.env._("Take this collection out until that is done"),
                )
            if schemes and mandate.scheme not in schemes:
                add(
                    line,
                    "mandate_scheme",
                    self.env._(
                        "Mandate %(reference)s is %(scheme)s", reference=mandate.reference, scheme=mandate.scheme
                    ),
                    self.env._("Collect it with another order, whose format is one of %s", mandate.scheme),
                )
            if line.partner_bank_id != mandate.partner_bank_id:
                add(
                    line,
                    "mandate_account",
                    self.env._("The account is not the one of mandate %s", mandate.reference),
                    self.env._("Take the account of the mandate, or amend the mandate"),
                )
            if mandate.commercial_partner_id != line.partner_id.commercial_partner_id:
                add(
                    line,
                    "mandate_debtor",
                    self.env._("Mandate %s is of another debtor", mandate.reference),
                    self.env._("Choose a mandate that the debtor has signed"),
                )
            self._add_day_issues(line, today, add)
        return issues

    def _add_day_issues(self, line, today, add):
        due, notice = line._due(), line.mandate_id.notice_days or self.company_id.finance_debit_notice_days
        earliest = mandates.earliest_due(today, lead_days=self._profile().lead_days, notice_days=0)
        if due < earliest:
            add(
                line,
                "debit_too_soon",
                self.env._("The bank no longer takes a collection for %s", due),
                self.env._("Choose %s or later", earliest),
            )
        elif not is_target_day(due):
            add(
                line,
                "debit_no_banking_day",
                self.env._("%s is no banking day", due),
                self.env._("Choose %s", mandates.due_day(due)),
            )
        if not line.announced_on:
            add(
                line,
                "debit_not_announced",
                self.env._("The debtor was not told of amount and day"),
                self.env._("Press Announce, or tell the debtor otherwise and note that"),
            )
        elif line.announced_on > mandates.announce_until(due, notice):
            add(
                line,
                "debit_notice_short",
                self.env._(
                    "Told on %(told)s, that is less than %(days)s days before", told=line.announced_on, days=notice
                ),
                self.env._("Choose %s or later", line.announced_on + timedelta(days=notice)),
            )

    def _new_accounts(self):
        """EXTENDS: no money goes to the account of a debtor; what the mandate says about it was signed."""
        accounts = super()._new_accounts()
        return accounts if self.direction == "transfer" else accounts.browse()

    def _still_as_seen(self):
        """EXTENDS: a mandate that ended meanwhile, or another sequence, is other content, too."""
        if self.direction != "debit":
            return super()._still_as_seen()
        is_release = self.state == "approved"
        for one in self._plan_debits(is_released=True):
            mandate = one.line.mandate_id
            if mandate.state != "active" or one.error:
                self._void(str(one.error or self.env._("Mandate %s is not active any more.", mandate.reference)))
                return False
            if one.line.partner_bank_id != mandate.partner_bank_id:
                self._void(self.env._("The account of mandate %s is another one by now.", mandate.reference))
                return False
            if is_release and (one.sequence, one.change) != (one.line.sequence_type, one.line.mandate_change or False):
                if self._waits_for_another(one.line):
                    raise UserError(
                        self.env._(
                            "Another order collects by mandate %s before this one: release that first.",
                            mandate.reference,
                        )
                    )
                self._void(self.env._("The next collection by mandate %s is another one by now.", mandate.reference))
                return False
        return super()._still_as_seen()

    def _waits_for_another(self, line):
        """:return: whether it is what was proposed as soon as other orders have left"""
        return any(
            (one.sequence, one.change) == (line.sequence_type, line.mandate_change or False)
            for one in self._plan_debits()
            if one.line == line
        )

    # -- steps ----------------------------------------------------------------------------

    def _after_release(self):
        # EXTENDS
        result = super()._after_release()
        lines = self.sudo().line_ids.filtered("mandate_id")  # sudo: written by steps alone
        if not lines:
            return result
        now = self.env.cr.now().replace(microsecond=0)
        rows = []
        for line in lines:
            mandate = line.mandate_id
            identity = mandate._identity()
            line.mandate_told = {name: getattr(identity, name) for name in identity.__slots__}
            if line.sequence_type == mandates.LAST:
                mandate.is_ending = False
            rows.append({**line._event_values(), "kind": "collected", "at": now, "user_id": self.env.uid})
        self.env["finance.mandate.event"].sudo().create(rows)  # sudo: evidence is written by code alone
        lines.mandate_id._refresh()
        return result

    def _cancel(self, reason):
        """EXTENDS: what was released and did not leave is no collection."""
        was_released = bool(self.released_at)
        result = super()._cancel(reason)
        lines = self.sudo().line_ids.filtered("mandate_id")  # sudo: written by steps alone
        if was_released and lines:
            self.env["finance.mandate"]._happened(lines, "cancelled")
        return result

    def write(self, vals):
        """EXTENDS: another day is announced anew."""
        result = super().write(vals)
        if "requested_date" in vals and not self.env.su:
            self.line_ids.filtered(lambda line: not line.date)._forget_announcement()
        return result


def _label(record):
    return dict(record._fields["state"]._description_selection(record.env))[record.state]
