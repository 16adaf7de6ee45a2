from odoo import api, fields, models

from ..engine.errors import RejectedError
from ..engine.work import is_correlation_id


class FinanceProcessVerdict(models.Model):
    """What another system (risk, tax, ...) said about a business transaction.

    It may come before the process asks for it: it is kept, and found by its correlation id.
    """

    _name = "finance.process.verdict"
    _description = "Verdict from Another System"
    _order = "id desc"
    _rec_name = "topic"
    _allow_sudo_commands = False

    correlation_id = fields.Char(required=True, readonly=True, index=True)
    topic = fields.Char(required=True, readonly=True, help="What it is about, e.g. risk.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    verdict = fields.Selection([("cleared", "Cleared"), ("refused", "Refused")], required=True, readonly=True)
    detail = fields.Text(readonly=True)
    evidence = fields.Json(readonly=True)
    given_at = fields.Datetime(required=True, readonly=True, default=lambda self: self.env.cr.now())

    _once = models.UniqueIndex("(company_id, correlation_id, topic)", "There is a verdict about this already.")

    @api.model
    def _give(self, company, correlation_id, topic, verdict, *, detail=None, evidence=None):
        """Record a verdict and let the process that waits for it go on.

        Giving the same verdict again changes nothing.

        :param company: the company the transaction belongs to
        :param str correlation_id: of the business transaction, exactly as it was handed out
        :param str topic: as on the step, e.g. ``risk``
        :param str verdict: ``cleared`` or ``refused``
        :return: the verdict
        :raise RejectedError: when another verdict stands
        """
        if not is_correlation_id(correlation_id):
            raise RejectedError(
                self.env._("The verdict names no business transaction."), reason="process.verdict_unmatched"
            )
        verdicts = self.sudo()  # sudo: given by handlers and webhooks, nobody has write access
        known = verdicts.search(
            [("company_id", "=", company.id), ("correlation_id", "=", correlation_id), ("topic", "=", topic)]
        )
        if known and known.verdict != verdict:
            raise RejectedError(
                self.env._("Another verdict about this was given before; the first one stands."),
                reason="process.verdict_conflict",
            )
        if not known:
            known = verdicts.create(
                {
                    "company_id": company.id,
                    "correlation_id": correlation_id,
                    "topic": topic,
                    "verdict": verdict,
                    "detail": detail,
                    "evidence": evidence or {},
                }
            )
            known.flush_recordset()
            self.env["finance.audit"]._record(
                "process.verdict", known, reason=detail, after={"verdict": verdict}, correlation_id=correlation_id
            )
        self.env["finance.message"]._resume_waiting(self._key(company, correlation_id, topic))
        return known

    @api.model
    def _key(self, company, correlation_id, topic):
        return f"verdict:{company.id}:{topic}:{correlation_id}"
