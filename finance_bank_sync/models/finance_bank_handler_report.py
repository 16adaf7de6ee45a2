import time

from odoo import api, fields, models

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.decision import credentials_key
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored

from ..formats.model import FormatError
from ..formats.report.reader import read
from ..protocols.access import CallsUsedUp, ConsentNeeded, Person

#: seconds for which somebody who has pressed a button counts as being there
PATIENCE = 900


class FinanceBankHandlerReport(models.AbstractModel):
    """Asks a bank's interface about one account; what it says goes on as a file of the bank does.

    The answers are kept as they came. A list that says the same as the one before is not kept again.
    """

    _name = "finance.bank.handler.report"
    _inherit = "finance.handler"
    _description = "Question to a Bank's Interface"

    _calls_out = True
    _held_blocks = False

    # -- asking ----------------------------------------------------------------------------

    @api.model
    def _plan_fetch(self, message):
        """OVERRIDE: one question for each account."""
        # sudo: the engine's own environment sees all companies; limited to one connection
        accounts = self.env["finance.bank.online.account"].sudo()
        mine = accounts.search([("connection_id", "=", message.connection_id.id), ("is_fetched", "=", True)])
        if not mine:
            return Ignored(
                reason="bank_no_account",
                detail=self.env._("No account is open to us. Give a consent on the connection."),
            )
        asked = self._ask(mine, flow=message.flow_id, parent=message)
        return Done(result={"accounts": len(mine), "asked": len(asked)})

    @api.model
    def _ask(self, accounts, *, flow=None, parent=None, person=None, is_new=False):
        """Queue a question for each account that is not being asked about already; :return: the messages

        :param is_new: there is something that a question under way may have come too early for
        """
        busy = states.READY if is_new else states.OPEN
        person = person or Person()
        messages = self.env["finance.message"].sudo()  # sudo: queued for people who may not write messages
        asked = messages.browse()
        for account in accounts.sudo().filtered(lambda one: one.is_open and one.is_fetched):
            order_key = f"report:{account.id}"
            flow_of = flow or account.connection_id._bank_report_flow()
            if messages.search_count(
                [("flow_id", "=", flow_of.id), ("order_key", "=", order_key), ("state", "in", list(busy))],
                limit=1,
            ):
                continue
            waits = {"address": person.address, "agent": person.agent, "until": time.time() + PATIENCE}
            asked |= messages._enqueue(
                flow_of,
                [
                    Envelope(
                        subject=self.env._("Ask for %s", account.account_masked),
                        data={"account_id": account.id, **({"person": waits} if person.is_there else {})},
                        order_key=order_key,
                        parent_id=parent.id if parent else None,
                        correlation_id=parent.correlation_id if parent else None,
                        priority=max(flow_of.priority - 1, 0) if person.is_there else None,
                    )
                ],
            )
        return asked

    @api.model
    def _account(self, message):
        # sudo: the engine; the message is of the same connection
        account = self.env["finance.bank.online.account"].sudo().browse(message.data["account_id"]).exists()
        return account if account.connection_id == message.connection_id else account.browse()

    @api.model
    def _person(self, message):
        """:return: who waits for the answer; nobody when the question has lain too long"""
        told = message.data.get("person") or {}
        if told and told.get("until", 0) > time.time():
            return Person(address=told["address"], agent=told["agent"])
        return Person()

    @api.model
    def _call(self, message):
        account = self._account(message)
        if not account or not account.is_open:
            return None
        connection = message.connection_id
        try:
            return (connection._adapter()._bank_report(connection, account, self._person(message)),)
        except (ConsentNeeded, CallsUsedUp) as error:
            # what follows has to be written down
            return error

    # -- what it says ----------------------------------------------------------------------

    @api.model
    def _settle(self, message, answer):
        account = self._account(message)
        if answer is None or not account:
            return Ignored(reason="bank_account_gone", detail=self.env._("The account is not open to us any more."))
        if isinstance(answer, ConsentNeeded):
            return self._settle_consent(message, answer)
        if isinstance(answer, CallsUsedUp):
            if answer.params.get("http_status"):
                self.env["finance.bank.call"]._spend(account, answer.what, answer.retry_after or 0.0)
            return Ignored(reason="bank_calls_used_up", detail=answer.detail)
        [report] = answer
        self._settle_earlier(message, [("order_key", "=", message.order_key)])
        account.asked_at = fields.Datetime.now()
        if report is None:
            return Done(result={"new": False})
        report, late = message.connection_id._adapter()._bank_whole(message.connection_id, account, report)
        done = self._keep(message, account, report)
        if not late:
            return done
        return Held(
            reason="bank_changed_late",
            error_class="data",
            detail=self.env._(
                "The bank has changed or removed %(count)s booking(s) of %(account)s that were read before. What it "
                "tells now is kept; compare the lines of those days with the bank, correct them, and discard this "
                "message.",
                count=late,
                account=account.account_masked,
            ),
        )

    @api.model
    def _settle_consent(self, message, error):
        connection = message.connection_id
        # sudo: the engine ends consents, whoever's question it was
        connection._bank_consent_gone(connection.sudo().bank_consent_ids, error.state)
        return Held(
            reason="bank_consent_needed",
            error_class="technical",
            detail=error.detail,
            waiting_key=credentials_key(connection.id),
        )

    @api.model
    def _keep(self, message, account, report):
        known = self.env["finance.bank.online.account"]._dialect(report.dialect)
        source = f"api.{report.dialect}"
        try:
            reading = read(report, known)
        except FormatError:
            # the file shows what is wrong with it, and where
            return Done(result={"new": True, "files": len(self._hand_on(message, account, report))})
        self.env["finance.bank.balance"]._keep(account, reading.balances, message, source)
        fingerprint = reading.fingerprint()
        values = {"read_until": max(reading.closed_until, account.read_until or reading.closed_until)}
        if reading.booked and reading.booked[-1].account_servicer_reference:
            values["last_reference"] = reading.booked[-1].account_servicer_reference
        result = {"pages": len(report.pages), "booked": len(reading.booked), "so_far": len(reading.so_far)}
        is_new = fingerprint != account.fingerprint
        if is_new:
            files = self._hand_on(message, account, report)
            result["files"] = len(files)
            if not reading.so_far:
                self.env["finance.bank.provisional"]._told_nothing(account, source)
        account.write({**values, "fingerprint": fingerprint})
        return Done(result={**result, "new": is_new})

    @api.model
    def _hand_on(self, message, account, report):
        name = f"{account.account_masked.replace(' ', '')}-{report.today}.json"
        payload = self.env["finance.payload"]._store(
            report.to_bytes(), company=message.company_id, name=name, content_type="application/json"
        )
        return self.env["finance.message"]._enqueue(
            message.connection_id._bank_flow("finance.bank.handler.file"),
            [
                Envelope(
                    subject=name,
                    payload_id=payload.id,
                    dedupe_key=f"sha256:{payload.sha256}",
                    content_hash=payload.sha256,
                    order_key=f"account:{account.account_number}",
                    parent_id=message.id,
                    correlation_id=message.correlation_id,
                )
            ],
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.bank.handler.report", "Ask a bank's interface")],
        ondelete={"finance.bank.handler.report": "cascade"},
    )

    def action_fetch_now(self):
        """EXTENDS: a bank is asked for the person who presses the button."""
        asking = self.filtered(lambda flow: flow.handler == "finance.bank.handler.report")
        if asking:
            self.env["finance.message"]._check_role(OPERATOR)
            self.check_access("read")
            self.env["finance.bank.handler.report"]._ask(
                asking.connection_id.bank_account_ids, person=self.env["finance.connection"]._bank_person()
            )
        return super(FinanceFlow, self - asking).action_fetch_now()


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    def _bank_report_flow(self):
        """:return: the flow that asks, made with its defaults when missing"""
        self.ensure_one()
        connection = self.sudo()  # sudo: whoever may ask need not be allowed to configure flows
        flow = connection.flow_ids.filtered(lambda one: one.handler == "finance.bank.handler.report")[:1]
        return flow or self.env["finance.flow"].sudo().create(
            {
                "name": self.env._("Accounts at the bank"),
                "connection_id": connection.id,
                "handler": "finance.bank.handler.report",
                "direction": "in",
                "priority": 40,
                "batch_size": 5,
                "lease_seconds": 900,
                "held_blocks": False,
                "fetch_interval": 360,
            }
        )
