from odoo import fields, models
from odoo.exceptions import UserError

from ..const import OPERATOR
from ..engine import states

#: cause of what somebody has delivered and nobody has confirmed yet
REPORTED = "by_hand_reported"


class FinanceMessage(models.Model):
    """Money that is delivered by hand: two people answer for it (B-49).

    Who delivered it says so, with evidence; another operator looks at that and confirms, or says that it is not so.
    To give it back to the channel, which sends it then, is for another person than the one who had the file.
    """

    _inherit = "finance.message"

    taken_by_id = fields.Many2one(
        "res.users", string="Taken by", readonly=True, copy=False, index="btree_not_null", help="Has had the file."
    )
    reported_by_id = fields.Many2one(
        "res.users",
        string="Delivered by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Says that it was delivered; where money leaves, another person confirms it.",
    )

    def _carries_money(self):
        """:return: whether two people are needed: the flow sends at most once, or its handler moves money"""
        self.ensure_one()
        flow = self.sudo().flow_id  # sudo: what a flow does is no secret
        return flow.at_most_once or bool(flow.handler in self.env and self.env[flow.handler]._carries_money)

    def _check_other_person(self, user):
        if user and (self.env.uid == user.id or self.env.user.partner_id == user.partner_id):
            raise UserError(self.env._("Money takes two people: somebody else than %s has to decide this.", user.name))

    def _delivered_by_hand(self, reason, *, reference=None, evidence=None):
        """EXTENDS: where money leaves, it waits for the second person; nothing is settled before."""
        self.ensure_one()
        if not self._carries_money():
            self.sudo().reported_by_id = self.env.user  # sudo: written by steps alone; super checks who may
            return super()._delivered_by_hand(reason, reference=reference, evidence=evidence)
        self._check_role(OPERATOR)
        self._check_reason(reason)
        self._lock_by_hand()
        self._check_taken()
        message = self.sudo()  # sudo: the role was checked; payloads and states are written by nobody
        proof = message.evidence_id.browse()
        if evidence:
            proof = self.env["finance.payload"]._store(evidence[1], company=message.company_id, name=evidence[0])
        detail = self.env._("%(user)s says that it was delivered: %(reason)s", user=self.env.user.name, reason=reason)
        message.write(
            {
                "reported_by_id": self.env.uid,
                "evidence_id": proof.id,
                "result": {"by_hand": True, "reference": reference or None, "confirmed": False},
                "reason_code": REPORTED,
                "detail": detail,
            }
        )
        self._note_step(states.HELD, reason)
        exception = self.env["finance.exception"]._raise_for(
            message, reason=REPORTED, error_class="technical", detail=detail
        )
        owner = message.flow_id._owner_of("technical")
        if owner and owner != self.env.user:
            exception.owner_id = owner
        self.env["finance.audit"]._record(
            "message.reported_by_hand",
            self,
            reason=reason,
            after={"reference": reference or None, "evidence": proof.sha256 or None},
            correlation_id=self.correlation_id,
        )
        return None

    def _check_reported(self):
        if self.state != states.HELD or self.reason_code != REPORTED:
            raise UserError(self.env._("%s does not wait for a second person.", self.subject))

    def _begin_second_look(self, reason):
        self.ensure_one()
        self._check_role(OPERATOR)
        self._check_reason(reason)
        self._lock_by_hand()
        self._check_reported()
        self._check_other_person(self.sudo().reported_by_id)  # sudo: who it was, not what they may do

    def _confirm_by_hand(self, reason):
        """The second person has seen that it was delivered: it is done, as if the channel had sent it."""
        self._begin_second_look(reason)
        message = self.sudo()  # sudo: the role was checked
        reference = (message.result or {}).get("reference")
        self.env["finance.audit"]._record(
            "message.confirmed_by_hand",
            self,
            reason=reason,
            before={"reported_by": message.reported_by_id.login},
            correlation_id=self.correlation_id,
        )
        self._settle_delivery(reason, reference, message.evidence_id or None)

    def _refute_by_hand(self, reason):
        """The second person does not find it so: whoever has the file delivers it, or another one gives it back."""
        self._begin_second_look(reason)
        message = self.sudo()  # sudo: the role was checked
        proof = message.evidence_id
        detail = self.env._("%(user)s does not confirm it: %(reason)s", user=self.env.user.name, reason=reason)
        self.env["finance.audit"]._record(
            "message.refuted_by_hand",
            self,
            reason=reason,
            before={"reported_by": message.reported_by_id.login, "evidence": proof.sha256 or None},
            correlation_id=self.correlation_id,
        )
        exception = self.env["finance.exception"]._raise_for(
            message, reason="by_hand", error_class="technical", detail=detail
        )
        exception.owner_id = message.reported_by_id
        message.write(
            {"reported_by_id": False, "evidence_id": False, "result": False, "reason_code": "by_hand", "detail": detail}
        )
        self._note_step(states.HELD, reason)

    def _give_back(self, reason):
        """EXTENDS: the channel would send it; who had the file does not decide alone that it was not delivered."""
        self.ensure_one()
        if self._carries_money():
            self._check_role(OPERATOR)
            self._check_other_person(self.sudo().taken_by_id)  # sudo: who it was, not what they may do
        return super()._give_back(reason)

    def _discard(self, reason):
        """EXTENDS: what may have been delivered is decided about first."""
        for message in self:
            if message.state == states.HELD and message.reason_code == REPORTED:
                raise UserError(
                    self.env._("%s may have been delivered. Confirm that, or say that it is not so.", message.subject)
                )
        return super()._discard(reason)
