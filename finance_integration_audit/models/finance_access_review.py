import hashlib
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.spreadsheet import write_xlsx

from ..const import ADMIN, AUDITOR

#: whoever may read, take and decide reviews
REVIEWERS = (ADMIN, AUDITOR)
#: how long a group may still be there after it was revoked
GRACE = timedelta(days=7)

_KEPT = """
CREATE OR REPLACE FUNCTION finance_access_review_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed'
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'reminded_on' <> to_jsonb(OLD) - 'reminded_on')
    THEN
        RAISE EXCEPTION 'A closed access review is evidence: it is kept as it was decided'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


class FinanceAccessReview(models.Model):
    """Who has what in a company at one moment, each line confirmed or revoked by a reviewer (A-14).

    Until it is started it is a report: the list of who could do what two should. Closed, it is kept as it is, by the
    database, too, and its digest goes to the trail.
    """

    _name = "finance.access.review"
    _description = "Access Review"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(
        [("taken", "Report"), ("open", "Under review"), ("closed", "Closed")],
        default="taken",
        required=True,
        readonly=True,
        tracking=True,
    )
    taken_at = fields.Datetime(string="Taken", required=True, readonly=True)
    taken_by_id = fields.Many2one("res.users", string="Taken by", required=True, readonly=True)
    reviewer_id = fields.Many2one("res.users", readonly=True, tracking=True)
    due_date = fields.Date(string="Due", readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    digest = fields.Char(string="SHA-256 of the result", readonly=True)
    reminded_on = fields.Date(readonly=True)
    line_ids = fields.One2many("finance.access.review.line", "review_id", readonly=True)
    conflict_ids = fields.One2many(
        "finance.access.review.line", "review_id", readonly=True, domain=[("kind", "=", "conflict")]
    )
    role_ids = fields.One2many(
        "finance.access.review.line", "review_id", readonly=True, domain=[("kind", "!=", "conflict")]
    )
    conflict_count = fields.Integer(compute="_compute_counts", string="Conflicts")
    undecided_count = fields.Integer(compute="_compute_counts", string="Undecided")
    revoked_count = fields.Integer(compute="_compute_counts", string="Revoked")
    pending_count = fields.Integer(compute="_compute_counts", string="Revoked, still there")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", string="Overdue")

    def init(self):
        self.env.cr.execute(_KEPT)
        self.env.cr.execute(
            "CREATE OR REPLACE TRIGGER finance_access_review_kept BEFORE UPDATE OR DELETE ON finance_access_review"
            " FOR EACH ROW EXECUTE FUNCTION finance_access_review_kept()"
        )

    @api.depends("line_ids.decision")
    def _compute_counts(self):
        for review in self:
            lines = review.line_ids
            review.conflict_count = len(lines.filtered(lambda line: line.kind == "conflict"))
            review.undecided_count = len(lines.filtered(lambda line: not line.decision))
            revoked = lines.filtered(lambda line: line.decision == "revoked")
            review.revoked_count = len(revoked)
            review.pending_count = len(revoked.filtered("is_still_there"))

    @api.depends("due_date", "state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for review in self:
            review.is_overdue = review.state == "open" and bool(review.due_date) and review.due_date < today

    # -- take ----------------------------------------------------------------------------------

    @api.model
    def _take(self, company):
        """Write down who has what in a company now."""
        self.env["finance.message"]._check_role(*REVIEWERS)
        if company not in self.env.companies:
            raise AccessError(self.env._("Reviews are about companies that you have chosen."))
        now = self.env.cr.now()
        review = self.sudo().create(  # sudo: written here alone, the role was checked
            {
                "name": self.env._("%(company)s, %(day)s", company=company.name, day=fields.Date.context_today(self)),
                "company_id": company.id,
                "taken_at": now,
                "taken_by_id": self.env.uid,
            }
        )
        self.env["finance.access.review.line"].sudo()._snapshot(review)  # sudo: as above
        self.env["finance.audit"]._record(
            "access_review.taken", review, after={"lines": len(review.line_ids), "conflicts": review.conflict_count}
        )
        return review.sudo(False)

    # -- review --------------------------------------------------------------------------------

    def _start(self, reviewer, due_date):
        self.ensure_one()
        self._check_reviewers()
        if self.state != "taken":
            raise UserError(self.env._("This review was started already."))
        companies = reviewer.sudo().company_ids  # sudo: the reviewer may have companies that the starter has not
        if not any(reviewer.has_group(group) for group in REVIEWERS) or self.company_id not in companies:
            raise UserError(self.env._("A reviewer is an auditor or an administrator of connectors of this company."))
        review = self.sudo()  # sudo: written here alone, the role was checked
        review.write({"state": "open", "reviewer_id": reviewer.id, "due_date": due_date})
        review.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=due_date,
            user_id=reviewer.id,
            summary=self.env._("Confirm or revoke who has what: %s", self.name),
        )
        self.env["finance.audit"]._record(
            "access_review.started", self, after={"reviewer": reviewer.login, "due": str(due_date)}
        )

    def _check_reviewers(self):
        self.env["finance.message"]._check_role(*REVIEWERS)
        self.check_access("read")

    def action_start(self):
        """Open the dialog that names a reviewer."""
        self.ensure_one()
        self._check_reviewers()
        return self._dialog("finance.access.review.start", self.env._("Start the review"), default_review_id=self.id)

    def _dialog(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def action_close(self):
        """Finish the review: every line is decided, and the result is kept as it is."""
        self.ensure_one()
        self._check_reviewers()
        if self.state != "open" or self.env.user != self.reviewer_id:
            raise UserError(self.env._("The reviewer closes a review that is open."))
        if self.undecided_count:
            raise UserError(self.env._("Lines that nobody has decided: %s.", self.undecided_count))
        review = self.sudo()  # sudo: written here alone, the reviewer was checked
        review.activity_ids.action_feedback()
        digest = review._digest()
        review.write({"state": "closed", "closed_at": self.env.cr.now(), "digest": digest})
        self.env["finance.audit"]._record(
            "access_review.closed",
            self,
            after={"digest": digest, "lines": len(review.line_ids), "revoked": review.revoked_count},
        )
        return True

    def _digest(self):
        rows = [line._told() for line in self.line_ids.sorted("id")]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def action_view_lines(self):
        """Open the lines as a list that can be grouped and searched."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_integration_audit.finance_access_line_action")
        return {**action, "domain": [("review_id", "=", self.id)], "name": self.name}

    def action_export(self):
        """Download the lines as a spreadsheet."""
        self.ensure_one()
        self._check_reviewers()
        header = ["Kind", "Person", "Logins", "What", "Strength", "Ways", "Risk", "Decision", "Reason", "Decided by"]
        rows = [line._row() for line in self.line_ids]
        self.env["finance.audit"]._record("access_review.exported", self, after={"lines": len(rows)})
        attachment = self.env["ir.attachment"].create(
            {"name": f"{self.name}.xlsx", "raw": write_xlsx("Access", header, rows)}
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    # -- time ----------------------------------------------------------------------------------

    @api.model
    def _remind(self):
        """Tell of reviews that are overdue, and of what was revoked and is there a week later."""
        today = fields.Date.context_today(self)
        reviews = self.search(
            [("state", "in", ["open", "closed"]), "|", ("reminded_on", "=", False), ("reminded_on", "<", today)]
        )
        alerts = self.env["finance.alert"]
        for review in reviews.filtered("is_overdue"):
            text = self.env._("The access review %s is overdue.", review.name)
            alerts._raise("review_overdue", review, klass="business", text=text)
            review.message_post(body=text, partner_ids=review.reviewer_id.partner_id.ids)
            review.reminded_on = today
        since = self.env.cr.now() - GRACE
        for review in reviews.filtered(lambda one: one.state == "closed" and one.closed_at < since):
            if review.pending_count:
                text = self.env._("Access that was revoked in %s is still there.", review.name)
                alerts._raise("review_revoked_stays", review, klass="business", text=text)
                review.reminded_on = today

    @api.ondelete(at_uninstall=False)
    def _unlink_reports_only(self):
        if self.filtered(lambda review: review.state != "taken"):
            raise UserError(self.env._("A review that was started is kept."))
