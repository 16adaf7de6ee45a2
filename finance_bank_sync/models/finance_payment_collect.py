"""Which customer invoices are collected, by which mandate and when; and which are not, and why (K-16, K-29)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CREATOR
from ..payments import mandates, profile

#: why an invoice is left out
NO_MANDATE, SUSPENDED, REST, IN_ORDER, CURRENCY, CREDIT = (
    "no_mandate",
    "suspended",
    "rest",
    "in_order",
    "currency",
    "credit",
)
#: format by scheme
PROFILES = {"CORE": "sepa_sdd_core", "B2B": "sepa_sdd_b2b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection: a mandate, a day, and the open items it pays."""

    mandate: Any
    due: date
    items: Any
    amount: float
    sequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An open item that is not collected.

    :param code: one of the codes above, or one of :class:`..payments.mandates.MandateError`
    :param words: what the mandate's rules say, where they do
    """

    item: Any
    code: str
    words: str = ""


@dataclass(slots=True)
class Plan:
    collections: list[Collection] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


class FinancePaymentCollect(models.AbstractModel):
    _name = "finance.payment.collect"
    _description = "Collecting of Invoices"

    # -- plan -----------------------------------------------------------------------------

    @api.model
    def _plan(self, company, *, due_until, day=None, partners=None, moves=None, is_grouped=True):
        """See what would be collected.

        :param day: of all collections; without, each invoice on the day it is due, as early as can be
        :param partners: only these debtors
        :param moves: only these invoices, whenever they are due
        :param is_grouped: one collection a mandate and day instead of one an invoice; credit notes lower it
        :return: :class:`Plan`
        """
        plan = Plan()
        items = self._open_items(company, due_until, partners, moves)
        by_debtor = self._mandates(company, items)
        taken = self._in_orders(items)
        today = fields.Date.context_today(self)
        wanted = defaultdict(items.browse)
        for item in items:
            found, code = by_debtor[item.partner_id.commercial_partner_id.id]
            if item.id in taken:
                plan.left.append(Left(item=item, code=IN_ORDER, words=taken[item.id]))
            elif not found:
                plan.left.append(Left(item=item, code=code))
            elif item.currency_id.name not in (profile.profiles()[PROFILES[found.scheme]].currencies or ("EUR",)):
                plan.left.append(Left(item=item, code=CURRENCY))
            else:
                wanted[found, self._day_of(item, found, today, day), 0 if is_grouped else item.id] |= item
        if is_grouped:
            self._place_credits(wanted)
        self._collect(plan, wanted)
        return plan

    @api.model
    def _open_items(self, company, due_until, partners, moves):
        domain = [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("account_id.account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
            ("partner_id", "!=", False),
            ("move_id.move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
        ]
        if moves:
            domain.append(("move_id", "in", moves.ids))
        else:
            domain += ["|", ("date_maturity", "=", False), ("date_maturity", "<=", due_until)]
            if partners:
                domain.append(("partner_id.commercial_partner_id", "in", partners.commercial_partner_id.ids))
        return self.env["account.move.line"].search(domain, order="date_maturity, id")

    @api.model
    def _mandates(self, company, items):
        """:return: dict debtor id -> (the mandate to collect by, or none and the reason)"""
        debtors = items.partner_id.commercial_partner_id
        found = defaultdict(lambda: (self.env["finance.mandate"], NO_MANDATE))
        domain = [
            ("company_id", "=", company.id),
            ("commercial_partner_id", "in", debtors.ids),
            ("state", "in", ("active", "suspended")),
        ]
        # the youngest active one counts; one for a single collection only where there is no other
        for mandate in self.env["finance.mandate"].search(domain, order="kind desc, signed_on, id"):
            debtor = mandate.commercial_partner_id.id
            if mandate.state == "active":
                found[debtor] = (mandate, None)
            elif not found[debtor][0]:
                found[debtor] = (self.env["finance.mandate"], SUSPENDED)
        return found

    @api.model
    def _in_orders(self, items):
        """:return: dict item id -> number of the order that it is in already"""
        # sudo: that it is in an order, whatever of the order the user may see
        rows = (
            self.env["finance.payment.item"]
            .sudo()
            .search(
                [
                    ("move_line_id", "in", items.ids),
                    ("is_live", "=", True),
                    ("line_id.order_id.state", "!=", "cancelled"),
                    ("line_id.state", "not in", ("settled", "rejected", "cancelled", "returned")),
                ]
            )
        )
        return {row.move_line_id.id: row.line_id.order_id.name for row in rows}

    @api.model
    def _day_of(self, item, mandate, today, day):
        notice = mandate.notice_days or mandate.company_id.finance_debit_notice_days
        lead = profile.profiles()[PROFILES[mandate.scheme]].lead_days
        told = today
        if mandate.company_id.finance_debit_announced_by == "invoice":
            told = min(today, item.move_id.invoice_date or today)
        earliest = max(
            mandates.earliest_due(today, lead_days=lead, notice_days=0),
            mandates.due_day(mandates.announce_until(told, -notice)),
        )
        return max(earliest, mandates.due_day(day or item.date_maturity or today))

    @api.model
    def _place_credits(self, wanted):
        """A credit note lowers the first collection of its mandate that is as large."""
        for key in [key for key in wanted if all(item.amount_residual_currency < 0 for item in wanted[key])]:
            credit = wanted.pop(key)
            mandate = key[0]
            fits = [
                other
                for other in sorted(wanted, key=lambda other: other[1])
                if other[0] == mandate and sum((wanted[other] | credit).mapped("amount_residual_currency")) > 0
            ]
            wanted[fits[0] if fits else key] |= credit

    @api.model
    def _collect(self, plan, wanted):
        histories = self.env["finance.mandate"].browse({key[0].id for key in wanted})._histories()
        for (mandate, due, _item), items in sorted(wanted.items(), key=lambda pair: (pair[0][1], pair[0][0].id)):
            amount = items.currency_id.round(sum(items.mapped("amount_residual_currency")))
            if amount <= 0:
                plan.left += [Left(item=item, code=CREDIT) for item in items]
                continue
            history = histories[mandate.id]
            try:
                sequence = mandates.next_sequence(mandate._terms(), [one for one, _told in history], due)
            except mandates.MandateError as error:
                plan.left += [Left(item=item, code=error.code, words=mandate._refusal(error)) for item in items]
                continue
            history.append((mandates.Collected(due=due, sequence=sequence, outcome=mandates.OPEN), None))
            plan.collections.append(Collection(mandate=mandate, due=due, items=items, amount=amount, sequence=sequence))

    # -- orders ---------------------------------------------------------------------------

    @api.model
    def _make(self, company, journal, plan, flow=None):
        """Make a draft for each scheme.

        :return: the orders
        :raise UserError: there is nothing to collect
        """
        if not self.env.user.has_group(CREATOR):
            raise UserError(self.env._("Collections are made by payment creators."))
        if not plan.collections:
            raise UserError(self.env._("There is nothing to collect. The list says why each invoice is left out."))
        by_scheme = defaultdict(list)
        for one in plan.collections:
            by_scheme[one.mandate.scheme].append(one)
        orders = self.env["finance.payment.order"]
        for scheme, collections in sorted(by_scheme.items()):
            orders |= self._make_order(company, journal, PROFILES[scheme], collections, flow)
        return orders

    @api.model
    def _make_order(self, company, journal, profile_code, collections, flow):
        order = self.env["finance.payment.order"].create(
            {
                "company_id": company.id,
                "journal_id": journal.id,
                "direction": "debit",
                "currency_id": collections[0].items.currency_id.id,
                "profile": profile_code,
                "flow_id": flow.id if flow else False,
                "requested_date": collections[0].due,
            }
        )
        lines = self.env["finance.payment.line"].create(
            [
                {
                    "order_id": order.id,
                    "sequence": number,
                    "partner_id": one.items[0].partner_id.id,
                    "partner_bank_id": one.mandate.partner_bank_id.id,
                    "mandate_id": one.mandate.id,
                    "amount": one.amount,
                    "date": one.due,
                    "remittance": _remittance(one.items),
                }
                for number, one in enumerate(collections, 1)
            ]
        )
        self.env["finance.payment.item"].create(
            [
                {"line_id": line.id, "move_line_id": item.id, "amount": item.amount_residual_currency}
                for line, one in zip(lines, collections, strict=True)
                for item in one.items
            ]
        )
        order.sudo()._prepare_debits()  # sudo: sequences are written by steps alone
        return order


def _remittance(items):
    """:return: numbers of the documents, as many as a bank takes"""
    names = [item.move_id.payment_reference or item.move_id.name for item in items]
    text, rest = names[0], names[1:]
    for number, name in enumerate(rest):
        longer = f"{text}, {name}"
        if len(longer) > 140 - 8 and number < len(rest) - 1 or len(longer) > 140:
            return f"{text} +{len(rest) - number}"[:140]
        text = longer
    return text[:140]
