from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .finance_access_graph import GRANTING

_KEPT = """
CREATE OR REPLACE FUNCTION finance_access_line_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM finance_access_review WHERE id = OLD.review_id AND state = 'closed') THEN
        RAISE EXCEPTION 'A closed access review is evidence: it is kept as it was decided'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""


class FinanceAccessReviewLine(models.Model):
    """One thing that somebody has, or one pair of duties that one human could do, and what the reviewer said."""

    _name = "finance.access.review.line"
    _description = "Line of an Access Review"
    _order = "review_id desc, kind desc, who, id"
    _rec_name = "what"
    _allow_sudo_commands = False

    review_id = fields.Many2one("finance.access.review", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(related="review_id.state", string="State of the review")
    kind = fields.Selection(
        [("access", "Has a role"), ("conflict", "Conflict of duties")], required=True, readonly=True
    )
    user_ids = fields.Many2many("res.users", string="Logins", readonly=True)
    who = fields.Char(string="Person", required=True, readonly=True)
    what = fields.Char(required=True, readonly=True)
    group_id = fields.Many2one("res.groups", readonly=True, ondelete="set null")
    conflict_id = fields.Many2one("finance.duty.conflict", readonly=True, ondelete="set null")
    risk = fields.Text(readonly=True)
    strength = fields.Selection(
        [
            ("login", "One login can do both"),
            ("logins", "One person with several logins"),
            ("program", "A person and a program of the person"),
            ("grant", "Could give it to oneself"),
            ("record", "Kept apart record by record"),
        ],
        readonly=True,
        string="How",
    )
    way_count = fields.Integer(string="Number of ways", readonly=True)
    ways = fields.Text(readonly=True, help="Each way by which the person comes to it.")
    decision = fields.Selection([("confirmed", "Confirmed"), ("revoked", "Revoked")], readonly=True)
    reason = fields.Text(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    is_still_there = fields.Boolean(compute="_compute_is_still_there", string="Still there")

    def init(self):
        self.env.cr.execute(_KEPT)
        self.env.cr.execute(
            "CREATE OR REPLACE TRIGGER finance_access_line_kept BEFORE UPDATE OR DELETE ON finance_access_review_line"
            " FOR EACH ROW EXECUTE FUNCTION finance_access_line_kept()"
        )

    def _compute_is_still_there(self):
        current = {}
        if self.filtered(lambda line: line.kind == "conflict"):
            graph = self.env["finance.access.graph"]
            for found in graph._findings(graph._read()):
                current.setdefault(found.conflict, set()).update(found.logins)
        for line in self:
            # sudo: what somebody has, for whoever may read the review
            users = line.sudo().user_ids.filtered("active")
            if line.kind == "access":
                line.is_still_there = line.group_id in users.all_group_ids
            else:
                line.is_still_there = bool(current.get(line.conflict_id.code, set()) & set(users.ids))

    # -- what there is -------------------------------------------------------------------------

    @api.model
    def _snapshot(self, review):
        graph = self.env["finance.access.graph"]._read()
        rows = self._access_rows(review, graph) + self._conflict_rows(review, graph)
        return self.create(rows)

    @api.model
    def _access_rows(self, review, graph):
        words = self.env["finance.access.graph"]
        rows = []
        for login in graph.logins.values():
            if review.company_id.id not in login.companies:
                continue
            for group, name in words._roles().items():
                chains = [chain for given in sorted(login.groups) for chain in graph.chains(given, group)]
                if chains:
                    rows.append(
                        {
                            "review_id": review.id,
                            "company_id": review.company_id.id,
                            "kind": "access",
                            "user_ids": [login.number],
                            "who": login.name,
                            "what": name,
                            "group_id": group,
                            "way_count": len(chains),
                            "ways": "\n".join(self._chain_words(chain) for chain in chains),
                        }
                    )
        return rows

    @api.model
    def _chain_words(self, chain):
        names = {group.id: group.name for group in self.env["res.groups"].browse(chain)}
        return " → ".join(names[group] for group in chain)

    @api.model
    def _conflict_rows(self, review, graph):
        words = self.env["finance.access.graph"]
        by_code = self.env["finance.duty.conflict"].search([("active", "=", True)]).grouped("code")
        rows = []
        for found in words._findings(graph):
            if review.company_id.id not in found.companies:
                continue
            conflict = by_code[found.conflict]
            sides = ((conflict.one_id, found.one), (conflict.other_id, found.other))
            ways = [
                f"{duty.name}:\n" + "\n".join(f"  {words._words(graph, way)}" for way in ways) for duty, ways in sides
            ]
            apart = found.kind == "login" and conflict.control == "record"
            rows.append(
                {
                    "review_id": review.id,
                    "company_id": review.company_id.id,
                    "kind": "conflict",
                    "user_ids": list(found.logins),
                    "who": ", ".join(sorted({graph.logins[number].name for number in found.logins})),
                    "what": conflict.name,
                    "conflict_id": conflict.id,
                    "risk": conflict.risk,
                    "strength": "record" if apart else found.kind,
                    "way_count": len(found.one) * len(found.other),
                    "ways": "\n".join(ways),
                }
            )
        return rows

    # -- decide --------------------------------------------------------------------------------

    def action_decide(self):
        """Open the dialog that confirms or revokes these lines."""
        self.review_id._check_reviewers()
        self.check_access("read")
        self._check_open()
        return self.review_id[:1]._dialog(
            "finance.access.review.decide", self.env._("Confirm or revoke"), default_line_ids=self.ids
        )

    def _check_open(self):
        if self.review_id.filtered(lambda review: review.state != "open" or review.reviewer_id != self.env.user):
            raise UserError(self.env._("Lines are decided by the reviewer, while the review is open."))

    def _decide(self, decision, reason):
        """Note what the reviewer says; nobody decides what is the own."""
        self.review_id._check_reviewers()
        self._check_open()
        if decision not in ("confirmed", "revoked") or not (reason or "").strip():
            raise UserError(self.env._("Choose, and give the reason."))
        graph = self.env["finance.access.graph"]
        mine = graph._identities(self.env.user.sudo())  # sudo: who the reviewer is
        for line in self:
            people = line.sudo().user_ids  # sudo: who the person is
            if any(mine & graph._identities(user) for user in people):
                raise AccessError(self.env._("%s: what is your own, another reviewer decides.", line.what))
            before = line.decision or ""
            line.sudo().write(  # sudo: written here alone, the reviewer was checked
                {
                    "decision": decision,
                    "reason": reason.strip(),
                    "decided_by_id": self.env.uid,
                    "decided_at": self.env.cr.now(),
                }
            )
            self.env["finance.audit"]._record(
                f"access_review.{decision}",
                line,
                reason=reason.strip(),
                before={"decision": before},
                after={"decision": decision, "logins": people.mapped("login"), "what": line.what},
            )
        revoked = self.filtered(lambda line: line.decision == "revoked")
        if revoked:
            self._ask_for_removal(revoked)

    def _ask_for_removal(self, revoked):
        """Whoever may change rights does it: a reviewer changes nothing of what is reviewed."""
        granting = self.env["finance.access.graph"]._ids_of(GRANTING)
        # sudo: who administers access rights
        keepers = self.env["res.users"].sudo().search([("all_group_ids", "in", list(granting))])
        for review, lines in revoked.grouped("review_id").items():
            keeper = (keepers - self.env.user).filtered(
                lambda user, review=review: review.company_id in user.company_ids
            )
            text = "; ".join(f"{line.who}: {line.what}" for line in lines)
            review.sudo().activity_schedule(  # sudo: a task of another person
                "mail.mail_activity_data_todo",
                user_id=(keeper or self.env.user)[0].id,
                summary=self.env._("Remove what the review revoked"),
                note=text,
            )

    def _told(self):
        """:return: what the digest of the review is over"""
        self.ensure_one()
        return [
            *(
                self[name] or ""
                for name in ("kind", "who", "what", "strength", "way_count", "ways", "decision", "reason")
            ),
            self.user_ids.sorted("id").mapped("login"),
            self.decided_by_id.login or "",
            str(self.decided_at or ""),
        ]

    def _row(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env)) for name in ("kind", "strength", "decision")
        }
        return [
            labels["kind"][self.kind],
            self.who,
            ", ".join(self.user_ids.mapped("login")),
            self.what,
            labels["strength"].get(self.strength, ""),
            self.ways,
            self.risk or "",
            labels["decision"].get(self.decision, ""),
            self.reason or "",
            self.decided_by_id.name or "",
        ]
