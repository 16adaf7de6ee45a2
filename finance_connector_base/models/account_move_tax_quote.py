from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..canonical import CanonicalError, parse_document
from ..engine.errors import FinanceError, MalformedError, RejectedError, TransientError
from ..engine.work import current_work

#: entries on which we owe tax for what we sell
QUOTED = ("out_invoice", "out_receipt")


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    tax_quote = fields.Boolean(
        string="Required to post invoices",
        tracking=True,
        help="Customer invoices of the company are posted with the tax that this system quotes, or not at all.",
    )

    @api.model
    def _portable_fields(self):
        return [*super()._portable_fields(), "tax_quote"]

    @api.model
    def _inert_fields(self):
        return super()._inert_fields() | {"tax_quote"}

    def write(self, vals):
        if "tax_quote" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    @ormcache("company_id")
    def _quoting_tax(self, company_id):
        """:return: ids of the flows whose quote an invoice of a company needs"""
        # sudo: whoever posts need not be allowed to read flows
        flows = self.sudo().search(
            [
                ("handler", "=", "finance.handler.definition.send"),
                ("tax_quote", "=", True),
                ("company_id", "=", company_id),
            ]
        )
        return tuple(flows.ids)

    def _why_no_quote(self):
        """:return: why the system must not be asked now, or None"""
        self.ensure_one()
        connection = self.connection_id
        if self.env["finance.stop"]._covers(self.id, connection.id, self.company_id.id):
            return self.env._("An emergency stop covers it.")
        if connection.state != "active":
            return self.env._("Its connection is not active.")
        if self.paused:
            return self.env._("The flow %s is paused.", self.name)
        return None


class AccountMove(models.Model):
    """A customer invoice is posted with the tax that the tax engine quotes, or stays a draft (S-10).

    The quote is asked for while somebody waits, before the invoice takes a number. It records nothing at the engine,
    so it does not matter when what follows is rolled back.
    """

    _inherit = "account.move"

    def _post(self, soft=True):
        # loaded below the processes: what they hold is not asked about
        flows = self.env["finance.flow"].sudo()  # sudo: whoever posts need not be allowed to read flows
        today = fields.Date.context_today(self)
        for move in self:
            if move.move_type not in QUOTED or move.state != "draft" or (soft and move.date > today):
                continue
            for flow in flows.browse(flows._quoting_tax(move.company_id.id)).exists():
                move._require_tax_quote(flow)
        return super()._post(soft)

    def _require_tax_quote(self, flow):
        """Compare the tax of a draft with what the engine says of it.

        :raise UserError: it is not the same, or the engine does not say anything
        :raise FinanceError: instead, where a message is worked: the queue knows what to do with it
        """
        self.ensure_one()
        if not self._quoted_lines():
            return
        try:
            quote = self._ask_tax_quote(flow)
        except FinanceError as error:
            detail = self.env._(
                "%(invoice)s is not posted: %(system)s has not quoted its tax. %(why)s Confirm it again when that is "
                "mended.",
                invoice=self.display_name,
                system=flow.connection_id.name,
                why=error.detail,
            )
            kind = TransientError if isinstance(error, TransientError) else RejectedError
            raise self._no_quote(kind(detail, reason="tax_quote_missing")) from error
        if difference := self._tax_difference(quote):
            detail = self.env._(
                "%(invoice)s is not posted: %(system)s comes to another tax. %(difference)s Correct the taxes of its "
                "lines, then confirm it again.",
                invoice=self.display_name,
                system=flow.connection_id.name,
                difference=difference,
            )
            raise self._no_quote(RejectedError(detail, reason="tax_quote_differs"))
        self._message_log(
            body=self.env._(
                "%(system)s quotes the same tax: %(tax)s.",
                system=flow.connection_id.name,
                tax=self.currency_id.format(self.amount_tax),
            )
        )

    @api.model
    def _no_quote(self, error):
        """:return: the error for the queue as it is, for a person one that the client shows"""
        return error if current_work.get() is not None else UserError(error.detail)

    def _ask_tax_quote(self, flow):
        """:return: a :class:`~..canonical.documents.TaxQuote`
        :raise FinanceError: there is none
        """
        if why := flow._why_no_quote():
            raise RejectedError(why)
        try:
            question = parse_document(self._tax_question()).to_dict()
        except CanonicalError as error:
            raise MalformedError(self.env._("The invoice cannot be asked about: %s.", error)) from error
        connection = flow.connection_id
        sent = connection._adapter()._send_document(
            connection, flow.definition_send, question, key=f"tax-quote-{self.id}"
        )
        if sent.differences:
            wrong = sent.differences[0]
            raise MalformedError(
                self.env._("%(name)s is %(answered)s in its answer.", name=wrong.name, answered=wrong.answered or "-")
            )
        if sent.reply is None or sent.reply.problem or sent.reply.object != "tax_quote":
            raise MalformedError(
                self.env._(
                    "Its description gives no quote here: %s.",
                    (sent.reply and sent.reply.problem) or flow.definition_send,
                )
            )
        return parse_document(sent.reply.data)

    # -- what is asked, and what is compared -------------------------------------------------------------

    def _quoted_lines(self):
        return self.invoice_line_ids.filtered(lambda line: line.display_type == "product")

    def _tax_question(self):
        """:return: the draft as a canonical customer invoice, without the tax that we think of"""
        self.ensure_one()
        move = self.sudo()  # sudo: who confirms it may confirm it; the customer's address belongs to it
        digits = move.currency_id.decimal_places
        goes_to = move.partner_shipping_id or move.partner_id
        return {
            "object": "customer_invoice",
            "external_id": f"move-{move.id}",
            "date": str(move.invoice_date or fields.Date.context_today(move)),
            "currency": move.currency_id.name,
            "reference": (move.ref or "").strip()[:128] or None,
            "partner": {
                "external_id": str(move.commercial_partner_id.id),
                "name": (move.commercial_partner_id.name or "")[:200] or None,
                "vat": move.commercial_partner_id.vat or None,
                "street": goes_to.street or None,
                "street2": goes_to.street2 or None,
                "zip": goes_to.zip or None,
                "city": goes_to.city or None,
                "country": goes_to.country_id.code or None,
            },
            "total": f"{move.amount_total:.{digits}f}",
            "lines": [
                {
                    "external_id": str(line.id),
                    "name": (line.name or line.product_id.display_name or "-")[:2000],
                    "product": line.product_id.default_code or None,
                    "quantity": f"{line.quantity:.6f}",
                    "net": f"{line.price_subtotal:.{digits}f}",
                }
                for line in move._quoted_lines()
            ],
        }

    def _tax_difference(self, quote):
        """:return: what of a quote is not as on the invoice, in words; empty when it is the same"""
        self.ensure_one()
        money = self.currency_id
        pairs = [
            (self.env._("Net"), self.amount_untaxed, quote.net),
            (self.env._("Tax"), self.amount_tax, quote.tax),
        ]
        wrong = [
            self.env._(
                "%(what)s: %(theirs)s instead of %(ours)s.",
                what=what,
                theirs=money.format(float(theirs)),
                ours=money.format(ours),
            )
            for what, ours, theirs in pairs
            if money.compare_amounts(ours, float(theirs))
        ]
        if not wrong:
            return ""
        theirs = {line.number: float(line.tax) for line in quote.lines}
        for line in self._quoted_lines():
            tax, quoted = line.price_total - line.price_subtotal, theirs.get(str(line.id))
            if quoted is not None and money.compare_amounts(tax, quoted):
                wrong.append(
                    self.env._(
                        "%(what)s: %(theirs)s instead of %(ours)s.",
                        what=(line.name or line.product_id.display_name or "-").splitlines()[0][:80],
                        theirs=money.format(quoted),
                        ours=money.format(tax),
                    )
                )
                break
        return " ".join(wrong)
