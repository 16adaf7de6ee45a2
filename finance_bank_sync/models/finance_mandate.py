import re
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..payments import mandates
from ..payments.identifiers import is_iban

#: what a file can tell: EPC217-08 without a slash at either end and without two of them together
_REFERENCE = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9+?/:().,'-][A-Za-z0-9+?/:().,' -]{0,34}(?<![/ ])")

#: written by the private methods of this model alone
BOUND = frozenset(("state", "ended_on", "told", "last_presented_on", "is_confirmed", "confirmed_on"))
#: what the debtor signed: another one is another mandate
SIGNED = frozenset(("company_id", "partner_id", "scheme", "kind", "signed_on", "last_before"))
#: may change while the mandate lives, and is told to the bank with the next collection
AMENDED = ("reference", "partner_bank_id")
LIVING = ("active", "suspended")


class FinanceMandate(models.Model):
    """What a debtor has signed so that we may collect from the account: SEPA CORE or B2B (K-16).

    A mandate is never deleted once it was in force. What happened to it is written to its history, which nobody
    changes; what a collection by it says (first, recurrent ...) is a function of that history.
    """

    _name = "finance.mandate"
    _description = "Direct Debit Mandate"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reference"
    _check_company_auto = True
    _allow_sudo_commands = False

    reference = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        index="trigram",
        default=lambda self: self.env["ir.sequence"].next_by_code("finance.mandate"),
        help="The number that is printed on the mandate; once only for one creditor identifier.",
    )
    company_id = fields.Many2one(
        "res.company", string="Creditor", required=True, default=lambda self: self.env.company, index=True
    )
    creditor_identifier = fields.Char(related="company_id.finance_creditor_identifier", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Debtor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Debtor's company", store=True, index=True
    )
    partner_bank_id = fields.Many2one(
        "res.partner.bank",
        string="Debtor's account",
        required=True,
        ondelete="restrict",
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id)]",
        tracking=True,
    )
    scheme = fields.Selection(
        [("CORE", "CORE"), ("B2B", "B2B")],
        required=True,
        default="CORE",
        tracking=True,
        help="CORE: for everybody, with refund within eight weeks. B2B: between companies, without refund.",
    )
    kind = fields.Selection(
        [("recurrent", "Recurrent"), ("once", "One collection")], required=True, default="recurrent", tracking=True
    )
    signed_on = fields.Date(string="Signed", tracking=True)
    document = fields.Binary(string="Signed paper", attachment=True, copy=False)
    document_name = fields.Char(copy=False)
    has_document = fields.Boolean(string="Paper", compute="_compute_has_document", search="_search_has_document")
    notice_days = fields.Integer(
        string="Agreed notice",
        help="Days between announcement and collection that were agreed with the debtor; nothing: as the company does.",
        tracking=True,
    )
    is_ending = fields.Boolean(
        string="Next one is the last", copy=False, help="The next collection tells the bank that it is the last."
    )
    last_before = fields.Date(
        string="Collected elsewhere until",
        copy=False,
        help="Day of the last collection that another system made by this mandate.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("cancelled", "Cancelled"),
            ("expired", "Expired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    is_confirmed = fields.Boolean(
        string="Confirmed by the debtor's bank", readonly=True, copy=False, help="B2B: without it no bank pays."
    )
    confirmed_on = fields.Date(string="Confirmed", readonly=True, copy=False)
    ended_on = fields.Date(string="Ended", readonly=True, copy=False)
    last_presented_on = fields.Date(string="Last collection", readonly=True, copy=False)
    expires_on = fields.Date(
        compute="_compute_expires_on", store=True, string="Expires", help="36 months after the last collection."
    )
    # what the bank was told last before this suite collected, when that has changed since
    told = fields.Json(readonly=True, copy=False, groups="base.group_system")
    event_ids = fields.One2many("finance.mandate.event", "mandate_id", string="History", readonly=True, copy=False)
    line_ids = fields.One2many("finance.payment.line", "mandate_id", string="Collections", readonly=True, copy=False)
    line_count = fields.Integer(compute="_compute_line_count")

    # the case of letters does not tell mandates apart (EPC rulebook, AT-01)
    _reference_once = models.UniqueIndex(
        "(COALESCE(creditor_identifier, company_id::text), upper(reference))",
        "This reference is used already: one reference is one mandate of a creditor.",
    )
    _notice_not_negative = models.Constraint("CHECK (notice_days >= 0)", "A notice is not given afterwards.")

    # -- compute and search ---------------------------------------------------------------

    @api.depends("signed_on", "last_presented_on", "last_before")
    def _compute_expires_on(self):
        for mandate in self:
            mandate.expires_on = mandate.signed_on and mandates.expires_on(mandate._terms(), mandate._presented())

    @api.depends("document")
    def _compute_has_document(self):
        found = set(self.search([("id", "in", self.ids), ("has_document", "=", True)]).ids)
        for mandate in self:
            mandate.has_document = mandate.id in found

    @api.model
    def _search_has_document(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: attachments of a field are seen by who sees the record; whether there is one is all that is told
        attached = (
            self.env["ir.attachment"]
            .sudo()
            ._search([("res_model", "=", self._name), ("res_field", "=", "document")])
            .subselect("res_id")
        )
        return [("id", "in" if True in value else "not in", attached)] if len(set(value)) == 1 else []

    @api.depends("line_ids")
    def _compute_line_count(self):
        # sudo: how many there are; whoever reads the books opens a mandate, and sees payments as their roles say
        lines = self.env["finance.payment.line"].sudo()
        found = dict(lines._read_group([("mandate_id", "in", self.ids)], ["mandate_id"], ["__count"]))
        for mandate in self:
            mandate.line_count = found.get(mandate.sudo(), 0)

    # -- what is right --------------------------------------------------------------------

    @api.constrains("reference")
    def _check_reference(self):
        for mandate in self:
            if not _REFERENCE.fullmatch(mandate.reference):
                raise ValidationError(
                    self.env._(
                        "%(reference)s is no reference that banks take: at most 35 Latin letters, digits, blanks "
                        "and + ? / : ( ) . , ' -, no slash at the ends, no two slashes.",
                        reference=mandate.reference,
                    )
                )

    @api.constrains("partner_id", "partner_bank_id")
    def _check_account(self):
        for mandate in self:
            account = mandate.partner_bank_id
            if account.partner_id.commercial_partner_id != mandate.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The account of mandate %(reference)s is not one of %(debtor)s.",
                        reference=mandate.reference,
                        debtor=mandate.partner_id.display_name,
                    )
                )
            if not is_iban(account.sanitized_acc_number or ""):
                raise ValidationError(
                    self.env._(
                        "The account of mandate %(reference)s has no valid IBAN: direct debits need one.",
                        reference=mandate.reference,
                    )
                )

    @api.constrains("scheme", "partner_id")
    def _check_scheme(self):
        for mandate in self:
            if mandate.scheme == "B2B" and not mandate.commercial_partner_id.is_company:
                raise ValidationError(
                    self.env._(
                        "%(debtor)s is a person: B2B is for companies, take a CORE mandate.",
                        debtor=mandate.partner_id.display_name,
                    )
                )

    @api.constrains("signed_on")
    def _check_signed(self):
        today = fields.Date.context_today(self)
        for mandate in self:
            if mandate.signed_on and mandate.signed_on > today:
                raise ValidationError(self.env._("A mandate cannot have been signed after today."))
            if not mandate.signed_on and mandate.state in LIVING:
                raise ValidationError(self.env._("Tell when mandate %s was signed.", mandate.reference))

    # -- create, write, unlink ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: nobody brings a mandate into force by writing its state, also not by a default in the context."""
        if not self.env.su:
            for vals in vals_list:
                self._refuse_bound(vals)
                # what people cannot see (``told``) Odoo refuses by itself
                vals.update(state="draft", **dict.fromkeys(BOUND - {"state", "told"}, False))
        return super().create(vals_list)

    def write(self, vals):
        """EXTENDS: what was signed stays as it is; what may change is written to the history."""
        if self.env.su:
            return super().write(vals)
        self._refuse_bound(vals)
        living = self.filtered(lambda mandate: mandate.state != "draft")
        if living and (changed := SIGNED & vals.keys()):
            changed = {name for name in changed if any(self._differs(mandate, name, vals[name]) for mandate in living)}
            if changed:
                raise UserError(
                    self.env._(
                        "%(fields)s of mandate %(reference)s were signed: cancel it and make a new one.",
                        fields=", ".join(sorted(self._fields[name].string for name in changed)),
                        reference=living[:1].reference,
                    )
                )
        over = living.filtered(lambda mandate: mandate.state not in LIVING)
        if over and not vals.keys() <= {"document", "document_name"} and not self._is_of_mail(vals):
            raise UserError(self.env._("Mandate %s is over: nothing of it changes any more.", over[:1].reference))
        before = {mandate: mandate._identity() for mandate in living & self if set(AMENDED) & vals.keys()}
        result = super().write(vals)
        for mandate, identity in before.items():
            mandate._amended(identity)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(mandate.state != "draft" for mandate in self):
            raise UserError(self.env._("A mandate that was in force is kept: cancel it instead."))

    def _refuse_bound(self, vals):
        if BOUND & vals.keys():
            raise AccessError(
                self.env._("The state of a mandate follows from what is done with it: use its buttons, not a value.")
            )

    @api.model
    def _is_of_mail(self, vals):
        return all(name.startswith(("message_", "activity_")) for name in vals)

    @api.model
    def _differs(self, mandate, name, value):
        field = self._fields[name]
        return field.convert_to_record(field.convert_to_cache(value, mandate), mandate) != mandate[name]

    # -- as the rules need it -------------------------------------------------------------

    def _terms(self):
        """:return: the mandate as ``payments.mandates`` needs it"""
        self.ensure_one()
        return mandates.Terms(
            signed_on=self.signed_on or date.max,
            kind=self.scheme,
            is_once=self.kind == "once",
            ended_on=self.ended_on or None,
            needs_first=self.company_id.finance_debit_needs_first,
            is_confirmed=self.is_confirmed,
        )

    @api.model
    def _refusal(self, error):
        """:return: why a collection is not allowed (:class:`..payments.mandates.MandateError`), for whoever reads it"""
        day = format_date(self.env, error.day) if error.day else ""
        words = {
            "mandate_not_signed": self.env._("The mandate was signed on %s, after the collection", day),
            "mandate_ended": self.env._("The mandate ended on %s: ask for a new one", day),
            "mandate_finished": self.env._("The last collection was made: ask for a new mandate"),
            "mandate_expired": self.env._("The mandate expired on %s: ask for a new one", day),
            "mandate_unconfirmed": self.env._("The debtor's bank has not confirmed the B2B mandate yet"),
            "mandate_used": self.env._("The mandate is for one collection, which was made"),
        }
        return words.get(error.code, str(error))

    def _identity(self):
        """:return: what the bank is told about the mandate now"""
        self.ensure_one()
        return mandates.Identity(
            mandate=self.reference,
            creditor_name=self.company_id.name,
            creditor_id=self.company_id.finance_creditor_identifier or "",
            iban=self.partner_bank_id.sanitized_acc_number or "",
        )

    def _presented(self):
        """:return: the last collections, enough to know when the mandate expires"""
        self.ensure_one()
        days = [day for day in (self.last_before, self.last_presented_on) if day]
        return [mandates.Collected(due=day, sequence=mandates.RECURRENT) for day in days]
