from odoo import api, models

from odoo.addons.finance_connector_base.engine.copying import copy_rows
from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..formats.model import STATEMENT, Entry, StatementEnd, StatementStart
from ..proof import balance, control, keys
from ..staging.plain import plain
from ..staging.rows import COLUMNS, EntryRows, Texts

#: staged rows written at once
PAGE = 1000
#: entries between two signs of life to the queue
HEARTBEAT_ENTRIES = 20_000


class FinanceBankStager(models.AbstractModel):
    """Turns the events of a statement format into staged rows and one message per statement.

    Streams: memory does not grow with the file.
    """

    _name = "finance.bank.stager"
    _description = "Staging of Received Statements"

    @api.model
    def _stage(self, message, events):
        """Stage everything a file holds.

        :param message: the ``finance.message`` that carries the file
        :param events: iterator of :data:`~..formats.model.StatementEvent`
        :return: the staged ``finance.bank.statement`` records
        """
        staged = self.env["finance.bank.statement"]
        current = None
        count = 0
        for event in events:
            if isinstance(event, Entry):
                current.add(event)
                count += 1
                if count % HEARTBEAT_ENTRIES == 0:
                    self.env["finance.dispatcher"]._heartbeat()
            elif isinstance(event, StatementStart):
                current = _Staging(self.env, message, event)
            elif isinstance(event, StatementEnd):
                staged |= current.close(event)
                current = None
        return staged


class _Staging:
    """One statement being staged."""

    def __init__(self, env, message, start):
        self.env = env
        self.message = message
        self.start = start
        self.number = start.account.iban or start.account.number
        self.currency = start.account.currency
        self.sequencer = keys.EntryKeys(start.account)
        # what is not booked must not take a number from what is
        self.not_booked = keys.EntryKeys(start.account)
        self.totals = control.Totals()
        self.digest = keys.ContentDigest()
        self.rows = []
        self.is_final = start.purpose == STATEMENT
        company = message.company_id
        self.journal = env["finance.bank.handler.statement"]._find_journal(company, self.number, self.currency)
        # sudo: staged rows are written by the engine alone
        self.statement = (
            env["finance.bank.statement"]
            .sudo()
            .with_context(tracking_disable=True)
            .create(
                {
                    "name": start.identification or message.subject,
                    "identification": start.identification,
                    "file_message_id": message.id,
                    "correlation_id": message.correlation_id,
                    "company_id": company.id,
                    "connection_id": message.connection_id.id,
                    "account_number": self.number,
                    "bank_bic": start.account.bic,
                    "format": start.format,
                    "purpose": start.purpose,
                    "electronic_sequence": start.electronic_sequence,
                    "legal_sequence": start.legal_sequence,
                    "page_number": start.page_number or 0,
                    "is_last_page": start.is_last_page is not False,
                    "from_date": start.from_date,
                    "to_date": start.to_date,
                    "created_by_bank_at": start.created_at.isoformat() if start.created_at else False,
                }
            )
        )
        payments = env["finance.payment.movements"]
        self.made = EntryRows(
            statement_id=self.statement.id,
            company_id=company.id,
            is_final=self.is_final,
            is_split=self.journal.finance_split_batches if self.journal else True,
            texts=labels(env, company),
            movements=payments._told if payments._is_needed(company) else None,
        )

    def add(self, entry):
        self.currency = self.currency or entry.money.currency
        sequencer = self.sequencer if entry.status == control.BOOKED else self.not_booked
        key = sequencer.key(entry)
        self.totals.add(entry)
        self.digest.add(f"{entry.status}:{key}")
        self.rows += self.made.of(entry, key)
        if len(self.rows) >= PAGE:
            self._flush()

    def _flush(self):
        if not self.rows:
            return
        self._mark_known()
        copy_rows(self.env.cr, "finance_bank_entry", COLUMNS, self.rows)
        self.rows = []

    def _mark_known(self):
        """Say of what is on the ledger already that it is; the handler asks again, with the journal locked."""
        if not self.journal or not self.is_final:
            return
        known = self.env["finance.bank.entry"]._posted_as(self.journal, [row["key"] for row in self.rows])
        for row in self.rows:
            if row["key"] in known and row["state"] == "staged":
                row.update(state="duplicate", duplicate_of_id=known[row["key"]])

    def close(self, end):
        self._flush()
        opening = balance.opening(end.balances)
        closing = balance.closing(end.balances)
        if not self.currency:
            known = opening or closing
            self.currency = known.money.currency if known else None
        identity = keys.statement_key(self.start, end.balances)
        for item in end.balances:
            self.digest.add(f"{item.code}:{item.money.amount}:{item.date}")
        self.statement.write(
            {
                "identity": identity,
                "currency_name": self.currency,
                "has_opening": opening is not None,
                "has_closing": closing is not None,
                "opening_date": opening.date if opening else False,
                "closing_date": self._closing_date(closing),
                "balances": [
                    {
                        "code": item.code,
                        "amount": str(item.money.amount),
                        "currency": item.money.currency,
                        "date": item.date.isoformat() if item.date else None,
                    }
                    for item in end.balances
                ],
                "summary": self._summary(end.summary),
                "warnings": [list(warning) for warning in end.warnings] or False,
            }
        )
        self.statement.flush_recordset()
        # a balance never passes through a float
        self.env.cr.execute(
            "UPDATE finance_bank_statement SET opening = %s, closing = %s WHERE id = %s",
            [opening.money.amount if opening else 0, closing.money.amount if closing else 0, self.statement.id],
        )
        self.statement.invalidate_recordset(["opening", "closing"])
        return self._hand_on(identity)

    def _summary(self, summary):
        """The bank's control figures, and which of them are not what was counted."""
        if summary is None:
            return False
        wrong = [
            (mismatch.reason.removeprefix("summary_"), str(mismatch.stated), str(mismatch.counted))
            for mismatch in control.check_summary(summary, self.totals)
        ]
        return {**plain(summary), **({"wrong": wrong} if wrong else {})}

    def _closing_date(self, closing):
        if closing and closing.date:
            return closing.date
        if self.start.to_date:
            return self.start.to_date
        self.env.cr.execute(
            "SELECT max(COALESCE(booking_date, value_date)) FROM finance_bank_entry WHERE statement_id = %s",
            [self.statement.id],
        )
        return self.env.cr.fetchone()[0] or False

    def _hand_on(self, identity):
        """One message per statement, so that one that is held does not hold the others."""
        content = self.digest.hexdigest()
        # what happened so far is told again and again, each time with more in it
        # (and a download without a name of its own covers what somebody asked for, today more than yesterday)
        dedupe_key = f"{self.start.purpose}:{identity}"
        # (nor do statements of two accounts that name neither become one for being numbered alike)
        if not self.is_final or not self.start.identification or not self.number:
            dedupe_key += f":{content}"
        flow = self.message.connection_id._bank_flow("finance.bank.handler.statement")
        child = self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=f"{self.message.subject}: {self.statement.name}",
                    dedupe_key=dedupe_key if not self.message.replay_of_id else None,
                    content_hash=content,
                    order_key=f"account:{self.number}",
                    correlation_id=self.message.correlation_id,
                    parent_id=self.message.id,
                    res_model="finance.bank.statement",
                    res_id=self.statement.id,
                )
            ],
        )
        self.statement.message_id = child
        if child.state == "ignored":
            self.statement.state = "duplicate"
            self.env.cr.execute(
                "UPDATE finance_bank_entry SET state = 'duplicate' WHERE statement_id = %s", [self.statement.id]
            )
        elif child.state == "held":
            self.statement.state = "held"
        return self.statement


def labels(env, company):
    """Return what bookings without a text are called, as :class:`~..staging.rows.Texts`.

    They become labels on the ledger: in the language of the company, not in that of who runs the queue.
    """
    # sudo: the language of the company is no secret
    env = env(context={**env.context, "lang": company.sudo().partner_id.lang})
    return Texts(
        difference=env._("Difference between the collective booking and its details"),
        collective=lambda count: env._("Collective booking of %(count)s payments", count=count),
    )
