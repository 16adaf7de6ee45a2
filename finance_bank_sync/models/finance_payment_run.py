from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CONFIDENTIAL, CREATOR
from ..payments import banking_days, execution, routing, run
from ..payments.identifiers import is_iban
from ..payments.profile import profiles
from .finance_payment_open_items import SALARIES

#: most payments of one order, where the bank's profile says nothing less
MAX_PAYMENTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How payments leave: what a route says, or the own account that a person chose without one.

    :param note: why it is not the route that would come first
    """

    journal_id: int
    profile: str
    version: str | None = None
    flow_id: int | None = None
    route_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """An order to be made."""

    way: Way
    currency_id: int
    day: execution.Execution
    payments: tuple[run.Planned, ...]

    @property
    def amount(self):
        return sum((payment.amount for payment in self.payments), Decimal(0))


@dataclass(slots=True, kw_only=True)
class RunPlan:
    """What a payment run would do.

    :param facts: dict open item id -> what is known of it besides (see ``finance.payment.open.items``)
    :param again: open items whose payments repeat something, with a reason
    """

    orders: list = field(default_factory=list)
    left: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    again: set = field(default_factory=set)


class FinancePaymentRun(models.AbstractModel):
    """Turns a selection of open items into payment orders: read, plan, route, compare, make (K-07, K-25)."""

    _name = "finance.payment.run"
    _description = "Payment Run"

    @api.model
    def _plan(self, selection, *, grouped, journal=None, urgency="normal", reason=None):
        """:param selection: :class:`~.finance_payment_open_items.Selection`
        :param journal: the own account that pays; None: as the routes say
        :param reason: why duplicates are paid nevertheless
        :return: :class:`RunPlan`
        """
        found = self.env["finance.payment.open.items"]._read_for(selection)
        facts = {item.id: fact for item, fact in found}
        if reason:
            found = [
                (replace(item, obstacle=None) if item.obstacle == run.IN_ORDER else item, fact) for item, fact in found
            ]
        payments, left = run.plan((item for item, _fact in found), grouped=grouped)
        company = self.env["res.company"].browse(selection.company_id)
        routed, strays = self._routed(company, payments, facts, journal, urgency, selection.day)
        doubles = self._doubles(company, routed, facts)
        again = {item_id for item_id, fact in facts.items() if fact["order"]}
        if reason:
            again |= {part.item_id for payment in doubles for part in payment.parts}
        else:
            strays += [(payment, run.DUPLICATE) for payment in doubles]
            routed = [(way, payment) for way, payment in routed if payment not in doubles]
        items = {item.id: item for item, _fact in found}
        left += [run.LeftOut(item=items[part.item_id], code=code) for payment, code in strays for part in payment.parts]
        orders = self._orders(company, routed, facts, selection.day, urgency)
        return RunPlan(orders=orders, left=left, facts=facts, again=again)

    @api.model
    def _doubles(self, company, routed, facts):
        """:return: dict payment -> what it repeats; noted with the facts of its items too"""
        duplicates = self.env["finance.payment.duplicates"]
        accounts = self.env["res.partner.bank"].browse({payment.bank_account_id for _way, payment in routed})
        numbers = {account.id: account.sanitized_acc_number for account in accounts}
        payments = [payment for _way, payment in routed]
        found = duplicates._find(
            company,
            [
                duplicates._probe(
                    number,
                    partner_id=payment.partner_id,
                    number=numbers[payment.bank_account_id],
                    amount=payment.amount,
                    currency=self.env["res.currency"].browse(facts[payment.parts[0].item_id]["currency_id"]),
                    text=payment.reference.value if payment.reference else payment.remittance,
                )
                for number, payment in enumerate(payments)
            ],
        )
        for number, words in found.items():
            for part in payments[number].parts:
                facts[part.item_id]["duplicate"] = words
        return {payments[number]: words for number, words in found.items()}

    # -- routing ---------------------------------------------------------------------------

    @api.model
    def _routed(self, company, payments, facts, journal, urgency, day):
        """:return: (list of (way, payment), list of (payment, code) without a way)"""
        table = self.env["finance.payment.route"]._routes_of(company, journal=journal)
        fallback = self._fallback(company, journal) if journal else None
        rates = {}
        ways = {}
        routed, strays = [], []
        for payment in payments:
            choice = routing.choose(table, self._wanted(company, payment, facts, urgency, rates, day))
            if choice.route is None and not (fallback and not choice.passed):
                strays.append((payment, run.NO_ROUTE))
                continue
            key = (choice.route.id, choice.passed) if choice.route else None
            if key not in ways:
                ways[key] = self._way(choice) if choice.route else fallback
            routed.append((ways[key], payment))
        return routed, strays

    @api.model
    def _wanted(self, company, payment, facts, urgency, rates, day):
        fact = facts[payment.parts[0].item_id]
        currency = self.env["res.currency"].browse(fact["currency_id"])
        return routing.Routed(
            currency=payment.currency,
            country=fact["country"],
            amount=payment.amount,
            local=payment.amount * self._rate(rates, company, currency, day),
            urgency=urgency,
        )

    @api.model
    def _way(self, choice):
        route = self.env["finance.payment.route"].browse(choice.route.id)
        return Way(
            journal_id=route.journal_id.id,
            profile=route.profile,
            version=route.version or None,
            flow_id=route.flow_id.id or None,
            route_id=route.id,
            note=" ".join(passed.obstacle for passed in choice.passed),
        )

    @api.model
    def _ways_anew(self, lines):
        """The ways that payments of one order take when they are made anew.

        As the routes say now; as before where none fits, for collections (their format is that of the mandate), and
        where a person chose an own account that no route names.

        :return: list of :class:`Way`, one for each payment
        """
        order = lines.order_id
        before = Way(
            journal_id=order.journal_id.id,
            profile=order.profile,
            version=order.version or False,
            flow_id=order.flow_id.id,
        )
        routes = self.env["finance.payment.route"]
        if order.direction != "transfer" or not routes._routes_of(order.company_id, journal=order.journal_id):
            return [before] * len(lines)
        table, rates, ways = routes._routes_of(order.company_id), {}, []
        for line in lines:
            account = line.partner_bank_id
            number = account.sanitized_acc_number or ""
            bank_country = number[:2] if is_iban(number) else account.bank_id.country.code
            payment = routing.Routed(
                currency=line.currency_id.name,
                country=bank_country or line.partner_id.country_id.code or None,
                amount=line._decimal(line.amount),
                local=line._decimal(line.amount) * self._rate(rates, order.company_id, line.currency_id, line.date),
                urgency=order.urgency,
            )
            choice = routing.choose(table, payment)
            ways.append(self._way(choice) if choice.route else before)
        return ways

    @api.model
    def _rate(self, rates, company, currency, day):
        """:param rates: dict that keeps what was looked up"""
        if currency not in rates:
            day = day or fields.Date.context_today(self)
            rates[currency] = Decimal(repr(currency._get_conversion_rate(currency, company.currency_id, company, day)))
        return rates[currency]

    @api.model
    def _fallback(self, company, journal):
        """The own account that a person chose, where no route speaks of it: handed to the bank by a person."""
        currency = (journal.currency_id or company.currency_id).name
        number = journal.bank_account_id.sanitized_acc_number or ""
        profile = {"EUR": "sepa_sct"}.get(currency, "cross_border")
        if currency == "CHF" and number[:2] in ("CH", "LI"):
            profile = "swiss_domestic"
        return Way(journal_id=journal.id, profile=profile)

    # -- orders ----------------------------------------------------------------------------

    @api.model
    def _orders(self, company, routed, facts, day, urgency):
        """:return: list of :class:`OrderPlan`: one for each way, currency and part that the bank takes at once"""
        groups = defaultdict(list)
        for way, payment in routed:
            groups[way, facts[payment.parts[0].item_id]["currency_id"]].append(payment)
        orders = []
        for (way, currency_id), payments in groups.items():
            most = min(profiles()[way.profile].max_payments or MAX_PAYMENTS, MAX_PAYMENTS)
            found = self._execution(company, self.env["finance.flow"].browse(way.flow_id), urgency, day)
            orders += [
                OrderPlan(way=way, currency_id=currency_id, day=found, payments=tuple(payments[start : start + most]))
                for start in range(0, len(payments), most)
            ]
        return orders

    @api.model
    def _execution(self, company, flow, urgency, day):
        """:return: the :class:`~..payments.execution.Execution` of what leaves by a flow (none: by a person)"""
        # sudo: opening times are no secret, whoever pays need not see the connection
        calendar = flow.sudo().calendar_id or flow.sudo().connection_id.calendar_id
        instant = urgency == "instant"
        return execution.execution(
            day,
            self.env.cr.now(),
            zone=company.partner_id.tz or self.env.user.tz or "UTC",
            opening=calendar._pure() if calendar and not instant else None,
            banking_day=execution.every_day if instant else banking_days.is_target_day,
        )

    # -- making ----------------------------------------------------------------------------

    @api.model
    def _make(self, plan, selection, *, urgency="normal", reason=None):
        """Make the orders of a plan, as drafts.

        :return: the orders
        :raise UserError: nothing to pay, or somebody else pays one of the items already
        """
        self.env["finance.message"]._check_role(CREATOR)
        if selection.kind == SALARIES:
            self.env["finance.message"]._check_role(CONFIDENTIAL)
        if not plan.orders:
            raise UserError(self.env._("There is nothing to pay. The list below says why each item is left out."))
        orders = self.env["finance.payment.order"]
        for one in plan.orders:
            orders |= self._make_order(one, selection, urgency)
        for order, one in zip(orders, plan.orders, strict=True):
            self._make_payments(order, one, plan, reason)
        return orders

    @api.model
    def _make_order(self, one, selection, urgency):
        is_salary = selection.kind == SALARIES
        order = self.env["finance.payment.order"].create(
            {
                "company_id": selection.company_id,
                "journal_id": one.way.journal_id,
                "currency_id": one.currency_id,
                "profile": one.way.profile,
                "version": one.way.version,
                "flow_id": one.way.flow_id,
                "requested_date": one.day.day,
                "urgency": urgency,
                "category_purpose": "SALA" if is_salary else False,
                "batch_booking": "one" if is_salary else "agreed",
            }
        )
        if is_salary:
            order.sudo().is_confidential = True  # sudo: set here and nowhere else; the role was checked
        notes = [one.way.note, self._day_note(selection.day, one.day)]
        if any(notes):
            order.message_post(body=" ".join(filter(None, notes)))
        return order

    @api.model
    def _day_note(self, wanted, found):
        """:return: why the day of execution is another one than wanted; empty: it is not"""
        if found.reason is None:
            return ""
        texts = {
            execution.PAST: self.env._("%(wanted)s is over", wanted=wanted),
            execution.CUT_OFF: self.env._("the cut-off of %(wanted)s is over", wanted=wanted),
            execution.CLOSED: self.env._("%(wanted)s is no banking day", wanted=wanted),
        }
        return self.env._("Execution on %(day)s: %(why)s.", day=found.day, why=texts[found.reason])

    @api.model
    def _make_payments(self, order, one, plan, reason):
        lines = self.env["finance.payment.line"].create(
            [
                {
                    "order_id": order.id,
                    "sequence": number,
                    "partner_id": payment.partner_id,
                    "partner_bank_id": payment.bank_account_id,
                    "amount": float(payment.amount),
                    "remittance": payment.remittance or False,
                    "reference_type": payment.reference.type if payment.reference else False,
                    "reference": payment.reference.value if payment.reference else False,
                }
                for number, payment in enumerate(one.payments, 1)
            ]
        )
        # sudo: whether an item is claimed, and why it is paid again, is written by this module alone
        self.env["finance.payment.item"].sudo().create(
            [
                {
                    "line_id": line.id,
                    "move_line_id": part.item_id,
                    "amount": float(part.amount),
                    "discount": float(part.discount),
                    "claims": plan.facts[part.item_id]["order"] is None,
                }
                for line, payment in zip(lines, one.payments, strict=True)
                for part in payment.parts
            ]
        )
        repeating = [
            line.id
            for line, payment in zip(lines, one.payments, strict=True)
            if any(part.item_id in plan.again for part in payment.parts)
        ]
        if reason and repeating:
            lines.browse(repeating).sudo().duplicate_reason = reason  # sudo: as above
