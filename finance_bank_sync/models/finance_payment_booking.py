"""When payments are booked, and what their fate does to what they paid."""

from markupsafe import Markup

from odoo import api, models

from ..payments import progress, reasons

#: payments that are booked while somebody waits; more are booked in the background
AT_ONCE = 200
#: payments of one transaction in the background
BATCH = 1000
#: nothing was paid
FAILED = {progress.REJECTED: "rejected", progress.CANCELLED: "canceled"}


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _after_release(self):
        """EXTENDS: the payments are booked, many of them in the background."""
        result = super()._after_release()
        if len(self.line_ids) <= AT_ONCE:
            self.env["finance.payment.ledger"]._book(self.line_ids)
        else:
            self.env.ref("finance_bank_sync.ir_cron_finance_payment_book")._trigger()
        return result

    def _cancel(self, reason):
        """EXTENDS: what it would have paid may be paid otherwise."""
        result = super()._cancel(reason)
        self.line_ids._failed("canceled", reason)
        return result

    @api.model
    def _cron_book(self):
        """Book what was released and is not booked; a piece at a time."""
        lines = self.env["finance.payment.line"].sudo()  # sudo: of all companies
        domain = [
            ("payment_id", "=", False),
            ("order_id.released_at", "!=", False),
            ("order_id.state", "!=", "cancelled"),
            ("state", "not in", list(FAILED)),
        ]
        remaining = lines.search_count(domain)
        while remaining:
            found = lines.search(domain, limit=BATCH, order="order_id, sequence, id")
            booked = len(self.env["finance.payment.ledger"]._book(found))
            remaining = max(remaining - booked, 0) if booked else 0
            if not self.env["ir.cron"]._commit_progress(booked, remaining=remaining):
                break


class FinancePaymentLine(models.Model):
    _inherit = "finance.payment.line"

    def _stood(self, before, after):
        """EXTENDS: the ledger follows what became of the payments."""
        result = super()._stood(before, after)
        if after in FAILED:
            self._failed(FAILED[after])
        elif after == progress.RETURNED_STATE:
            self._came_back()
        return result

    def _failed(self, state, reason=None):
        """Nothing was paid: the documents are open again and know why (K-13)."""
        self.env["finance.payment.ledger"]._unbook(self, state)
        self._let_go()
        was = self.env._("was rejected") if state == "rejected" else self.env._("was cancelled")
        self._tell_documents(was, reason)

    def _came_back(self):
        """It was paid and came back: the documents are open again and know why (K-14)."""
        self.env["finance.payment.ledger"]._give_back(self)
        self._let_go()
        self._tell_documents(self.env._("came back"))

    def _let_go(self):
        # sudo: items are written by steps alone
        self.sudo().item_ids.write({"is_live": False, "claims": False})

    def _tell_documents(self, what, reason=None):
        """A note on each document; salaries are nobody's business."""
        for line in self.sudo():  # sudo: the document shall know, whoever brings the answer
            if line.is_confidential:
                continue
            body = Markup("%s %s. %s") % (
                line._get_html_link(title=self.env._("Payment %s", line.end_to_end_id or line.order_id.name)),
                what,
                reason or line._reasons_in_words(),
            )
            for move in line.item_ids.move_id:
                move.message_post(body=body)

    def _reasons_in_words(self):
        """:return: what the bank said, with what to do"""
        self.ensure_one()
        told = []
        codes = (self.reasons or "").split()
        if self.state == progress.RETURNED_STATE:
            codes += [fact.code for fact in self.fact_ids if fact.kind == "returned" and fact.code]
        for code in dict.fromkeys(codes):
            meaning = reasons.meaning(code)
            told.append(f"{code}: {meaning.meaning}. {meaning.advice}".strip())
        texts = [fact.text for fact in self.fact_ids if fact.text]
        return " ".join(told or texts[-1:])
