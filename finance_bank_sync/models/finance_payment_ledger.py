import logging
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from .finance_bank_ledger import QUIET

_logger = logging.getLogger(__name__)

#: payments that are made together
CHUNK = 200
#: how the payment method is called in each direction
METHODS = {"transfer": "finance_transfer", "debit": "finance_debit"}


class FinancePaymentLedger(models.AbstractModel):
    """Books released payments as Odoo's payments and reconciles them with what they pay (K-07, K-34).

    Odoo's own records and its own reconciliation, in large pieces: exchange differences, cash basis taxes and discounts
    are those of Odoo. How payments are created is a seam, as with bank lines: see ``finance.bank.ledger``.
    """

    _name = "finance.payment.ledger"
    _description = "Ledger of Payments"

    @api.model
    def _book(self, lines):
        """Book payments that are not booked yet; whoever books the same ones comes too late and does nothing.

        :param lines: ``finance.payment.line`` of released orders
        :return: the ``account.payment`` records
        """
        payments = self.env["account.payment"]
        lines = self._lock(lines)
        for order in lines.order_id:
            mine = lines.filtered(lambda line, order=order: line.order_id == order).with_company(order.company_id)
            payments |= self._book_all(mine, self._method(order))
        return payments

    @api.model
    def _book_all(self, lines, method):
        """:param lines: of one order"""
        return self._book_by_orm(lines, method)

    @api.model
    def _book_by_orm(self, lines, method):
        """:return: payments, in the order of the lines"""
        payments = self.env["account.payment"]
        for start in range(0, len(lines), CHUNK):
            payments |= self._book_chunk(lines[start : start + CHUNK], method)
            self.env["finance.dispatcher"]._heartbeat()
        return payments

    @api.model
    def _lock(self, lines):
        """:return: those of the lines that nobody has booked, in sudo: books are kept whoever released"""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM finance_payment_line WHERE id = ANY(%s) AND payment_id IS NULL"
                " ORDER BY order_id, sequence, id FOR UPDATE SKIP LOCKED",
                lines.ids,
            )
        )
        found = [line_id for (line_id,) in self.env.cr.fetchall()]
        lines.invalidate_recordset(["payment_id"])
        # sudo: see above
        context = {**QUIET, "skip_invoice_sync": True, "skip_is_manually_modified": True}
        return self.env["finance.payment.line"].sudo().with_context(**context).browse(found)

    @api.model
    def _method(self, order):
        """:raise UserError: the journal does not pay by order"""
        lines = order.journal_id[f"{'out' if order.direction == 'transfer' else 'in'}bound_payment_method_line_ids"]
        method = lines.filtered(lambda line: line.code == METHODS[order.direction])[:1]
        if not method:
            raise UserError(
                self.env._(
                    "%(journal)s has no payment method for orders. Add it to its outgoing or incoming payments.",
                    journal=order.journal_id.display_name,
                )
            )
        return method

    @api.model
    def _book_chunk(self, lines, method):
        """Entries first, posted together, then payments that have them.

        Odoo's own way, a payment that makes its entry when it is posted, writes each payment by itself and looks for
        the documents of each of them again.
        """
        outstanding = self._outstanding(lines.order_id, method)
        moves = self.env["account.move"].with_env(lines.env)
        # numbers are those of payments, although the payments are made afterwards
        moves = moves.with_context(**self._numbering(lines.journal_id))
        if outstanding:
            moves = moves.create([self._entry(line, method, outstanding) for line in lines])
            moves._post(soft=False)
        payments = self.env["account.payment"].with_env(lines.env)
        state = "paid" if outstanding.account_type == "asset_cash" else "in_process"
        payments = payments.create(
            [
                {**self._values(line, method), "state": state, **({"move_id": move.id} if move else {})}
                for line, move in zip(lines, moves or [None] * len(lines), strict=True)
            ]
        )
        self.env.flush_all()
        self._know_each_other(lines, payments)
        self._link(lines)
        self._reconcile(lines)
        return payments

    @api.model
    def _numbering(self, journal):
        """:return: the context by which Odoo takes entries for those of payments"""
        return {"is_payment": True} if journal.payment_sequence else {}

    @api.model
    def _outstanding(self, order, method):
        """:return: the account on which payments wait for the bank, as Odoo finds it; empty: there is none"""
        payments = self.env["account.payment"].with_company(order.company_id)
        if method.payment_account_id or self.env["account.move"]._get_invoice_in_payment_state() == "in_payment":
            return method.payment_account_id
        payment = payments.new({"journal_id": order.journal_id.id, "company_id": order.company_id.id})
        return payment._get_outstanding_account("outbound" if order.direction == "transfer" else "inbound")

    @api.model
    def _know_each_other(self, lines, payments):
        """Entry, journal items and payment line name the payment, in three statements for any number of them."""
        pairs = list(zip(payments.ids, lines.ids, strict=True))
        self.env.cr.execute_values(
            "UPDATE finance_payment_line l SET payment_id = v.payment FROM (VALUES %s) AS v(payment, line)"
            " WHERE l.id = v.line",
            pairs,
            page_size=1000,
        )
        self.env.cr.execute(
            SQL(
                "UPDATE account_move m SET origin_payment_id = p.id FROM account_payment p"
                " WHERE p.move_id = m.id AND p.id = ANY(%s)",
                payments.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line l SET payment_id = p.id FROM account_payment p"
                " WHERE p.move_id = l.move_id AND p.id = ANY(%s)",
                payments.ids,
            )
        )
        lines.invalidate_recordset(["payment_id"])
        payments.move_id.invalidate_recordset(["origin_payment_id"])
        payments.move_id.line_ids.invalidate_recordset(["payment_id"])

    # -- what is created -------------------------------------------------------------------

    @api.model
    def _account(self, line):
        """:return: the account of what a payment pays; empty: it pays nothing that is in the ledger yet"""
        account = line.item_ids.move_line_id.account_id
        if len(account) > 1:
            raise UserError(self.env._("%s pays items of different accounts: make one payment each", line.display_name))
        return account

    @api.model
    def _values(self, line, method):
        account = self._account(line)
        outbound = line.order_id.direction == "transfer"
        is_customer = account.account_type == "asset_receivable" if account else not outbound
        return {
            "payment_type": "outbound" if outbound else "inbound",
            "partner_type": "customer" if is_customer else "supplier",
            "partner_id": line.partner_id.id,
            "partner_bank_id": line.partner_bank_id.id if outbound else False,
            "journal_id": line.order_id.journal_id.id,
            "company_id": line.order_id.company_id.id,
            "currency_id": line.currency_id.id,
            "amount": line.amount,
            "date": self._day(line),
            "memo": self._memo(line),
            "payment_reference": line.end_to_end_id,
            "payment_method_line_id": method.id,
            "destination_account_id": self._destination(line, is_customer).id,
            "is_sent": True,
        }

    @api.model
    def _day(self, line):
        return line.date or line.order_id.requested_date

    @api.model
    def _memo(self, line):
        return line.remittance or line.reference or line.end_to_end_id

    @api.model
    def _label(self, method, values):
        return f"{method.name}: {values['memo']}"

    @api.model
    def _destination(self, line, is_customer):
        kind = "receivable" if is_customer else "payable"
        return self._account(line) or line.partner_id[f"property_account_{kind}_id"]

    @api.model
    def _entry(self, line, method, outstanding):
        """The entry of a payment: outstanding account, what is paid, discounts."""
        values = self._values(line, method)
        currency, company = line.currency_id, line.order_id.company_id
        sign = 1 if values["payment_type"] == "outbound" else -1
        label = self._label(method, values)

        def item(account_id, amount, balance):
            return {
                "name": label,
                "date_maturity": values["date"],
                "partner_id": line.partner_id.id,
                "currency_id": currency.id,
                "account_id": account_id,
                "amount_currency": amount,
                "balance": balance,
            }

        paid = -sign * line.amount
        first = item(outstanding.id, paid, currency._convert(paid, company.currency_id, company, values["date"]))
        extra = self._discounts(line, values["date"]) if any(line.item_ids.mapped("discount")) else []
        total = sign * line.amount - sum(vals["amount_currency"] for vals in extra)
        balance = -first["balance"] - sum(vals["balance"] for vals in extra)
        amounts = [total]
        if self._is_split(line):
            amounts = [sign * (part.amount + part.discount) for part in line.item_ids]
        parts = [
            item(
                values["destination_account_id"],
                currency.round(amount),
                company.currency_id.round(balance * amount / total),
            )
            for amount in amounts
        ]
        # what rounding left over
        parts[-1]["balance"] = company.currency_id.round(
            parts[-1]["balance"] + balance - sum(p["balance"] for p in parts)
        )
        return {
            "move_type": "entry",
            "ref": values["memo"],
            "date": values["date"],
            "journal_id": values["journal_id"],
            "company_id": values["company_id"],
            "partner_id": values["partner_id"],
            "currency_id": values["currency_id"],
            "partner_bank_id": values["partner_bank_id"],
            "line_ids": [Command.create(vals) for vals in (first, *parts, *extra)],
        }

    @api.model
    def _discounts(self, line, day):
        """Odoo's own split of early payment discounts into discount and tax, bill by bill."""
        currency, company = line.currency_id, line.order_id.company_id
        sign = -1 if line.order_id.direction == "transfer" else 1
        values = []
        for item in line.item_ids.filtered("discount"):
            aml = item.move_line_id
            found = self.env["account.move"]._get_invoice_counterpart_amls_for_early_payment_discount(
                [
                    {
                        "aml": aml,
                        "amount_currency": -aml.amount_residual_currency,
                        "balance": currency._convert(-aml.amount_residual_currency, company.currency_id, company, day),
                    }
                ],
                currency._convert(sign * item.discount, company.currency_id, company, day),
            )
            split = [{**vals, "partner_id": line.partner_id.id} for group in found.values() for vals in group]
            told = sum(vals["amount_currency"] for vals in split)
            if currency.compare_amounts(told, sign * item.discount):
                raise UserError(
                    self.env._("The discount of %s is not what its terms of payment say.", aml.move_id.display_name)
                )
            values += split
        return values

    @api.model
    def _is_split(self, line):
        """Odoo would put a payment of several items on the oldest first; who pays a part of one says of which."""
        currency = line.currency_id
        return len(line.item_ids) > 1 and any(
            currency.compare_amounts(abs(item.move_line_id.amount_residual_currency), abs(item.amount + item.discount))
            for item in line.item_ids
        )

    # -- reconciliation --------------------------------------------------------------------

    @api.model
    def _link(self, lines):
        """What Odoo's payment register does too: the documents know their payments, with or without an entry."""
        pairs = sorted(
            {
                (line.payment_id.id, item.move_id.id)
                for line in lines
                for item in line.item_ids
                if item.move_id.is_invoice(True)
            }
        )
        if pairs:
            self.env.cr.execute_values(
                "INSERT INTO account_move__account_payment (payment_id, invoice_id) VALUES %s ON CONFLICT DO NOTHING",
                pairs,
            )
            lines.payment_id.invalidate_recordset(["invoice_ids"])
            moves = lines.item_ids.move_id
            moves.invalidate_recordset(["matched_payment_ids"])
            moves.modified(["matched_payment_ids"])

    @api.model
    def _reconcile(self, lines):
        """One plan for all of them; a payment without an entry waits for its booking at the bank."""
        items = self.env["account.move.line"].with_env(lines.env)
        self.env.flush_all()
        booked = lines.filtered(lambda line: line.payment_id.move_id and line.item_ids)
        self.env["finance.bank.settlement"]._lock_items(booked.item_ids.move_line_id.ids)
        counterparts = self._counterparts(booked)
        sets = []
        for line in booked:
            sets += self._sets(line, counterparts[line.payment_id.move_id.id])
        everything = tuple({item for ids in sets for item in ids})
        if sets:
            items._reconcile_plan([items.browse(ids).with_prefetch(everything) for ids in sets])
        # the ledger says from here on what is open
        booked.item_ids.claims = False

    @api.model
    def _counterparts(self, lines):
        """:return: dict entry -> list of (item, amount in currency) on the account of what is paid"""
        found = defaultdict(list)
        self.env.cr.execute(
            SQL(
                """
                SELECT l.move_id, l.id, l.amount_currency FROM account_move_line l
                  JOIN account_payment p ON p.move_id = l.move_id AND p.destination_account_id = l.account_id
                 WHERE p.id = ANY(%s) ORDER BY l.id
                """,
                lines.payment_id.ids,
            )
        )
        for move_id, item_id, amount in self.env.cr.fetchall():
            found[move_id].append((item_id, amount))
        return found

    @api.model
    def _sets(self, line, counterparts):
        """:return: list of sets of journal items to be reconciled with each other"""
        mine = [item_id for item_id, _amount in counterparts]
        items = line.item_ids.move_line_id.ids
        if len(mine) == 1:
            return [mine + items]
        return [list(pair) for pair in zip(mine, items, strict=True)]
