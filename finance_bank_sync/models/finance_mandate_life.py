from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CREATOR
from .finance_mandate import LIVING

#: mandates that the expiry looks at in one go
_AT_ONCE = 1000


class FinanceMandate(models.Model):
    """How a mandate comes into force, is amended, rests, and ends; each step is a row of its history."""

    _inherit = "finance.mandate"

    # -- buttons --------------------------------------------------------------------------

    def action_activate(self):
        """The signed paper is here: it may be collected by it."""
        for mandate in self._mine("draft"):
            if not mandate.signed_on:
                raise UserError(self.env._("Tell when mandate %s was signed.", mandate.reference))
            mandate._set("signed", state="active", due=mandate.signed_on)
        self._expire()

    def action_confirm(self):
        """The debtor's bank has confirmed the B2B mandate to the debtor, and the debtor to us."""
        for mandate in self._mine("draft", *LIVING):
            if mandate.scheme == "B2B" and not mandate.is_confirmed:
                mandate._set("confirmed", is_confirmed=True, confirmed_on=fields.Date.context_today(self))

    def action_suspend(self):
        for mandate in self._mine("active"):
            mandate._set("suspended", state="suspended", reason=self.env._("By hand"))

    def action_resume(self):
        for mandate in self._mine("suspended"):
            mandate._set("resumed", state="active")
            # sudo: what asked for a look is done, whoever was asked
            mandate.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        self._expire()

    def action_cancel(self):
        """The debtor or we have ended it: nothing is collected after today."""
        today = fields.Date.context_today(self)
        for mandate in self._mine("draft", *LIVING):
            mandate._set("cancelled", state="cancelled", ended_on=today, due=today)

    def action_view_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collections by %s", self.reference),
            "res_model": "finance.payment.line",
            "view_mode": "list,form",
            "domain": [("mandate_id", "=", self.id)],
            "context": {"create": False},
        }

    def _mine(self, *states):
        """:return: those in one of the states, after seeing that the user may change them"""
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(CREATOR):
            raise UserError(self.env._("Mandates are kept by payment creators."))
        # the state is decided on as it is, also when two people press at once
        self.lock_for_update()
        return self.filtered(lambda mandate: mandate.state in states)

    # -- history --------------------------------------------------------------------------

    def _set(self, kind, *, due=None, reason=None, **values):
        """Change the state and write why, in one."""
        # sudo: states are written here alone
        self.sudo().write(values)
        self._note(kind, due=due, reason=reason)

    def _note(self, kind, **values):
        """Add a row to the history of each mandate."""
        now = fields.Datetime.now()
        return (
            self.env["finance.mandate.event"]
            .sudo()  # sudo: evidence is written by code alone
            .create(
                [
                    {
                        "mandate_id": mandate.id,
                        "company_id": mandate.company_id.id,
                        "kind": kind,
                        "at": now,
                        "user_id": self.env.uid,
                        **{name: value for name, value in values.items() if value is not None},
                    }
                    for mandate in self
                ]
            )
        )

    def _amended(self, before):
        """Write what has changed; the bank is told with the next collection (see ``finance_mandate_history``)."""
        self.ensure_one()
        now = self._identity()
        if now == before:
            return
        words = []
        if now.mandate != before.mandate:
            words.append(self.env._("reference, before: %s", before.mandate))
        if now.iban != before.iban:
            words.append(self.env._("account, before: …%s", before.iban[-4:]))
        self._note("amended", reason="; ".join(words))
        mandate = self.sudo()  # sudo: what the bank knows is no content of the mandate
        if not mandate.told and mandate.last_before:
            mandate.told = {
                "mandate": before.mandate,
                "creditor_name": before.creditor_name,
                "creditor_id": before.creditor_id,
                "iban": before.iban,
            }
        if now.iban != before.iban and self.scheme == "B2B" and self.is_confirmed:
            # the new bank knows nothing of the mandate
            mandate.write({"is_confirmed": False, "confirmed_on": False})

    # -- end ------------------------------------------------------------------------------

    @api.model
    def _cron_expire(self):
        """End what was not used for 36 months."""
        today = fields.Date.today()
        due = self.search([("state", "in", LIVING), ("expires_on", "<", today)], limit=_AT_ONCE + 1)
        due[:_AT_ONCE]._expire()
        if self.env.context.get("cron_id"):
            self.env["ir.cron"]._commit_progress(len(due[:_AT_ONCE]), remaining=max(0, len(due) - _AT_ONCE))

    def _expire(self):
        """End those of these that have expired, and ask for new ones."""
        today = fields.Date.context_today(self)
        for mandate in self:
            if mandate.state not in LIVING or not mandate.expires_on or mandate.expires_on >= today:
                continue
            mandate._set("expired", state="expired", ended_on=mandate.expires_on, due=mandate.expires_on)
            mandate._ask(self.env._("Mandate expired"), self.env._("Ask the debtor for a new one before collecting."))

    def _suspend(self, reason):
        """Nothing more is collected until a person has looked."""
        for mandate in self.filtered(lambda one: one.state == "active"):
            mandate._set("suspended", state="suspended", reason=reason)
            mandate._ask(self.env._("Mandate suspended"), reason)

    def _ask(self, summary, note):
        """Leave a task for who keeps the mandate, as far as that person still may."""
        self.ensure_one()
        # sudo: tasks come from the engine and from whoever causes them
        mandate = self.sudo()
        keeper = mandate.create_uid
        if not keeper.active or not keeper._is_internal() or not keeper.has_group(CREATOR):
            keepers = self.env.ref(CREATOR).sudo().all_user_ids  # sudo: whose task it is
            keeper = keepers.filtered(lambda user: user.active and self.company_id in user.company_ids)[:1]
        if keeper:
            mandate.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=note, user_id=keeper.id)
