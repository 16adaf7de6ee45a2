from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.safe import masking

from ..matching.lessons import confidence, is_sure, label_key, name_key
from ..matching.received import sanitized


class FinanceBankLesson(models.Model):
    """What people's decisions taught the engine; counted, visible, and revoked by a click.

    A lesson never reconciles by itself: who a party is adds to the score of an item that fits,
    and where a text was booked is proposed.
    """

    _name = "finance.bank.lesson"
    _description = "Lesson of Bank Matching"
    _order = "hits desc, id desc"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("account", "Account of the counterparty"),
            ("name", "Name of the counterparty"),
            ("label", "Text of the booking"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(readonly=True, required=True, groups="finance_connector_base.finance_group_operator")
    shown = fields.Char(string="Seen", compute="_compute_shown")
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    account_id = fields.Many2one("account.account", readonly=True, ondelete="cascade")
    hits = fields.Integer(string="Decisions for it", readonly=True)
    misses = fields.Integer(string="Decisions against it", readonly=True)
    last_on = fields.Datetime(string="Last decision", readonly=True)
    is_revoked = fields.Boolean(string="Revoked", readonly=True)
    certainty = fields.Selection(
        [("learning", "Learning"), ("sure", "Sure"), ("doubtful", "Contradicted"), ("revoked", "Revoked")],
        compute="_compute_certainty",
    )

    _one = models.UniqueIndex("(company_id, kind, key)")

    @api.depends("key", "kind")
    def _compute_shown(self):
        for lesson in self:
            key = lesson.sudo().key or ""  # sudo: the masked form is for every reader
            lesson.shown = masking.mask_account(key) if lesson.kind == "account" else key

    @api.depends("shown")
    def _compute_display_name(self):
        for lesson in self:
            lesson.display_name = lesson.shown

    @api.depends("hits", "misses", "is_revoked")
    def _compute_certainty(self):
        for lesson in self:
            if lesson.is_revoked:
                lesson.certainty = "revoked"
            elif is_sure(lesson.hits, lesson.misses):
                lesson.certainty = "sure"
            else:
                lesson.certainty = (
                    "doubtful" if lesson.misses and not confidence(lesson.hits, lesson.misses) else "learning"
                )

    @api.model
    def _is_any(self, company):
        """:return: whether anything was ever learned in this company"""
        # sudo: looked up by the engine for one company
        return bool(self.sudo().search_count([("company_id", "=", company.id)], limit=1))

    @api.model
    def _known(self, company, keys):
        """:param keys: set of (kind, key); :return: dict (kind, key) -> row"""
        if not keys:
            return {}
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT l.kind, l.key, l.id, l.partner_id, l.account_id, l.hits, l.misses
                  FROM finance_bank_lesson l
                  JOIN unnest(%s::text[], %s::text[]) AS w(kind, key) ON w.kind = l.kind AND w.key = l.key
                  LEFT JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.company_id = %s AND l.is_revoked IS NOT TRUE AND (p.id IS NULL OR p.active)
                """,
                [kind for kind, _key in keys],
                [key for _kind, key in keys],
                company.id,
            )
        )
        return {(row["kind"], row["key"]): row for row in self.env.cr.dictfetchall()}

    @api.model
    def _learn(self, entry, *, partner_id=None, account_id=None):
        """Count what a person decided about a booking.

        A different decision about the same thing counts against the lesson; when more speaks
        against it than for it, the new decision takes its place.
        """
        if entry.is_reversal or entry.return_code or entry.is_difference:
            return
        sign = 1 if entry.amount > 0 else -1
        taught = []
        if partner_id:
            taught = [("account", sanitized(entry.party_account)), ("name", name_key(entry.party_name))]
        if account_id:
            taught.append(("label", label_key(entry.remittance or entry.label, sign)))
        for kind, key in taught:
            if key:
                self._count(entry.company_id.id, kind, key, partner_id, account_id if kind == "label" else None)
        self.invalidate_model()

    @api.model
    def _count(self, company_id, kind, key, partner_id, account_id):
        # for a text the account is the lesson, otherwise the partner
        same = SQL(
            """
            (CASE WHEN l.kind = 'label' THEN l.account_id IS NOT DISTINCT FROM EXCLUDED.account_id
                  ELSE l.partner_id IS NOT DISTINCT FROM EXCLUDED.partner_id END)
            """
        )
        # one statement: two people at the same time both count
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_bank_lesson AS l
                       (company_id, kind, key, partner_id, account_id, hits, misses, last_on)
                VALUES (%(company)s, %(kind)s, %(key)s, %(partner)s, %(account)s, 1, 0, now() AT TIME ZONE 'UTC')
                ON CONFLICT (company_id, kind, key) DO UPDATE
                   SET hits = CASE WHEN %(same)s THEN l.hits + 1 WHEN l.misses + 1 > l.hits THEN 1 ELSE l.hits END,
                       misses = CASE WHEN %(same)s THEN l.misses
                                     WHEN l.misses + 1 > l.hits THEN 0 ELSE l.misses + 1 END,
                       partner_id = CASE WHEN %(same)s OR l.misses + 1 <= l.hits
                                         THEN l.partner_id ELSE EXCLUDED.partner_id END,
                       account_id = CASE WHEN %(same)s OR l.misses + 1 <= l.hits
                                         THEN l.account_id ELSE EXCLUDED.account_id END,
                       last_on = EXCLUDED.last_on
                """,
                company=company_id,
                kind=kind,
                key=key,
                partner=partner_id,
                account=account_id,
                same=same,
            )
        )

    @api.model
    def _doubt(self, entry):
        """A decision about this booking was taken back: what it taught counts once against."""
        keys = [
            ("account", sanitized(entry.party_account)),
            ("name", name_key(entry.party_name)),
            ("label", label_key(entry.remittance or entry.label, 1 if entry.amount > 0 else -1)),
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_lesson l SET misses = l.misses + 1
                  FROM unnest(%s::text[], %s::text[]) AS w(kind, key)
                 WHERE l.company_id = %s AND l.kind = w.kind AND l.key = w.key
                """,
                [kind for kind, key in keys if key],
                [key for _kind, key in keys if key],
                entry.company_id.id,
            )
        )
        self.invalidate_model()

    def action_revoke(self):
        """Forget it: it is not used any more, whatever is decided later."""
        self._set_revoked(True)

    def action_restore(self):
        """Use it again."""
        self._set_revoked(False)

    def _set_revoked(self, is_revoked):
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        self.sudo().is_revoked = is_revoked  # sudo: written by nobody by hand; whoever sees it as accountant may revoke
        for lesson in self:
            self.env["finance.audit"]._record(
                "bank.lesson.revoked" if is_revoked else "bank.lesson.restored", lesson, after={"kind": lesson.kind}
            )

    def action_make_rule(self):
        """Open a new rule that says what the lesson learned."""
        self.ensure_one()
        self.check_access("read")
        words = (self.shown or "").removeprefix("+ ").removeprefix("- ")
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.bank.rule",
            "view_mode": "form",
            "target": "current",
            "context": {
                "default_name": words[:60],
                "default_company_id": self.company_id.id,
                "default_label_mode": "words",
                "default_label": words if self.kind != "account" else False,
                "default_account_id": self.account_id.id,
                "default_partner_id": self.partner_id.id,
                "default_direction": {"+": "in", "-": "out"}.get((self.shown or " ")[0], "both")
                if self.kind == "label"
                else "both",
            },
        }
