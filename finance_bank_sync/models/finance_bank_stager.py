import json
from datetime import date
from decimal import Decimal

from odoo import api, models

from odoo.addons.finance_connector_base.engine.copying import copy_rows
from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..formats.model import STATEMENT, Entry, StatementEnd, StatementStart
from ..proof import balance, control, keys

#: staged rows written at once
PAGE = 1000
#: entries between two signs of life to the queue
HEARTBEAT_ENTRIES = 20_000

COLUMNS = (
    "statement_id",
    "company_id",
    "position",
    "detail_position",
    "key",
    "status",
    "state",
    "booking_date",
    "value_date",
    "amount",
    "currency_name",
    "original_amount",
    "original_currency_name",
    "is_reversal",
    "is_difference",
    "label",
    "remittance",
    "party_name",
    "party_account",
    "own_account",
    "end_to_end_id",
    "structured_references",
    "document_numbers",
    "bank_reference",
    "transaction_code",
    "return_code",
    "return_text",
    "charges",
    "exchange",
    "details",
    "movements",
    "duplicate_of_id",
)
_JSON = {"structured_references", "document_numbers", "charges", "exchange", "details", "movements"}


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
        self.split = self.journal.finance_split_batches if self.journal else True
        self.payments = env["finance.payment.movements"]
        self.has_payments = self.payments._is_needed(company)
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
        self.statement_id = self.statement.id
        self.company_id = company.id

    def add(self, entry):
        self.currency = self.currency or entry.money.currency
        sequencer = self.sequencer if entry.status == control.BOOKED else self.not_booked
        key = sequencer.key(entry)
        self.totals.add(entry)
        self.digest.add(f"{entry.status}:{key}")
        for row in self._rows_of(entry, key):
            self.rows.append(row)
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
        return {**_plain(summary), **({"wrong": wrong} if wrong else {})}

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
        if not self.is_final or not self.start.identification:
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

    # -- rows ------------------------------------------------------------------------------

    def _rows_of(self, entry, key):
        details = entry.details
        if len(details) > 1 and self.split and all(_in_account_currency(d, entry) for d in details):
            total = sum((d.money.amount for d in details), Decimal(0))
            rows = [
                self._row(entry, detail, keys.detail_key(key, n), n, detail.money.amount)
                for n, detail in enumerate(details, 1)
            ]
            rest = entry.money.amount - total
            if rest:
                rows.append(self._row(entry, None, f"{key}/rest", len(details) + 1, rest, is_difference=True))
            return rows
        return [self._row(entry, details[0] if len(details) == 1 else None, key, 0, entry.money.amount)]

    def _state(self, entry):
        if not self.is_final:
            return "provisional"
        return "staged" if entry.status == "BOOK" else "not_booked"

    def _row(self, entry, detail, key, detail_position, amount, is_difference=False):
        refs = detail.references if detail else None
        party = detail.counterparty if detail else None
        original = (detail.original if detail else None) or (entry.original if not detail_position else None)
        exchange = (detail.exchange if detail else None) or (entry.exchange if not detail_position else None)
        back = detail.return_reason if detail else None
        code = (detail.transaction_code if detail else None) or entry.transaction_code
        remittance = (detail.remittance if detail else None) or ""
        extra = (detail.additional_information if detail else None) or entry.additional_information
        charges = (detail.charges if detail else ()) or (entry.charges if not detail_position else ())
        values = {
            "statement_id": self.statement_id,
            "company_id": self.company_id,
            "position": entry.position,
            "detail_position": detail_position,
            "key": key,
            "status": entry.status,
            "state": self._state(entry),
            "booking_date": entry.booking_date,
            "value_date": entry.value_date,
            "amount": amount,
            "currency_name": entry.money.currency,
            "original_amount": original.amount if original else None,
            "original_currency_name": original.currency if original else None,
            "is_reversal": entry.is_reversal,
            "is_difference": is_difference,
            "label": _label(entry, detail, remittance, extra, is_difference),
            "remittance": remittance or extra,
            "party_name": (party.name or party.ultimate_name) if party else None,
            "party_account": (party.iban or party.account_number) if party else None,
            "own_account": detail.own_account if detail else None,
            "end_to_end_id": refs.end_to_end_id if refs else None,
            "structured_references": list(detail.structured_references) if detail else [],
            "document_numbers": list(detail.document_numbers) if detail else [],
            "bank_reference": _bank_reference(entry, refs, is_one_of_many=bool(detail_position)),
            "transaction_code": _code(code),
            "return_code": back.code if back else None,
            "return_text": back.text if back else None,
            "charges": [_plain(charge) for charge in charges],
            "exchange": _plain(exchange) if exchange else None,
            "details": [_plain(d) for d in entry.details] if not detail_position and len(entry.details) > 1 else None,
            "movements": self.payments._told(entry) if self.has_payments and detail_position < 2 else None,
            "duplicate_of_id": None,
        }
        for column in _JSON:
            values[column] = json.dumps(values[column]) if values[column] else None
        return values


def _in_account_currency(detail, entry):
    return detail.money is not None and detail.money.currency == entry.money.currency


def _bank_reference(entry, refs, *, is_one_of_many):
    """The bank's own reference: of a payment in a collective booking its own, else that of the booking."""
    own = refs.account_servicer_reference if refs else None
    of_entry = entry.account_servicer_reference
    return (own or of_entry if is_one_of_many else of_entry or own) or entry.entry_reference


def _label(entry, detail, remittance, extra, is_difference):
    if is_difference:
        return "Difference between the collective booking and its details"
    pieces = [
        " ".join(detail.structured_references) if detail else "",
        remittance,
        (detail.references.end_to_end_id or "") if detail else "",
        extra or "",
    ]
    text = next((piece for piece in pieces if piece), "")
    if entry.batch and not detail:
        text = text or f"Collective booking of {entry.batch.count or '?'} payments"
    return " ".join(text.split())[:250] or "/"


def _code(code):
    if code is None:
        return None
    iso = "-".join(part for part in (code.domain, code.family, code.subfamily) if part)
    return iso or code.proprietary


def _plain(value):
    """A canonical value as JSON-able data: amounts as strings, dates as ISO, empty left out."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    elif hasattr(value, "__slots__") and hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v not in (None, (), [], {})}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
