from collections import defaultdict

from odoo import models

from ..payments import mandates, progress, reasons

#: what a collection came to, by the state of its payment; every other state is still open
_OUTCOMES = {
    progress.REJECTED: mandates.REFUSED,
    progress.CANCELLED: mandates.REFUSED,
    progress.RECALLED: mandates.REFUSED,
    progress.SETTLED: mandates.PAID,
    progress.RETURNED_STATE: mandates.GIVEN_BACK,
}
#: reasons that the debtor has, before the money came in and after it (EPC: refusal, refund)
_REFUSED, _REFUNDED = frozenset(("MS02", "SL01")), frozenset(("MD06", "MD01"))
#: the creditor gave it back, or asked the bank to
_REVERSED = frozenset(("FOCR", "CUST", "CUTA"))
#: after these nothing more is collected before a person has looked
_ENDING = frozenset(("MD01", "MD07", "AC04"))
#: so many times in a row without funds
_WITHOUT_FUNDS, _PATIENCE = "AM04", 3


class FinanceMandate(models.Model):
    """The collections by a mandate, and what they do to it: its next sequence follows from them (K-16)."""

    _inherit = "finance.mandate"

    def _histories(self, *, without=None, is_released=False):
        """Everything that was presented by these mandates, in one query.

        :param without: an order that is left out, because its own sequences are asked for
        :param is_released: leave out what was proposed or approved, and may still be taken back
        :return: dict mandate id -> list of (:class:`..payments.mandates.Collected`, what the bank was told), by day
        """
        # what was released and cancelled before it left was not presented
        left = ["|", ("order_id.state", "!=", "cancelled"), ("order_id.sent_at", "!=", False)]
        domain = [("mandate_id", "in", self.ids), *left]
        if without:
            domain.append(("order_id", "!=", without.id))
        if is_released:
            domain.append(("order_id.released_at", "!=", False))
        else:
            domain += ["|", ("order_id.released_at", "!=", False), ("order_id.state", "in", ("proposed", "approved"))]
        found = defaultdict(list)
        # sudo: the history of a mandate does not depend on who looks
        for mandate in self.sudo():
            if mandate.last_before:
                before = mandates.Collected(due=mandate.last_before, sequence=mandates.RECURRENT)
                found[mandate.id].append((before, mandate.told))
        for line in self.env["finance.payment.line"].sudo().search(domain, order="id"):  # sudo: as above
            one = mandates.Collected(
                due=line._due(),
                sequence=line.sequence_type or mandates.RECURRENT,
                outcome=_OUTCOMES.get(line.state, mandates.OPEN),
            )
            found[line.mandate_id.id].append((one, line.mandate_told))
        for rows in found.values():
            rows.sort(key=lambda row: row[0].due)
        return found

    def _change(self, history):
        """:return: what has changed since the bank was told last, by a history of :meth:`_histories`"""
        self.ensure_one()
        told = [told for one, told in history if told and one.outcome != mandates.REFUSED]
        return mandates.amendment(mandates.Identity(**told[-1]) if told else None, self._identity())

    def _happened(self, lines, after):
        """Write what became of collections, and draw the consequences for their mandates.

        :param lines: payments that went to the state ``after``
        """
        rows = []
        now = self.env.cr.now().replace(microsecond=0)
        for line in lines:
            codes = (line.reasons or "").split()
            kind = _kind(after, set(codes))
            if kind:
                rows.append(
                    {
                        **line._event_values(),
                        "kind": kind,
                        "at": now,
                        "user_id": self.env.uid,
                        "reason_code": codes[-1] if codes else False,
                        "reason": reasons.meaning(codes[-1]).meaning if codes else False,
                    }
                )
        self.env["finance.mandate.event"].sudo().create(rows)  # sudo: evidence is written by code alone
        if _OUTCOMES.get(after) in (mandates.REFUSED, mandates.GIVEN_BACK):
            self._restore(lines)
        lines.mandate_id._refresh()

    def _restore(self, lines):
        """A collection failed: the mandate is again what it was before it, or rests when it can go on no longer."""
        for line in lines.sudo():  # sudo: what a bank says is carried out whoever brings it
            if line.sequence_type == mandates.LAST and line.state in (progress.REJECTED, progress.CANCELLED):
                line.mandate_id.is_ending = True
            codes = set((line.reasons or "").split())
            if ending := codes & _ENDING:
                meaning = reasons.meaning(min(ending))
                line.mandate_id._suspend(f"{meaning.code}: {meaning.meaning}. {meaning.advice}")
        without_funds = lines.filtered(lambda line: _WITHOUT_FUNDS in (line.reasons or ""))
        for mandate in without_funds.mandate_id.filtered(lambda one: one.state == "active"):
            if mandate._is_out_of_funds():
                mandate._suspend(
                    self.env._(
                        "%(code)s: the last %(count)s collections found no funds. Agree with the debtor how to go on.",
                        code=_WITHOUT_FUNDS,
                        count=_PATIENCE,
                    )
                )

    def _is_out_of_funds(self):
        """:return: whether the last collections, as many as we are patient, all came back for want of money"""
        resumed = self.event_ids.filtered(lambda event: event.kind == "resumed").sorted("id")[-1:]
        # sudo: the history of a mandate does not depend on who looks
        lines = self.sudo().line_ids.filtered(
            lambda line: line.order_id.released_at and (not resumed or line.order_id.released_at > resumed.at)
        )
        last = lines.sorted(lambda line: (line._due(), line.id))[-_PATIENCE:]
        return len(last) == _PATIENCE and all(_WITHOUT_FUNDS in (line.reasons or "") for line in last)

    def _refresh(self):
        """Write the day of the last collection that was presented; the expiry follows from it."""
        histories = self._histories(is_released=True)
        for mandate in self.sudo():  # sudo: written here alone
            days = [one.due for one, _told in histories[mandate.id]]
            last = max(days, default=False)
            if mandate.last_presented_on != last:
                mandate.last_presented_on = last


def _kind(after, codes):
    """:return: what a person calls what happened; None: nothing that concerns the mandate"""
    if after == progress.SETTLED:
        return "settled"
    if after == progress.REJECTED:
        return "refused" if codes & _REFUSED else "rejected"
    if after == progress.RETURNED_STATE:
        if codes & _REFUNDED:
            return "refunded"
        return "reversed" if codes & _REVERSED else "returned"
    return "withdrawn" if after in (progress.CANCELLED, progress.RECALLED) else None
