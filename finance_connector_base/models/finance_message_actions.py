from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMIN, AUDITOR, DECIDED_BY_COMPARING, OPERATOR
from ..engine import states
from ..engine.notice import notice

#: causes that end by a decision of their own
UNDECIDED = (*DECIDED_BY_COMPARING, "by_hand", "by_hand_reported")


class FinanceMessageActions(models.Model):
    """What a person may do with a message. Thin: check role, company and state, then act."""

    _inherit = "finance.message"

    def _check_role(self, *groups):
        """:raise AccessError: unless the user has one of the groups and may read these messages"""
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Your role in the integration does not allow this."))
        self.check_access("read")

    def action_retry(self):
        """Try again what failed or is held. The same message goes back to the queue."""
        self._check_role(OPERATOR)
        retriable = self.filtered(lambda m: m.state in (states.HELD, states.DEAD, states.RETRY))
        undecided = retriable.filtered(lambda m: m.state == states.HELD and m.reason_code in UNDECIDED)
        retriable -= undecided
        if undecided and not retriable:
            raise UserError(
                self.env._("A retry decides nothing here. Use Compare, or Deliver by hand, on the message and say why.")
            )
        if not retriable:
            raise UserError(
                self.env._("Nothing to retry: only messages that need attention, gave up or wait for a retry can be.")
            )
        retriable._retry(self.env._("retried by %s", self.env.user.name))
        return True

    def _retry(self, note):
        for message in self:
            self.env["finance.audit"]._record(
                "message.retried", message, before={"state": message.state}, correlation_id=message.correlation_id
            )
        self._set_state(
            states.QUEUED,
            note=note,
            next_at=self.env.cr.now(),
            waiting_key=False,
            attempt_count=0,
            crash_count=0,
        )
        self.exception_ids._close("retried")
        self.env["finance.dispatcher"]._wake()

    def action_discard(self):
        """Open the dialog that asks for the reason of giving a message up."""
        self._check_role(OPERATOR)
        return self._reason_dialog("discard", self.env._("Discard messages"))

    def action_replay(self):
        """Open the dialog that asks for the reason of working a processed message again."""
        self._check_role(ADMIN)
        return self._reason_dialog("replay", self.env._("Replay messages"))

    def _reason_dialog(self, operation, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.message.reason.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_operation": operation, "default_message_ids": self.ids},
        }

    def _discard(self, reason):
        """Close messages for good without their effect; the reason is kept."""
        self._check_role(OPERATOR)
        for message in self:
            if message.state not in (states.HELD, states.DEAD, states.RETRY):
                raise UserError(self.env._("%s does not wait for a person, it cannot be discarded.", message.subject))
            self.env["finance.audit"]._record(
                "message.discarded",
                message,
                reason=reason,
                before={"state": message.state},
                correlation_id=message.correlation_id,
            )
        self._set_state(states.IGNORED, note=reason, reason_code="discarded", detail=reason, waiting_key=False)
        self.exception_ids._close("discarded")

    def action_view_documents(self):
        """Show what the message made or changed; one kind at a time, the most specific first."""
        self.ensure_one()
        self.check_access("read")
        by_model = {}
        for link in self.document_ids:
            by_model.setdefault(link.res_model, []).append(link.res_id)
        if not by_model:
            raise UserError(self.env._("This message has made no document."))
        model, ids = next(iter(by_model.items()))
        action = {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(model).name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", ids)],
        }
        if len(ids) == 1:
            action.update(view_mode="form", res_id=ids[0])
        return action

    def action_view_children(self):
        """Show the messages that this one caused."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Follow-up messages"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("parent_id", "=", self.id)],
        }

    def action_view_correlated(self):
        """Show every message of the same business transaction."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same business transaction"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("correlation_id", "=", self.correlation_id)],
        }

    def action_view_exceptions(self):
        """Show the exceptions this message has raised."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exceptions"),
            "res_model": "finance.exception",
            "view_mode": "list,form",
            "domain": [("message_id", "=", self.id)],
        }

    def action_show_original(self):
        """Show the content in clear: at once when the reason was given a moment ago, else ask for it."""
        self.ensure_one()
        self._check_role(OPERATOR, AUDITOR)
        action = {"type": "ir.actions.act_window", "name": self.env._("Show the original"), "view_mode": "form"}
        if disclosure := self.env["finance.disclosure"]._of(self):
            return {**action, "res_model": "finance.disclosure", "res_id": disclosure.id}
        return {
            **action,
            "res_model": "finance.disclosure.wizard",
            "target": "new",
            "context": {"default_message_id": self.id},
        }

    @api.model
    def action_process_now(self):
        """Have the dispatchers run now."""
        self._check_role(OPERATOR)
        self.env["finance.dispatcher"]._wake()
        return notice(self.env._("The queue is being worked."))
