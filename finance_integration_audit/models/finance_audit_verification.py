import hmac
import time

from odoo import api, fields, models

from ..const import AUDITOR
from ..trail import examine, keys
from ..trail.following import Following
from ..trail.head import parse, size_of
from ..trail.resume import frozen, thawed

#: rows between two notes of progress
NOTE_EVERY = 20_000
#: heads read at once
HEADS = 1000
#: minutes after which one that notes nothing any more is taken on by another process
LEASE = 10


class FinanceAuditVerification(models.Model):
    """One look whether the trail is whole, and what was found where."""

    _name = "finance.audit.verification"
    _description = "Verification of the Audit Trail"
    _order = "id desc"
    _rec_name = "started_at"
    _allow_sudo_commands = False

    kind = fields.Selection(
        [("whole", "From the first entry"), ("recent", "What is new")], required=True, readonly=True
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("running", "Running"), ("proved", "Proved"), ("broken", "Broken")],
        default="waiting",
        required=True,
        readonly=True,
    )
    asked_by_id = fields.Many2one("res.users", string="Asked by", readonly=True, ondelete="set null")
    started_at = fields.Datetime(string="Begun", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    seconds = fields.Float(readonly=True, aggregator=None)
    row_count = fields.Integer(string="Entries", readonly=True, aggregator=None)
    total = fields.Integer(string="Of", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress")
    unprotected_count = fields.Integer(
        string="Without protection", readonly=True, aggregator=None, help="Written before the server had a master key."
    )
    checkpoint_number = fields.Integer(string="Up to checkpoint", readonly=True, aggregator=None)
    first_kind = fields.Char(string="First finding", compute="_compute_first")
    first_seq = fields.Integer(string="First place", compute="_compute_first")
    finding_count = fields.Integer(string="Findings", readonly=True, aggregator=None)
    problem = fields.Text(string="Could not be compared", readonly=True)
    finding_ids = fields.One2many("finance.audit.finding", "verification_id", readonly=True)
    noted_at = fields.Datetime(readonly=True, help="When it last noted how far it is.")
    #: what it knows so far, and what proves that nobody has changed that
    state_text = fields.Text(groups=fields.NO_ACCESS, copy=False)
    state_mac = fields.Char(groups=fields.NO_ACCESS, copy=False)

    @api.depends("row_count", "total", "state")
    def _compute_progress(self):
        for verification in self:
            is_over = verification.state in ("proved", "broken")
            verification.progress = (
                100.0 if is_over else min(100.0 * verification.row_count / (verification.total or 1), 100.0)
            )

    @api.depends("finding_ids")
    def _compute_first(self):
        names = dict(self.env["finance.audit.finding"]._fields["kind"]._description_selection(self.env))
        for verification in self:
            first = verification.finding_ids.sorted("id")[:1]
            verification.first_kind = names.get(first.kind, False)
            verification.first_seq = first.seq

    # -- asked for -------------------------------------------------------------------------

    @api.model
    def action_verify(self):
        """Verify everything, in the background."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        # sudo: the auditor asks, the scheduled action writes
        verification = self.sudo().create({"kind": "whole", "asked_by_id": self.env.uid})
        self.env.ref("finance_integration_audit.ir_cron_audit_verify").sudo()._trigger()  # sudo: woken, not changed
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": verification.id,
            "view_mode": "form",
            "target": "current",
        }

    @api.model
    def _cron_verify(self):
        """What was asked for or has stopped on its way, then what is new since the last time."""
        for verification in self._to_do([]) or self._new("recent"):
            if verification._run(self.env["ir.cron"]) is None:
                # no time is left: it goes on with the next run
                return

    @api.model
    def _cron_verify_whole(self):
        (self._to_do([("kind", "=", "whole")])[:1] or self._new("whole"))._run(self.env["ir.cron"])

    @api.model
    def _to_do(self, domain):
        """:return: those that wait, and those that stopped: killed, or out of time"""
        latest = fields.Datetime.subtract(fields.Datetime.now(), minutes=LEASE)
        stopped = ["&", ("state", "=", "running"), "|", ("noted_at", "=", False), ("noted_at", "<", latest)]
        return self.sudo().search([*domain, "|", ("state", "=", "waiting"), *stopped], order="id")  # sudo: as below

    @api.model
    def _new(self, kind):
        return self.sudo().create({"kind": kind})  # sudo: rows nobody writes

    # -- examined --------------------------------------------------------------------------

    def _run(self, progress=None):
        """Examine, or go on; with ``progress`` of a scheduled action what was done so far is kept after each batch.

        :return: the findings, or None when time was over before the end
        """
        self.ensure_one()
        began = time.monotonic()
        examiner, start = self._examiner()
        self.env.cr.execute("SELECT coalesce(max(id), 0) FROM finance_audit_seal")
        [last] = self.env.cr.fetchone()
        self.write(
            {
                "state": "running",
                "started_at": self.started_at or fields.Datetime.now(),
                "noted_at": fields.Datetime.now(),
                "total": max(last - start, 0),
            }
        )
        heads = Following(self._heads(examiner.last))
        heads.take(examiner, examiner.seq)
        for row in self.env["finance.audit.reader"]._rows(examiner.seq, last):
            examiner.take(row)
            heads.take(examiner, row.seq)
            if progress is not None and row.seq % NOTE_EVERY == 0:
                self._note(examiner, start, time.monotonic() - began)
                began = time.monotonic()
                if not progress._commit_progress(NOTE_EVERY, remaining=max(last - row.seq, 1)):
                    self.noted_at = False
                    return None
        heads.take(examiner, None)
        self.problem = "\n".join(self.env["finance.audit.surroundings"]._look(examiner))
        count, findings = examiner.seq - start, examiner.end()
        self._conclude(examiner, findings, count, self.seconds + time.monotonic() - began)
        return findings

    def _note(self, examiner, start, seconds):
        """Keep what is known so far, so that it goes on from here after whatever happens to this process."""
        key, _name = self.env["finance.audit.key"]._current(keys.ROW)
        text = frozen(examiner, start)
        self.write(
            {
                "row_count": examiner.seq - start,
                "seconds": self.seconds + seconds,
                "noted_at": fields.Datetime.now(),
                "state_text": text,
                "state_mac": self._state_mac(key, text) if key else False,
            }
        )

    def _state_mac(self, key, text):
        return keys.mac(key, f"{self._name}/{self.id}\n{text}".encode()).hex()

    def _thawed(self, secret, publics):
        """:return: (the examiner as it was noted, its begin), or nothing where that was not noted by this server"""
        key, _name = self.env["finance.audit.key"]._current(keys.ROW)
        text, kept = self.state_text, self.state_mac
        if not key or not text or not hmac.compare_digest(self._state_mac(key, text), kept or ""):
            return None

        def row_at(seq):
            return next(self.env["finance.audit.reader"]._rows(seq - 1, seq), None)

        return thawed(text, secret, publics, row_at)

    def _examiner(self):
        """:return: (examiner, place where it began): as it was noted, from the first entry, or after the last proof"""
        secret, publics = self.env["finance.audit.key"]._all()
        if known := self._thawed(secret, publics):
            return known
        examiner = examine.Examiner(secret, publics)
        if self.kind == "recent":
            before = self.search([("state", "=", "proved"), ("checkpoint_number", ">", 0)], limit=1)
            checkpoints = self.env["finance.audit.checkpoint"]
            checkpoint = checkpoints.search([("number", "=", before.checkpoint_number)], limit=1)
            if checkpoint:
                head, tree = parse(checkpoint.note), checkpoint._tree()
                if checkpoint._signed().is_by(publics, head.key) and tree.root() == head.root:  # public: published
                    examiner = examine.Examiner(secret, publics, tree=tree, chain=head.chain, last=head)
        return examiner, examiner.seq

    def _heads(self, last):
        """Yield (size, signed head) of each checkpoint after this one."""
        number = last.number if last else 0
        checkpoints = self.env["finance.audit.checkpoint"]
        while page := checkpoints.search([("number", ">", number)], order="number", limit=HEADS):
            for checkpoint in page:
                yield size_of(checkpoint.note or "", checkpoint.size), checkpoint._signed()
            number = page[-1].number
            page.invalidate_recordset()

    def _conclude(self, examiner, findings, count, seconds):
        self.env["finance.audit.finding"].create(
            [{"verification_id": self.id, "kind": one.kind, "seq": one.seq, "detail": one.detail} for one in findings]
        )
        self.write(
            {
                "state": "broken" if findings else "proved",
                "ended_at": fields.Datetime.now(),
                "seconds": seconds,
                "row_count": count,
                "unprotected_count": examiner.unprotected,
                "checkpoint_number": examiner.last.number if examiner.last else 0,
                "finding_count": examiner.count,
                "noted_at": fields.Datetime.now(),
                "state_text": False,
                "state_mac": False,
            }
        )
        if findings and not self._was_known(findings[0]):
            self._tell(findings[0])

    def _was_known(self, first):
        """Say whether the verification before found the same at first."""
        before = self.search([("id", "<", self.id), ("state", "in", ("proved", "broken"))], limit=1)
        found = before.finding_ids.sorted("id")[:1]
        return (found.kind, found.seq) == (first.kind, first.seq)

    def _tell(self, first):
        """A broken trail is an entry of the trail itself and an alert."""
        self.env["finance.audit"]._record(
            "audit.trail.broken", self, after={"kind": first.kind, "seq": first.seq, "detail": first.detail}
        )
        self.env["finance.alert"]._raise(
            "audit_trail_broken",
            self,
            klass="business",
            text=self.env._("The audit trail is broken at %(seq)s: %(what)s", seq=first.seq, what=first.detail),
            key=f"{first.kind}/{first.seq}",
        )
