from odoo import api, models
from odoo.tools import SQL, split_every

from odoo.addons.finance_connector_base.models.finance_append_only import FUNCTION

from ..trail import examine, guards
from ..trail.head import number_of

#: minutes after which an entry must have been sealed
SEALED_WITHIN = 15
#: heads read at once
HEADS = 1000


class FinanceAuditSurroundings(models.AbstractModel):
    """What is beside the rows of the trail: keys, triggers, what waits, and what is kept outside."""

    _name = "finance.audit.surroundings"
    _description = "Surroundings of the Audit Trail"

    @api.model
    def _look(self, examiner):
        """Tell an examiner that has taken all rows and heads what is wrong beside them.

        :return: problems of places outside that could not be read
        """
        for code, place, detail in self._beside(examiner):
            examiner.note(code, place, detail)
        return self._compare_outside(examiner)

    @api.model
    def _beside(self, examiner):
        """Yield what is wrong beside the rows: (kind, place, detail)."""
        for name in self.env["finance.audit.key"]._swapped(examiner.publics):
            yield examine.KEY_SWAPPED, 0, f"public key {name} is none of the trail's"
        yield from self._look_at_triggers()
        until = examiner.last.until if examiner.last else 0
        minutes = SQL("e.at < (now() AT TIME ZONE 'UTC') - make_interval(mins => %s)", SEALED_WITHIN)
        sealer = self.env["finance.audit.sealer"]
        for code, query, detail in (
            (
                examine.INSERTED,
                sealer._unsealed(0, until),
                "entry %s has no seal, and a number of the past",
            ),
            (examine.UNSEALED, sealer._unsealed(until, condition=minutes), "entry %s waits to be sealed for too long"),
        ):
            self.env.cr.execute(SQL("%s ORDER BY e.id LIMIT 1", query))
            if found := self.env.cr.fetchone():
                yield code, 0, detail % found[0]

    @api.model
    def _look_at_triggers(self):
        source = guards.source_digest(f"plpgsql {FUNCTION.split('$$')[1]}")
        for detail in guards.wrong(self.env["finance.audit.reader"]._guards(), source):
            yield examine.TRIGGER, 0, detail

    @api.model
    def _compare_outside(self, examiner):
        """Compare with heads that were anchored where the database cannot reach them."""
        newest, problems = self.env["finance.audit.checkpoint"]._last().number, []
        for page in split_every(HEADS, self.env["finance.audit.anchor"]._kept_outside()):
            problems += [kept.problem for kept in page if kept.problem]
            heads = [(number_of(kept.head), kept.head) for kept in page if kept.head]
            own = self._own({number for number, _head in heads})
            for number, head in heads:
                examiner.outside(own.get(number), newest, head)
        self._compare_stamps(examiner)
        return problems

    @api.model
    def _compare_stamps(self, examiner):
        receipts = self.env["finance.audit.receipt"]
        stamps = receipts.search([("kind", "=", "finance.anchor.timestamp")], order="id")
        for page in split_every(HEADS, stamps.ids, receipts.browse):
            own = self._own(page.mapped("number"))
            for receipt in page.filtered(lambda one, own=own: not one._is_about(own.get(one.number))):
                detail = f"checkpoint {receipt.number} is not the one that the timestamp authority has signed"
                examiner.note(examine.REPLACED if receipt.number in own else examine.ROLLED_BACK, 0, detail)

    @api.model
    def _own(self, numbers):
        """:return: dict number -> signed head of the trail"""
        checkpoints = self.env["finance.audit.checkpoint"].search([("number", "in", list(numbers))])
        return {checkpoint.number: checkpoint._signed() for checkpoint in checkpoints}
