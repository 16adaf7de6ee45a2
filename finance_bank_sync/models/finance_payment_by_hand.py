"""A document is paid by hand and by an order: one of them pays it, also when both do it in the same moment (K-10).

Before a release the order gives way: whoever pays by hand is warned, and the order loses its approvals. From the
release on the payment by hand is refused, unless somebody who decides about payments says why.
"""

from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import APPROVER, RELEASER
from .finance_payment_order import BOUND, OPEN

#: somebody who may has said why it is paid by hand nevertheless; no client can send it
NEVERTHELESS = object()
#: from here on nothing leaves any more, or it came back
OVER = ("cancelled", "rejected", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An open item that an order pays, and that the ledger does not show as paid by it yet."""

    order_id: int
    state: str
    direction: str
    item_id: int
    document: str
    #: number of the order; empty: it is confidential
    name: str

    @property
    def is_in_flight(self):
        """Released: the money leaves, whatever is done here."""
        return self.state not in (*OPEN, *BOUND)


class FinancePaymentByHand(models.AbstractModel):
    """Lets payments by hand and orders over the same items come one after the other, and each see the other."""

    _name = "finance.payment.by.hand"
    _description = "Payments by Hand and Orders"

    @api.model
    def _meet(self, item_ids):
        """Called in each transaction that pays items: of two that pay the same, the later one is run again.

        A lock would make it wait, and then pay what its old snapshot shows as open; what a payment without an entry
        pays does not change at all. See decision 34.
        """
        if item_ids:
            self.env["finance.waiting.key"]._meet(f"payment_item:{item_id}" for item_id in item_ids)

    @api.model
    def _claims(self, item_ids):
        """:return: list of :class:`Claim` of orders that are not over"""
        if not item_ids:
            return []
        self.env["finance.payment.item"].flush_model(["move_line_id", "claims", "line_id"])
        self.env["finance.payment.order"].flush_model(["name", "state", "direction", "is_confidential"])
        found = self.env.execute_query(
            SQL(
                """
                SELECT o.id, o.state, o.direction, i.move_line_id, COALESCE(m.name, m.ref, '#' || m.id),
                       CASE WHEN o.is_confidential THEN '' ELSE COALESCE(o.name, '#' || o.id) END
                  FROM finance_payment_item i
                  JOIN finance_payment_line l ON l.id = i.line_id
                  JOIN finance_payment_order o ON o.id = l.order_id AND o.state NOT IN %s
                  JOIN account_move_line a ON a.id = i.move_line_id
                  JOIN account_move m ON m.id = a.move_id
                 WHERE i.claims AND i.move_line_id = ANY(%s) ORDER BY o.id, i.id
                """,
                OVER,
                list(item_ids),
            )
        )
        return [
            Claim(order_id=order, state=state, direction=direction, item_id=item, document=document, name=name)
            for order, state, direction, item, document, name in found
        ]

    @api.model
    def _claims_to_pay(self, item_ids):
        """As :meth:`_claims`, for whoever is about to pay: waits for whoever decides about the orders now."""
        self._meet(item_ids)
        claims = self._claims(item_ids)
        if claims:
            ids = sorted({claim.order_id for claim in claims})
            self.env.cr.execute(
                SQL("SELECT id FROM finance_payment_order WHERE id = ANY(%s) ORDER BY id FOR UPDATE", ids)
            )
        return claims

    @api.model
    def _may_pay_nevertheless(self):
        return any(self.env.user.has_group(group) for group in (APPROVER, RELEASER))

    @api.model
    def _refused(self, claims):
        """:return: those of the claims that a payment by hand would double: we pay, and it is released"""
        return [claim for claim in claims if claim.is_in_flight and claim.direction == "transfer"]

    @api.model
    def _told(self, claim):
        """:return: for whoever pays by hand: which document, which order, what to do"""
        order = claim.name or self.env._("a confidential payment order")
        if not claim.is_in_flight:
            return self.env._(
                "%(document)s is in %(order)s, which is not released. When you pay it by hand, the order loses its "
                "approvals until the payment is taken out of it.",
                document=claim.document,
                order=order,
            )
        return self.env._(
            "%(document)s is being paid by %(order)s, which has been released. Wait for what becomes of it, or have "
            "the order cancelled first; else it is paid twice.",
            document=claim.document,
            order=order,
        )

    @api.model
    def _check(self, claims):
        """:raise UserError: what is being paid by an order would be paid a second time"""
        refused = self._refused(claims)
        if refused and self.env.context.get("finance_paid_nevertheless") is not NEVERTHELESS:
            raise UserError("\n".join(dict.fromkeys(self._told(claim) for claim in refused)))

    @api.model
    def _paid(self, claims, reason=None):
        """Something else has paid these items: orders that are not released give way, others need a person.

        :param reason: why somebody has paid by hand what an order pays
        """
        # sudo: whoever pays by hand need not see orders
        orders = self.env["finance.payment.order"].sudo()
        for order in orders.browse(sorted({claim.order_id for claim in claims})):
            documents = ", ".join(dict.fromkeys(one.document for one in claims if one.order_id == order.id))
            if order.state in (*OPEN, *BOUND):
                order._gives_way(documents)
            else:
                order._is_doubled(documents, reason)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _gives_way(self, documents):
        """What it would pay was paid otherwise; nothing has left yet."""
        self.ensure_one()
        if not self._closed_items():
            return
        told = self.env._(
            "%(documents)s: paid otherwise by %(user)s. Take the payment out, or correct its amount, and propose the "
            "order again.",
            documents=documents,
            user=self.env.user.name,
        )
        if self.state in BOUND:
            self._void(told)
        self.attention = told

    def _is_doubled(self, documents, reason):
        """What it pays was paid otherwise, after the release."""
        self.ensure_one()
        told = self.env._(
            "%(documents)s: paid otherwise by %(user)s after the release. Ask the bank to cancel the payment, or the "
            "payee to give it back.",
            documents=documents,
            user=self.env.user.name,
        )
        self.attention = f"{told} {reason}" if reason else told
        self._audit("payment.paid_otherwise", self.attention)
        self._alarm(told)

    def _release_checks(self):
        # EXTENDS: nobody pays the items by hand from here on, and who has just done so is seen
        items = self.sudo().line_ids.item_ids.move_line_id.ids  # sudo: what it pays, whoever releases
        self.env["finance.payment.by.hand"]._meet(items)
        self.env["finance.bank.settlement"]._lock_items(items)
        return super()._release_checks()

    def _sending_problem(self, message):
        # EXTENDS: between release and sending a bank's booking or a credit note may have paid it
        problem = super()._sending_problem(message)
        if problem:
            return problem
        closed = self._closed_items()
        return "; ".join(issue["message"] for issue in closed[:5]) if closed else None


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS account: what an order pays is paid by something else, whatever screen or program does it."""
        partials = super().create(vals_list)
        partials._finance_meet_orders()
        return partials

    def _finance_meet_orders(self):
        """See whether orders pay the items that were reconciled; the orders' own payments are not looked at."""
        by_hand = self.env["finance.payment.by.hand"]
        claims = by_hand._claims((self.debit_move_id | self.credit_move_id).ids)
        if not claims:
            return
        met = self._finance_met([claim.item_id for claim in claims])
        payments = [claim for claim in claims if met.get(claim.item_id) == "payment"]
        by_hand._claims_to_pay([claim.item_id for claim in payments])
        by_hand._check(payments)
        if self.env.context.get("finance_paid_nevertheless") is NEVERTHELESS:
            # whoever gave the reason tells it
            claims = [claim for claim in claims if not claim.is_in_flight]
        # the bank's booking of what was released is what everybody waits for
        by_hand._paid(
            [
                claim
                for claim in claims
                if claim.item_id in met and not (claim.is_in_flight and met[claim.item_id] == "booking")
            ]
        )

    def _finance_met(self, item_ids):
        """:return: dict item -> what it was reconciled with: ``payment`` by hand, ``booking`` of a bank, ``entry``"""
        self.env["account.move.line"].flush_model(["payment_id", "statement_line_id"])
        self.flush_recordset(["debit_move_id", "credit_move_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT v.own, CASE WHEN o.payment_id IS NOT NULL THEN 'payment'
                                       WHEN o.statement_line_id IS NOT NULL THEN 'booking' ELSE 'entry' END
                      FROM account_partial_reconcile r
                     CROSS JOIN LATERAL (VALUES (r.debit_move_id, r.credit_move_id),
                                                (r.credit_move_id, r.debit_move_id)) AS v(own, other)
                      JOIN account_move_line o ON o.id = v.other
                      JOIN res_company c ON c.id = o.company_id
                     WHERE r.id = ANY(%s) AND v.own = ANY(%s)
                       -- differences of rates and taxes that fall due follow from a payment and are none
                       AND o.journal_id NOT IN (COALESCE(c.currency_exchange_journal_id, 0),
                                                COALESCE(c.tax_cash_basis_journal_id, 0))
                       AND NOT EXISTS (SELECT FROM finance_payment_line l WHERE l.payment_id = o.payment_id)
                     ORDER BY 1, 2
                    """,
                    self.ids,
                    list(item_ids),
                )
            )
        )


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_post(self):
        """EXTENDS account: a payment of documents that has no entry reconciles nothing by which it would be seen."""
        by_hand = self.env["finance.payment.by.hand"]
        items = self.filtered(lambda payment: payment.state == "draft").invoice_ids.line_ids
        items = items.filtered(lambda item: item.account_type in ("asset_receivable", "liability_payable"))
        claims = by_hand._claims_to_pay(items.ids)
        by_hand._check(claims)
        result = super().action_post()
        by_hand._paid([claim for claim in claims if not claim.is_in_flight])
        return result
