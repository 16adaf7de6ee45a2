from datetime import datetime, time

from odoo import api, models

from ..lineage.hops import GOOD, PLAIN, WAITS, Gap, Hop


class FinanceTraceSourceDocuments(models.AbstractModel):
    """Invoices, bills and other journal entries, with what they were reconciled with."""

    _name = "finance.trace.source.documents"
    _description = "Trace: Journal Entries"
    _inherit = ["finance.trace.source"]
    _traced = ("account.move",)
    _stage = 30
    _references = ("name", "payment_reference", "ref")

    @api.model
    def _links(self, records):
        for move in records:
            yield move, move.reversed_entry_id | move.reversal_move_ids, False
            yield move, move.matched_payment_ids | move.origin_payment_id, False
            yield move, move.statement_line_id, False
        for move, other, _at in self._reconciled(records):
            yield move, other, False

    @api.model
    def _reconciled(self, moves):
        """:return: list of (move, the move it is reconciled with, when), from either side"""
        # sudo: shown as far as the reader may see them
        partials = (
            self.env["account.partial.reconcile"]
            .sudo()
            .search(["|", ("debit_move_id.move_id", "in", moves.ids), ("credit_move_id.move_id", "in", moves.ids)])
        )
        pairs = []
        for partial in partials:
            debit, credit = partial.debit_move_id.move_id, partial.credit_move_id.move_id
            pairs += [
                (near, far, partial)
                for near, far in ((debit, credit), (credit, debit))
                if near in moves and near != far
            ]
        return pairs

    @api.model
    def _state(self, record):
        if record.is_invoice() and record.state == "posted":
            return self._label(record, "payment_state")
        return self._label(record, "state")

    @api.model
    def _tone(self, record):
        if record.state != "posted":
            return PLAIN if record.state == "cancel" else WAITS
        return GOOD if not record.is_invoice() or record.payment_state in ("paid", "reversed") else WAITS

    @api.model
    def _hops(self, records):
        for move in records:
            key, system = (move._name, move.id), self._here(move.company_id)
            what = self._label(move, "move_type")
            yield Hop(
                key=key,
                at=move.create_date,
                rank=30,
                title=self.env._("%(what)s made: %(name)s", what=what, name=move.display_name),
                system=system,
                person=move.create_uid.name or "",
            )
            if move.state == "posted":
                yield Hop(
                    key=key,
                    at=datetime.combine(move.date, time.min),
                    is_day=True,
                    rank=31,
                    title=self.env._("On the ledger: %s", move.name),
                    system=system,
                    state=self._label(move, "state"),
                    detail=self._entries(move),
                    tone=GOOD,
                )
        for move, other, partial in self._reconciled(records):
            if partial.debit_move_id.move_id == move or other not in records:
                yield Hop(
                    key=(move._name, move.id),
                    at=partial.create_date,
                    rank=90,
                    title=self.env._("Reconciled: %s", self._amount(partial)),
                    system=self._here(move.company_id),
                    detail=move.name or "",
                    tone=GOOD,
                )

    @api.model
    def _amount(self, partial):
        return partial.debit_currency_id.format(partial.debit_amount_currency)

    @api.model
    def _entries(self, move):
        """:return: the lines of the ledger in short"""
        lines = move.line_ids.filtered("account_id").sorted(lambda line: -abs(line.balance))
        told = [f"{line.account_id.code} {line.company_currency_id.format(line.balance)}" for line in lines[:4]]
        return ", ".join(told) + (" …" if len(lines) > 4 else "")

    @api.model
    def _gaps(self, records):
        for move in records:
            if move.state == "draft":
                yield self._gap(move, self.env._("Not posted"), None, "")
            elif move.is_invoice() and move.state == "posted" and move.payment_state in ("not_paid", "partial"):
                text = self.env._("Open: %s", move.currency_id.format(move.amount_residual))
                yield self._gap(move, self.env._("Not paid"), move.invoice_date_due or move.invoice_date, text)

    @api.model
    def _gap(self, move, title, day, text):
        return Gap(
            key=(move._name, move.id),
            title=f"{title}: {move.display_name}",
            system=self._here(move.company_id),
            due=datetime.combine(day, time.max).replace(microsecond=0) if day else None,
            detail=text,
        )
