from contextlib import suppress

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError, MalformedError
from odoo.addons.finance_connector_base.engine.once import know, once
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored

from .finance_expense_record import Begun


class FinanceExpenseHandlerReport(models.AbstractModel):
    """A report of a platform: read, gated, coded, booked; many in one transaction.

    What is in the way holds the message, and the record of the report says so. It goes on by itself when the cause is
    gone. A later revision takes the place of what is not booked, and corrects what is.
    """

    _name = "finance.expense.handler.report"
    _inherit = "finance.expense.handler._document"
    _description = "Expense Report"

    _csv, _reads, _nothing = "finance.expense.csv", "_expense_read", "expense_malformed"
    _ends_together = True

    @api.model
    def _envelope(self, message, external_id, revision, payload, reader=None):
        """:return: the message of one report

        :param message: what brought it
        :param reader: model that reads it; None: the adapter of the connection
        """
        return Envelope(
            subject=external_id,
            data=self._data(external_id, reader, revision=revision),
            payload_id=payload.id,
            # another content of the same revision is another message: a platform may count nothing
            dedupe_key=f"{external_id}:{revision}:{payload.sha256}",
            content_hash=payload.sha256,
            order_key=f"report:{external_id}",
            business_key=external_id[:64],
            parent_id=message.id,
        )

    @api.model
    def _ahead(self, messages):
        """OVERRIDE: documents, their records, and the codes in them, each read for all at once."""
        connection = messages.connection_id
        documents = {}
        for message in messages:
            # what cannot be read is said when it is begun
            with suppress(FinanceError):
                documents[message] = self._document(message)
        known = self.env["finance.expense.record"]._known_of(
            connection, [document.external_id for document in documents.values()]
        )
        know({(self._name, "report", message.id): known[found.external_id] for message, found in documents.items()})
        know({(self._name, "earlier", message.id): earlier for message, earlier in self._earlier(messages).items()})
        codes = {}
        for document in documents.values():
            for domain, code in self.env["finance.expense.coder"]._codes(document):
                codes.setdefault(domain, {})[code] = None
        for domain, found in codes.items():
            self.env["finance.mapping"]._rules_for(connection, domain, found)

    # -- one report ----------------------------------------------------------------------------

    @api.model
    def _document(self, message):
        return once((self._name, "document", message.id), lambda: self._read(message))

    @api.model
    def _begin(self, message):
        work = self._open(message)
        report, document = work.report, work.document
        if report and report.message_id != message and not self._is_newer(message, report, document):
            return Ignored(
                reason="expense_replaced",
                detail=self.env._("Revision %s of it is here already.", report.revision),
                documents=((report._name, report.id),),
            )
        if self._is_same(message, report):
            return Ignored(
                reason="duplicate", detail=self.env._("It is booked already."), documents=((report._name, report.id),)
            )
        self._replace_earlier(message)
        ignored = self.env["finance.expense.gate"]._ignored(document, report)
        if ignored:
            work.state, *words = ignored
            work.ignored = tuple(words)
            return work
        try:
            self._prepare(work, message.connection_id)
        except FinanceError as error:
            work.fault = error
        return work

    @api.model
    def _open(self, message):
        """:return: :class:`Begun` of a message, nothing decided yet"""
        document = self._document(message)
        report = once(
            (self._name, "report", message.id),
            lambda: self.env["finance.expense.record"]._known(message.connection_id, document.external_id),
        )
        # what was decided was decided about one content
        is_decided = report.content_hash == message.payload_sha256
        # sudo: the engine; with the records of the company it books in
        return Begun(
            message_id=message.id,
            connection_id=message.connection_id.id,
            document=document,
            report=report,
            passed=frozenset(report.override_codes or ()) if is_decided else frozenset(),
            decided_date=report.decided_date if is_decided else None,
            company=message.connection_id.company_id.sudo(),
        )

    @api.model
    def _is_newer(self, message, report, document):
        """Two that count the same revision follow each other as they came."""
        if document.revision != report.revision:
            return document.revision > report.revision
        return message.id > report.message_id.id

    @api.model
    def _is_same(self, message, report):
        """:return: whether the very same content is on the ledger, or on its way there, already"""
        return (
            bool(report)
            and report.message_id != message
            and report.state in ("waiting", "posted", "paid")
            # public: fingerprints of content
            and report.content_hash == message.payload_sha256
        )

    @api.model
    def _replace_earlier(self, message):
        """EXTENDS: they are looked up for many at once."""
        self._over(once((self._name, "earlier", message.id), lambda: self._earlier(message)[message]))

    @api.model
    def _prepare(self, work, connection):
        """Gate, code and plan a report; writes nothing.

        :raise FinanceError: what is in the way
        """
        if not work.document.lines:
            raise MalformedError(self.env._("It has no lines."), reason="expense_malformed")
        self.env["finance.expense.companies"]._companies(work, connection)
        policies, country = self.env["finance.expense.policy"], work.document.country
        work.policy = policies._needed(connection, work.company, country)
        work.payer_policy = policies._needed(connection, work.payer, country)
        self.env["finance.expense.gate"]._pass(work)
        self.env["finance.expense.coder"]._code(work, connection)
        self.env["finance.expense.gate"]._pass_elsewhere(work)
        work.drafts = self.env["finance.expense.poster"]._plan(work)
        work.state = "waiting" if work.policy.grain == "period" else "posted"

    # -- many ----------------------------------------------------------------------------------

    @api.model
    def _end(self, begun):
        try:
            with self.env.cr.savepoint():
                return self._finish(begun)
        except FinanceError as error:
            self.env.invalidate_all(flush=False)
            self._forget_new(begun)
            if len(begun) > 1:
                # one of them cannot be booked: the others need not run alone for it
                half = len(begun) // 2
                return self._end(begun[:half]) + self._end(begun[half:])
            # alone: what Odoo refuses is said on the report, and not lost
            [(_message, work)] = begun
            work.fault = error
            return self._finish(begun)

    @api.model
    def _forget_new(self, begun):
        """What was made of them is gone with the savepoint."""
        records = self.env["finance.expense.record"]
        identities = [work.document.external_id for _message, work in begun]
        known = records._known_of(begun[0][0].connection_id, identities)
        for _message, work in begun:
            work.report = known[work.document.external_id]

    @api.model
    def _finish(self, begun):
        records = self.env["finance.expense.record"]
        going_on = [work for _message, work in begun if not work.fault and not work.ignored]
        self.env["finance.expense.meeting"]._reports(going_on)
        earlier = {work.message_id: self._booked(work) for _message, work in begun if work.report}
        records._save(begun)
        ready = [work for work in going_on if work.state == "posted"]
        self.env["finance.expense.correction"]._take_back(begun, earlier)
        if ready:
            self.env["finance.expense.poster"]._book(ready)
        outcomes = [self._outcome(message, work) for message, work in begun]
        self._tell_all(begun)
        return outcomes

    @api.model
    def _booked(self, work):
        """:return: postings of an earlier revision that still count"""
        return work.report.posting_ids.filtered(
            lambda row: row.kind == "posted" and row not in work.report.posting_ids.reverses_id
        )

    @api.model
    def _outcome(self, message, work):
        report = work.report
        documents = ((report._name, report.id),)
        if work.ignored:
            reason, detail = work.ignored
            return Ignored(reason=reason, detail=detail, documents=documents)
        if work.fault:
            fault = work.fault
            return Held(
                reason=fault.reason,
                detail=fault.detail,
                error_class=fault.error_class,
                params={**fault.params, "report_id": report.id},
                waiting_key=fault.waiting_key or self.env["finance.expense.gate"]._waiting_key(work),
                documents=documents,
            )
        moves = self._moves(work)
        return Done(
            result={"state": work.state, "entries": len(moves)},
            documents=(*documents, *((move._name, move.id) for move in moves)),
        )

    @api.model
    def _moves(self, work):
        return work.report.posting_ids.filtered(lambda row: row.revision == work.document.revision).move_id

    @api.model
    def _tell_all(self, begun):
        """Ask for the receipts of what was taken, and tell the platform what was booked."""
        taken = [(message, work) for message, work in begun if not work.fault and not work.ignored]
        self.env["finance.expense.handler.receipt"]._ask(taken)
        self.env["finance.expense.confirmation"]._tell_posted(
            [(message, work, self._moves(work)) for message, work in taken if work.state == "posted"]
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.expense.handler.report", "Book expense reports")],
        ondelete={"finance.expense.handler.report": "cascade"},
    )
