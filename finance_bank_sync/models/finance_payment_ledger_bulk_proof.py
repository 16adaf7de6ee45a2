import logging
from collections import defaultdict
from dataclasses import dataclass

from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.series import Number

from ..ledger.payment import PaymentIds, partial_rows, payment_row
from .finance_bank_ledger_bulk_paid import PaidItems, reconciled
from .finance_payment_ledger_bulk_rows import FULLS, PARTIALS, PAYMENTS

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A payment that the ORM made.

    :param accounts: of its journal items, in the order they were made
    """

    ids: PaymentIds
    accounts: tuple
    number: Number


class PaymentProof:
    """Whether rules explain what the ORM made of control payments, in every column; rows by these rules."""

    def __init__(self, planned):
        self.planned = planned
        self.env = planned.env
        self.plans = planned.plans
        self.division = planned.division
        self.stored = self.env["finance.payment.ledger.bulk.rows"]
        # of what control payments pay, before they do; then what becomes of it
        self.paid = PaidItems(self.env, [item for position in planned.controls for item in self.plans[position].items])
        # what the proof found: the payments to copy from, the shapes that may be copied
        self.templates = {}
        self.proved = []
        self.partners = {}

    @property
    def copies(self):
        """Positions of the payments that are proved to be copies."""
        return sorted(position for shape in self.proved for position in self.division.copies[shape])

    def prove(self, made):
        """Explain each control payment from the first of its shape.

        :param made: dict position -> id of the payments that the ORM made
        :return: positions of the payments that cannot be copied
        """
        self.env.flush_all()
        copies = self.division.copies
        controls = self.planned.controls
        if not controls:
            return []
        payments = self.env["account.payment"].browse([made[position] for position in controls])
        items = payments.move_id.line_ids
        partials = items.matched_debit_ids | items.matched_credit_ids
        written = (payments, payments.move_id, items, partials, partials.full_reconcile_id)
        satellites = self.planned.safety._satellites(*(records for records in written if records))
        if satellites:
            _logger.warning("payments are made by the ORM, it also writes %s", ", ".join(sorted(satellites)))
        else:
            wrong = self._unexplained(made)
            for shape, columns in wrong.items():
                _logger.warning("%s is left to the ORM, unexplained: %s", shape, ", ".join(sorted(columns)))
            self.proved = [shape for shape in copies if shape not in wrong]
        return sorted(position for shape in copies if shape not in self.proved for position in copies[shape])

    def _unexplained(self, payments):
        """:return: dict shape -> names of the columns for which the rules are wrong"""
        found = self._read(payments)
        wrong = defaultdict(set)
        paid = []
        rows = ([], [], [])
        shapes = {}
        for shape, positions in self.division.controls.items():
            template = found[positions[0]]
            self.templates[shape] = template
            for position in positions:
                made, plan = found[position], self.plans[position]
                if made.accounts != self.planned.accounts(plan) or made.ids.partials.keys() != {
                    i.id for i in plan.items
                }:
                    wrong[shape].add("account_move_line.account_id")
                    continue
                shapes[made.ids.payment] = shapes[made.ids.full] = shape
                for target, more in zip(rows, self.rows(position, made.ids, made.number), strict=True):
                    target += more
                paid += [(shape, item, made.ids.full) for item in plan.items]
        for shape, columns in self.paid.learn(paid).items():
            wrong[shape] |= columns
        for copies, its_rows in zip((PAYMENTS, FULLS, PARTIALS), rows, strict=True):
            for subject, column in self.stored._differences(its_rows, copies) if its_rows else ():
                wrong[shapes[subject]].add(column)
        return {shape: columns for shape, columns in wrong.items() if columns}

    def _read(self, payments):
        """:return: dict position -> :class:`Made`, of the control payments"""
        self.env.cr.execute(
            SQL(
                """
                SELECT p.id, p.move_id, array_agg(l.id ORDER BY l.id), array_agg(l.account_id ORDER BY l.id),
                       m.name, m.sequence_prefix, m.sequence_number, m.made_sequence_gap
                  FROM account_payment p
                  JOIN account_move m ON m.id = p.move_id
                  JOIN account_move_line l ON l.move_id = m.id
                 WHERE p.id = ANY(%s) GROUP BY p.id, m.id
                """,
                [payments[position] for position in self.planned.controls],
            )
        )
        found = {payment: (move, items, *rest) for payment, move, items, *rest in self.env.cr.fetchall()}
        met = reconciled(self.env, [items[-1] for _move, items, *_rest in found.values()])
        made = {}
        for position in self.planned.controls:
            payment = payments[position]
            move, items, accounts, name, prefix, number, gap = found[payment]
            partials, full = met[items[-1]]
            made[position] = Made(
                ids=PaymentIds(
                    payment=payment,
                    move=move,
                    liquidity=items[0],
                    counterpart=items[-1],
                    full=full,
                    partials=partials,
                ),
                accounts=tuple(accounts),
                number=Number(name=name, prefix=prefix, number=number, made_gap=gap),
            )
        return made

    # -- rows by the rules -------------------------------------------------------------------

    def rows(self, position, ids, number):
        """:return: rows of the payment, of its full reconciliation, of its partial ones"""
        plan = self.plans[position]
        template = self.templates[plan.shape].ids
        row = payment_row(
            plan,
            ids=ids,
            number=number,
            partner=self._partner(plan.partner_id),
            digits=self.planned.company.currency_id.decimal_places,
            keeps_residual=self._keeps_residual,
        )
        payment = {
            "t_move": template.move,
            "t_payment": template.payment,
            "t_liquidity": template.liquidity,
            "t_counterpart": template.counterpart,
            **row,
        }
        if not plan.items:
            return [payment], [], []
        partial = next(iter(template.partials.values()))
        return (
            [payment],
            [{"t_full": template.full, "full_id": ids.full}],
            [{"t_partial": partial, **one} for one in partial_rows(plan, ids=ids)],
        )

    @property
    def _keeps_residual(self):
        # as core's account.move.line._compute_amount_residual
        account = self.planned.outstanding
        return account.reconcile or account.account_type in ("asset_cash", "liability_credit_card")

    def _partner(self, partner_id):
        if not self.partners:
            currency = self.planned.company.currency_id.id
            pairs = {(plan.partner_id, currency) for plan in self.plans}
            found = self.planned.facts._partners(self.planned.journal, pairs, has_bank=False)
            self.partners = {partner: facts for (partner, _currency), facts in found.items()}
        return self.partners[partner_id]
