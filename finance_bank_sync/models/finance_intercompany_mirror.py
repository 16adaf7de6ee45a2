from odoo import api, models

from .finance_bank_ledger import QUIET


class FinanceIntercompanyMirror(models.AbstractModel):
    """Books a payment between two companies of this database at the receiving end too (K-24)."""

    _name = "finance.intercompany.mirror"
    _description = "Receiving End of Intercompany Payments"

    @api.model
    def _book(self, lines):
        """:param lines: ``finance.payment.line`` that were booked just now, in sudo"""
        for line, settled in self._settled(lines):
            settlement = settled.settlement_id
            payment = self._receive(line, settled.creditor_item_id)
            if payment:
                settlement.mirror_ids |= payment
            else:
                settlement.message_post(
                    body=self.env._(
                        "%(order)s pays to an account that is no bank journal of %(company)s: what it receives has "
                        "to be booked there by its statement.",
                        order=line.order_id.display_name,
                        company=settled.creditor_item_id.company_id.display_name,
                    )
                )

    @api.model
    def _settled(self, lines):
        """:return: list of (payment line, lines of settlements that it pays)"""
        # sudo: books of both companies are kept whoever released
        table = self.env["finance.intercompany.settlement.line"].sudo()
        domain = [
            ("debtor_item_id", "in", lines.item_ids.move_line_id.ids),
            ("creditor_item_id", "!=", False),
            ("settlement_id.state", "=", "done"),
        ]
        by_item = table.search(domain).grouped("debtor_item_id")
        found = []
        for line in lines:
            settled = table.union(*(by_item.get(item, table) for item in line.item_ids.move_line_id))
            if settled:
                found.append(
                    (line, settled.filtered(lambda one, line=line: line.order_id in one.settlement_id.order_ids))
                )
        return [(line, settled) for line, settled in found if settled]

    @api.model
    def _receive(self, line, items):
        """:return: the posted payment in the creditor's books, reconciled with what it pays; empty: no journal fits"""
        company = items.company_id
        # sudo: as above
        payments = self.env["account.payment"].sudo().with_context(**QUIET).with_company(company)
        journal = self._journal(company, line.partner_bank_id)
        if not journal:
            return payments
        payment = payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": items.partner_id[:1].id,
                "journal_id": journal.id,
                "company_id": company.id,
                "currency_id": line.currency_id.id,
                "amount": line.amount,
                "date": line.date or line.order_id.requested_date,
                "memo": line.remittance or line.reference or line.end_to_end_id,
                "payment_reference": line.end_to_end_id,
                "destination_account_id": items.account_id[:1].id,
                "invoice_ids": [(6, 0, items.move_id.ids)],
            }
        )
        payment.action_post()
        own = payment.move_id.line_ids.filtered(lambda one: one.account_id == items.account_id[:1])
        if own:
            (own | items.filtered(lambda one: one.account_id == own.account_id)).reconcile()
        return payment

    @api.model
    def _journal(self, company, account):
        journals = self.env["account.journal"].sudo()  # sudo: as above
        return journals.search(
            [
                ("company_id", "=", company.id),
                ("type", "=", "bank"),
                ("bank_account_id.sanitized_acc_number", "=", account.sanitized_acc_number),
            ],
            limit=1,
        )

    @api.model
    def _take_back(self, lines):
        """The payment did not take place, or came back: what the creditor booked for it is undone.

        What a bank statement has shown at the creditor stays, and a person is told: both banks cannot be right.
        """
        for line, settled in self._settled(lines):
            settlement = settled.settlement_id
            mine = settlement.mirror_ids.filtered(
                lambda one, line=line: one.payment_reference == line.end_to_end_id and one.state != "canceled"
            )
            for payment in mine.with_context(**QUIET):
                if payment.is_matched and payment.move_id:
                    settlement.message_post(
                        body=self.env._(
                            "%(order)s did not go through, but %(payment)s was seen on the creditor's statement.",
                            order=line.order_id.display_name,
                            payment=payment.display_name,
                        )
                    )
                    continue
                if payment.move_id and self.env["finance.payment.ledger"]._is_closed(payment.move_id):
                    self.env["finance.payment.ledger"]._reverse(payment)
                else:
                    payment.move_id.line_ids.remove_move_reconcile()
                    payment.action_cancel()
                payment.state = "canceled"


class FinancePaymentLedger(models.AbstractModel):
    _inherit = "finance.payment.ledger"

    @api.model
    def _book(self, lines):
        # EXTENDS: the other end of payments between our own companies
        payments = super()._book(lines)
        # sudo: books of both companies are kept whoever released
        self.env["finance.intercompany.mirror"]._book(lines.sudo().filtered(lambda line: line.payment_id in payments))
        return payments

    @api.model
    def _unbook(self, lines, state):
        # EXTENDS: what the other end has booked for them
        # sudo: as above
        self.env["finance.intercompany.mirror"]._take_back(lines.sudo())
        return super()._unbook(lines, state)

    @api.model
    def _give_back(self, lines):
        # EXTENDS: what the other end has booked for them
        # sudo: as above
        self.env["finance.intercompany.mirror"]._take_back(lines.sudo())
        return super()._give_back(lines)
