import hashlib
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.once import once

from ..const import FINAL, GONE


@dataclass(kw_only=True)
class Begun:
    """What is known of a report while it is worked.

    :param report: its record, if it has been here before
    :param fault: the :class:`FinanceError` that is in the way
    :param costs: list of (:class:`~..posting.plan.Cost`, group, day)
    :param coded: external id of a line -> further values of its record
    :param shares: external id of a line -> list of values of its shares
    """

    message_id: int
    connection_id: int
    document: Any
    report: Any
    company: Any
    payer_policy: Any = None
    payer: Any = None
    partner: Any = None
    policy: Any = None
    state: str = "received"
    fault: Any = None
    #: causes that a person has let pass, and the day that one has chosen, for this very content
    passed: frozenset[str] = frozenset()
    decided_date: Any = None
    ignored: tuple[str, str] | None = None
    costs: list[Any] = field(default_factory=list)
    drafts: tuple[Any, ...] = ()
    coded: dict[str, dict[str, Any]] = field(default_factory=dict)
    shares: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class FinanceExpenseRecord(models.AbstractModel):
    """Writes documents into records. The document with the message stays what counts."""

    _name = "finance.expense.record"
    _description = "Records of Expense Reports"

    @api.model
    def _known(self, connection, external_id):
        # sudo: the engine; limited to one connection
        reports = self.env["finance.expense.report"].sudo()
        return reports.search([("connection_id", "=", connection.id), ("external_id", "=", external_id)])

    @api.model
    def _known_of(self, connection, external_ids):
        """:return: dict identity -> report, empty where there is none"""
        # sudo: as above
        reports = self.env["finance.expense.report"].sudo()
        found = reports.search([("connection_id", "=", connection.id), ("external_id", "in", list(external_ids))])
        by_id = {report.external_id: report for report in found}
        return {external_id: by_id.get(external_id, reports.browse()) for external_id in external_ids}

    @api.model
    def _save(self, begun):
        """Write many reports at once.

        :param begun: list of (message, :class:`Begun`); each gets its ``report``
        """
        # sudo: nobody writes reports but the engine
        reports = self.env["finance.expense.report"].sudo().with_context(tracking_disable=True)
        values = [self._values(message, work) for message, work in begun]
        new = [place for place, (_message, work) in enumerate(begun) if not work.report]
        made = iter(reports.create([values[place] for place in new]))
        for place, (_message, work) in enumerate(begun):
            if not work.report:
                work.report = next(made)
                continue
            known = work.report.with_context(tracking_disable=True)
            if known.revision != work.document.revision or known.content_hash != values[place]["content_hash"]:
                # what was decided is over with the content it was decided about
                values[place] |= {"override_id": False, "override_reason": False, "override_codes": False}
                values[place] |= {"decided_date": False}
            known.line_ids.unlink()
            known.write(values[place])

    @api.model
    def _values(self, message, work):
        document = work.document
        currency = self._currency(document.currency)
        held = work.fault is not None
        return {
            "name": document.name or document.number or document.external_id,
            "connection_id": message.connection_id.id,
            "company_id": work.company.id,
            "paying_company_id": work.payer.id if work.payer and work.payer != work.company else False,
            "external_id": document.external_id,
            "number": document.number,
            "revision": document.revision,
            "handle": document.handle,
            "link": self._link(document.link),
            "employee_code": document.employee.external_id,
            "employee_name": document.employee.name,
            "partner_id": work.partner.id if work.partner else False,
            "entity": document.entity,
            "country_code": document.country,
            "currency_id": currency.id,
            "currency_name": document.currency,
            "total": float(document.total),
            "advance_returned": float(document.advance_returned or 0),
            "platform_state": document.state,
            "state": "exception" if held else work.state,
            "is_test": document.is_test,
            "is_reimbursed": document.is_reimbursed,
            "submitted_at": self._moment(document.submitted),
            "approved_at": self._moment(document.approved),
            "approver": document.approver,
            "dimensions": document.dimensions or False,
            "policy_id": work.policy.id if work.policy else False,
            "message_id": message.id,
            "period_day": work.drafts[0].day if work.state == "waiting" and work.drafts else False,
            "content_hash": message.payload_sha256,
            "reason_code": work.fault.reason if held else work.ignored[0] if work.ignored else False,
            "detail": work.fault.detail if held else work.ignored[1] if work.ignored else False,
            "line_ids": [Command.create(self._line(line, work)) for line in document.lines],
        }

    @api.model
    def _line(self, line, work):
        shares = work.shares.get(line.external_id) or []
        codes = [share.code or (f"{share.rate} %" if share.rate is not None else "?") for share in line.taxes]
        return {
            "external_id": line.external_id,
            "date": line.date,
            "category": line.category,
            "category_name": line.category_name,
            "kind": line.kind,
            "description": line.description or line.category_name or line.category,
            "merchant": line.merchant,
            "country_code": line.country,
            "payment": line.payment,
            "is_personal": line.is_personal,
            "service_from": line.service_from,
            "service_to": line.service_to,
            "quantity": float(line.quantity or 0),
            "distance_unit": line.distance_unit,
            "amount": float(line.amount),
            "tax_amount": float(sum(share.amount for share in line.taxes)),
            "tax_codes": ", ".join(codes) or False,
            "spent_amount": float(line.spent.amount) if line.spent else 0.0,
            "spent_currency": line.spent.currency if line.spent else False,
            "rate": float(line.rate or 0),
            "rate_source": line.rate_source,
            "billed_amount": float(line.billed.amount) if line.billed else 0.0,
            "billed_currency": line.billed.currency if line.billed else False,
            "dimensions": line.dimensions or False,
            "card_transaction": line.card_transaction,
            "is_receipt_missing": line.is_receipt_missing,
            "violations": "\n".join(violation.text or violation.code for violation in line.violations) or False,
            "attendees": [one.model_dump(mode="json", exclude_none=True) for one in line.attendees] or False,
            "likeness": self._likeness(line, work),
            "allocation_ids": [Command.create(share) for share in shares],
            **work.coded.get(line.external_id, {}),
        }

    @api.model
    def _likeness(self, line, work):
        """:return: digest of what makes two expenses look like one, or False: nothing can be said"""
        if line.kind != "expense" or line.is_personal or not line.merchant or work.document.state in GONE:
            return False
        spent = line.spent or line
        facts = (
            work.document.employee.external_id,
            str(line.date),
            format(spent.amount.normalize(), "f"),
            line.spent.currency if line.spent else work.document.currency,
            " ".join(line.merchant.casefold().split()),
        )
        return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()

    @api.model
    def _currency(self, code):
        currencies = self.env["res.currency"].with_context(active_test=False)
        return once((self._name, code), lambda: currencies.search([("name", "=", code)], limit=1))

    @api.model
    def _link(self, link):
        # shown as a link: nothing but an address of the web
        return link if link and link.startswith(("https://", "http://")) else False

    @api.model
    def _moment(self, moment):
        if moment is None:
            return False
        return fields.Datetime.to_datetime(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)

    @api.model
    def _is_final(self, document):
        return document.state in FINAL and not document.is_test
