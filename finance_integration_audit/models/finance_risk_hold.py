import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import OFFICER
from ..risk import hold as machine

#: minutes between two questions about the same document
AGAIN = 5

_GUARD = """
CREATE OR REPLACE FUNCTION finance_risk_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'posted' AND OLD.state IS DISTINCT FROM 'posted' AND EXISTS (
        SELECT 1 FROM finance_risk_hold
         WHERE move_id = NEW.id AND state IN ('waiting', 'late', 'rejected', 'contradicted')
    ) THEN
        RAISE EXCEPTION 'Entry % is held until a risk system releases it', NEW.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


class FinanceRiskHold(models.Model):
    """A document that is kept from the ledger until a risk system releases it (R-01, X-08).

    What was asked about is bound by a digest: a draft that says something else is asked about anew. Only the engine
    writes here; the database refuses to post what is held, for whoever types SQL, too.
    """

    _name = "finance.risk.hold"
    _description = "Risk Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "document"
    _allow_sudo_commands = False

    move_id = fields.Many2one("account.move", string="Document", readonly=True, ondelete="set null", index=True)
    document = fields.Char(string="Called", readonly=True, required=True, help="What it was called when it was held.")
    policy_id = fields.Many2one("finance.risk.policy", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    correlation_id = fields.Char(string="Correlation id", required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True, help="Fingerprint of what was asked about.")
    partner_id = fields.Many2one("res.partner", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waits for an answer"),
            ("late", "No answer in time"),
            ("contradicted", "Contradictory answers"),
            ("rejected", "Rejected"),
            ("released", "Released"),
            ("overridden", "Released by two persons"),
            ("ended", "Not needed any more"),
        ],
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    asked_at = fields.Datetime(string="Held since", required=True, readonly=True)
    last_asked_at = fields.Datetime(readonly=True)
    due_at = fields.Datetime(string="Answer due", required=True, readonly=True)
    answered_at = fields.Datetime(string="Answered", readonly=True)
    reference = fields.Char(readonly=True, help="By which the risk system finds it.")
    verdict_ids = fields.One2many("finance.risk.verdict", "hold_id", string="Words", readonly=True)
    override_by_id = fields.Many2one("res.users", string="Override proposed by", readonly=True)
    override_reason = fields.Text(string="Why nevertheless", readonly=True)
    override_second_id = fields.Many2one("res.users", string="Override confirmed by", readonly=True)

    _once = models.UniqueIndex("(correlation_id)", "This correlation id is taken.")
    _one_for_content = models.UniqueIndex(
        "(move_id, digest) WHERE state <> 'ended'", "The document is held for this content already."
    )

    def init(self):
        self.env.cr.execute(_GUARD)
        self.env.cr.execute(
            "CREATE OR REPLACE TRIGGER finance_risk_hold_guard BEFORE UPDATE OF state ON account_move"
            " FOR EACH ROW EXECUTE FUNCTION finance_risk_hold_guard()"
        )

    # -- hold ----------------------------------------------------------------------------------

    @api.model
    def _of(self, move):
        """:return: the hold about a document as it is, or none"""
        # sudo: whether it may go, whoever posts
        found = self.sudo().search([("move_id", "=", move.id), ("state", "!=", "ended")])
        digest = move._risk_digest()
        # public: a fingerprint of content, no secret
        return found.filtered(lambda hold: hold.digest == digest)[:1]

    @api.model
    def _begin(self, policy, move):
        """Hold a document and ask about it; what was asked about it when it said something else has ended."""
        known = self._of(move)
        if known:
            return known
        now = self.env.cr.now()
        holds = self.sudo()  # sudo: written by the engine alone, whoever posts
        holds.search([("move_id", "=", move.id), ("state", "!=", "ended")])._set("ended")
        hold = holds.create(
            {
                "move_id": move.id,
                "document": move.name if move.name and move.name != "/" else f"{move.move_type} {move.id}",
                "policy_id": policy.id,
                "company_id": move.company_id.id,
                "correlation_id": str(uuid.uuid4()),
                "digest": move._risk_digest(),
                "partner_id": move.commercial_partner_id.id,
                "currency_id": move.currency_id.id,
                "amount": move.amount_total or sum(move.line_ids.mapped("debit")),
                "state": "waiting",
                "asked_at": now,
                "due_at": now + timedelta(minutes=policy.minutes),
            }
        )
        hold._ask()
        hold._audit("risk.held", after={"policy": policy.name, "document": hold.document, "digest": hold.digest})
        return hold

    @api.depends("move_id", "document")
    def _compute_display_name(self):
        """OVERRIDE: what people call the document now; outside it is known as what it was when it was asked about."""
        for hold in self:
            # sudo: what it is called, for whoever may see that it is held
            hold.display_name = hold.sudo().move_id.display_name or hold.document

    def _ask(self):
        for hold in self:
            hold.last_asked_at = self.env.cr.now()
            self.env["finance.message"].sudo()._enqueue(  # sudo: messages are written by the queue alone
                hold.policy_id.flow_id,
                [
                    Envelope(
                        subject=self.env._("Risk: %s", hold.document),
                        data={"do": "ask", "hold": hold.id},
                        order_key=f"risk:{hold.id}",
                        correlation_id=hold.correlation_id,
                        business_key=hold.document,
                        res_model=hold._name,
                        res_id=hold.id,
                    )
                ],
            )

    def _audit(self, event, **facts):
        self.env["finance.audit"]._record(event, self, correlation_id=self.correlation_id, **facts)

    def _set(self, state, **values):
        for hold in self:
            before = hold.state
            if before != state or values:
                hold.write({"state": state, **values})
            if before != state:
                hold._audit(f"risk.{state}", before={"state": before}, after={"state": state})

    def _question(self):
        """:return: what the risk system is told about a document"""
        self.ensure_one()
        return {
            "correlation_id": self.correlation_id,
            "digest": self.digest,
            "document": self.document,
            "kind": self.move_id.move_type or "",
            "entity": str(self.company_id.id),
            "counterparty": self.partner_id.display_name or "",
            "counterparty_id": str(self.partner_id.id or ""),
            "currency": self.currency_id.name,
            "amount": f"{self.amount:.{self.currency_id.decimal_places}f}",
            "at": fields.Datetime.to_string(self.asked_at),
        }

    # -- words ---------------------------------------------------------------------------------

    @api.model
    def _hear(self, correlation_id, digest, words, *, reference=None, message=None):
        """Take what a risk system says; the same word twice is one.

        :param words: list of (event id, word)
        :return: the hold
        """
        hold = self.sudo().search([("correlation_id", "=", correlation_id)])  # sudo: the engine
        # public: a fingerprint of content, no secret
        if not hold or hold.digest != digest:
            return self.browse()
        hold._lock()
        known = set(hold.verdict_ids.mapped("event_id"))
        for event_id, word in words:
            if event_id in known:
                continue
            known.add(event_id)
            hold.verdict_ids.create(
                {
                    "hold_id": hold.id,
                    "company_id": hold.company_id.id,
                    "event_id": event_id,
                    "word": word,
                    "at": self.env.cr.now(),
                    "message_id": message.id if message else False,
                }
            )
            heard = machine.hear(hold.state, word, posted=hold.move_id.state == "posted")
            hold._set(heard.state, answered_at=self.env.cr.now(), reference=reference or hold.reference)
            if heard.alarm:
                text = self.env._("The risk system says %(word)s about %(what)s, after something else.",
                                  word=word, what=hold.document)  # fmt: skip
                self.env["finance.alert"]._raise(
                    "risk_contradiction", hold, klass="business", text=text, correlation_id=hold.correlation_id
                )
                hold._tell_officer(text)
        if hold.state in machine.PASSING:
            hold.activity_ids.action_feedback()
        return hold

    def _lock(self):
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM finance_risk_hold WHERE id = %s FOR UPDATE", [self.id])
        self.invalidate_recordset()

    def _tell_officer(self, text):
        # sudo: who watches risk in the company, whoever posts
        officers = self.env.ref(OFFICER).sudo().all_user_ids.filtered(lambda user: self.company_id in user.company_ids)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=(officers or self.policy_id.flow_id.connection_id.owner_id or self.env.user)[0].id,
            summary=text,
        )

    @api.model
    def _cron_wait(self):
        """Ask again about what waits, and tell of what nobody has answered in time. Nothing passes by time."""
        now = self.env.cr.now()
        for hold in self.search([("state", "=", "waiting"), ("due_at", "<", now)]):
            heard = machine.time_out(hold.state)
            hold._set(heard.state)
            text = self.env._("No answer about %s in time: it stays held.", hold.document)
            self.env["finance.alert"]._raise(
                "risk_late", hold, klass="business", text=text, correlation_id=hold.correlation_id
            )
            hold._tell_officer(text)
        since = now - timedelta(minutes=AGAIN)
        self.search([("state", "in", ["waiting", "late"]), ("last_asked_at", "<", since)])._ask()

    # -- people --------------------------------------------------------------------------------

    def action_ask(self):
        """Ask again."""
        self.env["finance.message"]._check_role(OFFICER)
        self.check_access("read")
        waiting = self.filtered(lambda hold: hold.state in machine.OPEN)
        waiting.sudo()._ask()  # sudo: written by the engine alone, the role was checked
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_override(self):
        """Open the dialog in which two persons release what the risk system does not."""
        self.ensure_one()
        self._check_officer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release nevertheless"),
            "res_model": "finance.risk.override.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }

    def _check_officer(self):
        self.env["finance.message"]._check_role(OFFICER)
        self.check_access("read")
        if self.env.su or (request and request.session.uid != self.env.uid):
            raise AccessError(self.env._("A program does not release what is held."))
        if self.state not in machine.OPEN:
            raise UserError(self.env._("Nothing holds the document any more."))
        graph = self.env["finance.access.graph"]
        mine = graph._identities(self.env.user.sudo())  # sudo: who the person is
        makers = self.move_id.sudo().create_uid | self.move_id.sudo().write_uid  # sudo: who wrote the document
        if any(mine & graph._identities(user.sudo()) for user in makers):  # sudo: as above
            raise AccessError(self.env._("Who wrote the document does not release it."))

    @step_up
    def _override_verified(self, reason):
        return self._override(reason)

    def _override(self, reason):
        """The first person proposes with a reason, another one confirms."""
        self.ensure_one()
        self._check_officer()
        self._lock()
        self._check_officer()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        hold = self.sudo()  # sudo: written here alone, the role was checked
        if not hold.override_by_id:
            hold.write({"override_by_id": self.env.uid, "override_reason": reason.strip()})
            hold._audit("risk.override_proposed", reason=reason.strip())
            return
        graph = self.env["finance.access.graph"]
        if graph._identities(hold.override_by_id) & graph._identities(self.env.user.sudo()):  # sudo: who it is
            raise AccessError(self.env._("Another person has to confirm it."))
        hold.override_second_id = self.env.uid
        hold._audit("risk.override_confirmed", reason=reason.strip(), after={"proposed_by": hold.override_by_id.login})
        hold._set("overridden")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Holds are kept."))
