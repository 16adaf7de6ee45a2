from odoo import api, models
from odoo.fields import Domain

from ..api.problem import Fault, Problem
from ..api.submission import Document, Finding, Findings, Submission, SubmissionList
from ..canonical.documents import DOCUMENTS, EntryLine, JournalEntry, Line, Party
from ..engine import states
from ..engine.difference import fingerprint
from ..engine.envelope import Envelope

#: states of the contract -> states of messages; a duplicate that comes by itself is never one of them
STATES = {
    "waiting": (states.QUEUED, states.RETRY),
    "working": (states.PROCESSING,),
    "needs_attention": (states.HELD, states.DEAD, states.UNKNOWN),
    "done": (states.DONE,),
    "refused": (states.IGNORED,),
}
_STATE_OF = {theirs: ours for ours, many in STATES.items() for theirs in many}
_MOVE_STATES = {"draft": "draft", "posted": "posted", "cancel": "cancelled"}


class FinanceApi(models.AbstractModel):
    """What programs hand in: it is queued, worked by the booking of documents, and told by its submission."""

    _inherit = "finance.api"

    # -- journal entries -----------------------------------------------------------------------

    @api.model
    def _do_submit_posting(self, query, body):
        return self._submit("finance.handler.entry", self._entry_of(body), body)

    @api.model
    def _do_validate_posting(self, query, body):
        return self._validate("finance.handler.entry", "_book_entry", self._entry_of(body), body)

    @api.model
    def _entry_of(self, body):
        return JournalEntry(
            external_id=body.external_id,
            date=body.date,
            currency=body.currency,
            journal=body.journal,
            reference=body.reference,
            lines=tuple(
                EntryLine(
                    account=line.account,
                    name=line.text,
                    debit=line.debit or "0",
                    credit=line.credit or "0",
                    partner=Party(external_id=line.counterparty) if line.counterparty else None,
                    analytic=line.cost_center,
                    taxes=tuple(dict.fromkeys(line.taxes)) or None,
                    tax=line.tax,
                )
                for line in body.lines
            ),
        )

    # -- invoices and bills --------------------------------------------------------------------

    @api.model
    def _do_submit_invoice(self, query, body):
        return self._submit("finance.handler.bill", self._bill_of(body), body)

    @api.model
    def _do_validate_invoice(self, query, body):
        return self._validate("finance.handler.bill", "_draft_bill", self._bill_of(body), body)

    @api.model
    def _bill_of(self, body):
        return DOCUMENTS[body.kind](
            external_id=body.external_id,
            number=body.number,
            date=body.issued_on,
            due=body.due_on,
            currency=body.currency,
            partner=Party(external_id=body.counterparty),
            total=body.total,
            lines=tuple(
                Line(
                    name=line.text,
                    quantity=line.quantity,
                    net=line.net,
                    taxes=tuple(line.taxes),
                    account=line.account,
                    analytic=line.cost_center,
                )
                for line in body.lines
            ),
        )

    # -- handing in ----------------------------------------------------------------------------

    @api.model
    def _client(self):
        """:return: the program that asks"""
        # sudo: its own settings
        return self.env["finance.api.client"].sudo().browse(self.env.context["finance_api_client"])

    @api.model
    def _company(self, name, place="/company"):
        """:return: the company that a request is about
        :raise Problem: ``invalid``: it is none of the program's, or has to be named
        """
        companies = self.env.companies
        if name is None and len(companies) == 1:
            return companies
        number = self._names().read("company", name) if name else None
        company = companies.filtered(lambda one: one.id == number)
        if not company and name and place != "/company":
            raise Problem("not_found", "It is none of the companies of the program.")
        if not company:
            detail = "is none of the companies of the program" if name else "has to be named: the program has several"
            raise Problem("invalid", "Correct what is listed under errors.", faults=[Fault(detail, place)])
        return company

    @api.model
    def _prepare(self, handler, body):
        """:return: the flow by which a request comes; whoever may not make entries in Odoo hands in none"""
        self.env["account.move"].check_access("create")
        flow = self._client()._flow(self._company(body.company), handler)
        if not flow:
            raise Problem(
                "unavailable", "The program is not set up for this company. Its administrator saves it again."
            )
        return flow

    @api.model
    def _submit(self, handler, document, body):
        flow = self._prepare(handler, body)
        content = document.to_dict()
        digest = fingerprint(content)
        # sudo: what this very program has handed in
        messages = self.env["finance.message"].sudo()
        identity = f"{document.kind}:{document.external_id}"
        known = messages._known_identities(flow, {identity})
        if identity in known:
            first, before = known[identity]
            # public: a fingerprint of what this program itself has sent
            if before != digest:
                raise Problem("conflict", "This external_id was used for something else, and that stands.")
            return self._submission(messages.browse(first))
        [message] = messages._enqueue(
            flow,
            [
                Envelope(
                    subject=f"{document.kind}:{document.external_id}",
                    data=content,
                    dedupe_key=identity,
                    content_hash=digest,
                    business_key=document.external_id,
                    correlation_id=self.env.context.get("finance_api_correlation"),
                )
            ],
        )
        return self._submission(message)

    @api.model
    def _validate(self, handler, method, document, body):
        flow = self._prepare(handler, body)
        # sudo: as the work itself would be done; nothing of it is kept
        booking = self.env(su=True)["finance.booking"].with_company(flow.company_id)
        faults = booking._findings(method, document, flow.connection_id.with_env(booking.env))
        return Findings(
            accepted=not faults, findings=[Finding(code=fault.reason, detail=fault.detail) for fault in faults]
        )

    # -- what has become of it -----------------------------------------------------------------

    @api.model
    def _own(self):
        """:return: domain of what the program has handed in, in the companies it has now"""
        connections = self._client().connection_ids
        return Domain("connection_id", "in", connections.ids) & Domain("company_id", "in", self.env.companies.ids)

    @api.model
    def _do_list_submissions(self, query):
        domain = self._own()
        if query.state:
            domain &= Domain("state", "in", [theirs for ours in query.state for theirs in STATES[ours]])
        if query.external_id:
            domain &= Domain("business_key", "=", query.external_id)
        # sudo: its own, see the domain
        api = self.sudo()
        records, following = api._page("submissions", "finance.message", domain, query, ("id", "id"))
        return SubmissionList(data=[self._submission(record) for record in records], next=following)

    @api.model
    def _do_get_submission(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        # sudo: its own, see the domain
        return self._submission(self.sudo()._named("finance.message", "submission", id, list(self._own())))

    @api.model
    def _submission(self, message):
        names = self._names()
        kind = (message.dedupe_key or message.subject).partition(":")[0]
        tells = message.state in (states.HELD, states.DEAD, states.UNKNOWN, states.IGNORED)
        return Submission(
            id=names.of("submission", message.id),
            external_id=message.business_key,
            company=names.of("company", message.company_id.id),
            kind=kind,
            state=_STATE_OF[message.state],
            reason=(message.reason_code or None) if tells else None,
            detail=(message.detail or None) if tells else None,
            remedy=(message.remedy or None) if tells else None,
            document=self._made(message),
            message=names.of("message", message.id),
            correlation_id=message.correlation_id,
            received_at=message.create_date,
            closed_at=message.closed_at or None,
        )

    @api.model
    def _made(self, message):
        moves = message.document_ids.filtered(lambda document: document.res_model == "account.move")[:1]
        # sudo: what was made of what the program has sent
        move = self.env["account.move"].sudo().browse(moves.res_id).exists()
        if not move:
            return None
        kind = "entry" if move.move_type == "entry" else "invoice"
        return Document(
            id=self._names().of(kind, move.id),
            kind=kind,
            number=move.name if move.name and move.name != "/" else None,
            state=_MOVE_STATES[move.state],
        )
