from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.finance_connector_base.const import OPERATOR
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.safe import masking

from ..formats.model import Account, FormatError
from ..formats.report.reader import Report, read
from ..protocols.access import CallsUsedUp
from .finance_bank_connection import WATCHED

#: days that are read again each time: bookings that were dated back by the bank are among them
OVERLAP = timedelta(days=3)
#: days of history that are read first, where nothing else is entered
HISTORY = timedelta(days=89)


class FinanceBankOnlineAccount(models.Model):
    """An account that a bank lets us read over its interface, and how far it has been read.

    Known by its number and currency: the bank's own id changes with each consent.
    """

    _name = "finance.bank.online.account"
    _description = "Account at a Bank's Interface"
    _order = "connection_id, account_masked, id"
    _rec_name = "account_masked"
    _allow_sudo_commands = False

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    consent_id = fields.Many2one(
        "finance.bank.consent", string="Opened by", readonly=True, ondelete="set null", index="btree_not_null"
    )
    key = fields.Char(readonly=True, required=True, copy=False, groups=fields.NO_ACCESS)
    account_number = fields.Char(readonly=True, required=True, groups=fields.NO_ACCESS)
    is_iban = fields.Boolean(readonly=True)
    account_masked = fields.Char(string="Account", readonly=True)
    currency_name = fields.Char(string="Currency", readonly=True)
    bank_bic = fields.Char(string="BIC", readonly=True)
    name = fields.Char(string="Name at the bank", readonly=True)
    owner_name = fields.Char(string="Holder", readonly=True)
    is_open = fields.Boolean(string="Open to us", readonly=True, help="The consent that is good opens it.")
    is_fetched = fields.Boolean(string="Fetch", default=True, help="Whether its bookings are fetched.")
    fetch_from = fields.Date(
        string="From", help="First day that is fetched. Empty: 89 days back; more needs a fresh consent at most banks."
    )
    read_until = fields.Date(string="Read until", readonly=True, help="Last closed day whose bookings were read.")
    asked_at = fields.Datetime(string="Last answer", readonly=True)
    last_reference = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    position = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS, help="Where the list is read from next.")
    fingerprint = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    journal_id = fields.Many2one("account.journal", string="Bank journal", compute="_compute_journal_id")
    call_ids = fields.One2many("finance.bank.call", "account_id", string="Calls")
    calls_left = fields.Integer(
        compute="_compute_calls_left", help="Calls of transactions without a person that are left for now."
    )
    next_call_at = fields.Datetime(
        compute="_compute_calls_left", string="Next call from", help="Where none is left: when the next one is free."
    )
    balance_ids = fields.One2many("finance.bank.balance", "account_id", string="Balances")

    _one_per_number = models.UniqueIndex(
        "(connection_id, account_number, COALESCE(currency_name, ''))", "This account is known already."
    )

    @api.constrains("fetch_from")
    def _check_fetch_from(self):
        for account in self:
            if account.fetch_from and account.fetch_from > fields.Date.today():
                raise ValidationError(self.env._("%s: the first day is in the future.", account.account_masked))

    def _compute_journal_id(self):
        handler = self.env["finance.bank.handler.statement"]
        for account in self:
            # sudo: which journal an account belongs to is no secret to who sees the account
            known = account.sudo()
            account.journal_id = handler._find_journal(known.company_id, known.account_number, known.currency_name)

    @api.depends("call_ids.used_at", "call_ids.number")
    def _compute_calls_left(self):
        for account in self:
            left, free_at = self.env["finance.bank.call"]._left(account, "transactions")
            account.calls_left, account.next_call_at = left, free_at

    # -- what the bank lists ---------------------------------------------------------------

    @api.model
    def _note(self, connection, told):
        """Keep which accounts are open to us; those that are not listed stay, closed.

        :param told: iterable of :class:`~..protocols.access.OnlineAccount`
        """
        # sudo: written by the engine and by steps that checked the role
        accounts = self.sudo()
        known = accounts.search([("connection_id", "=", connection.id)])
        consent = connection.sudo().bank_consent_ids.filtered(lambda one: one.state == "valid")[:1]
        found = accounts.browse()
        for one in told:
            number = "".join((one.iban or one.number or one.key).split()).upper()
            account = known.filtered(
                lambda k, n=number, c=one.currency: k.account_number == n and (k.currency_name or "") == (c or "")
            )
            values = {
                "consent_id": consent.id,
                "key": one.key,
                "bank_bic": one.bic,
                "name": one.name,
                "owner_name": one.owner,
                "is_open": one.is_open,
            }
            if account:
                account.write(values)
            else:
                account = accounts.create(
                    {
                        **values,
                        "connection_id": connection.id,
                        "account_number": number,
                        "is_iban": bool(one.iban),
                        "account_masked": masking.mask_account(number),
                        "currency_name": one.currency,
                    }
                )
                known |= account
            found |= account
        (known - found).write({"is_open": False, "consent_id": False})
        ends = [one.until for one in told if one.until and one.is_open]
        if ends:
            # there is no consent of ours to watch: the other side tells when it is over
            last = fields.Datetime.to_datetime(min(ends)).replace(hour=23, minute=59)
            self.env["finance.credential"]._note_end(connection.sudo(), WATCHED, last)
        return found

    # -- for adapters ----------------------------------------------------------------------

    def _canonical(self):
        """:return: the :class:`~..formats.model.Account` that reports are about"""
        known = self.sudo()  # sudo: the engine, for the report it asks for
        return Account(
            iban=known.account_number if known.is_iban else None,
            number=None if known.is_iban else known.account_number,
            currency=known.currency_name or None,
            owner=known.owner_name or None,
            bic=known.bank_bic or None,
        )

    def _since(self, today):
        """:return: the first day to ask for: what was read ends some days later"""
        if self.read_until:
            return max(self.read_until - OVERLAP, self.fetch_from or self.read_until - OVERLAP)
        return self.fetch_from or today - HISTORY

    def _take_call(self, endpoint, person, *, is_needed=True):
        """Take one call from the account's day, before it is made; a call with a person is only counted.

        :return bool: whether it may be made
        :raise CallsUsedUp: it may not, and it is needed
        """
        if self.env["finance.bank.call"]._take(self, endpoint, has_person=person.is_there):
            return True
        if not is_needed:
            return False
        _left, free_at = self.env["finance.bank.call"]._left(self, endpoint)
        raise CallsUsedUp(
            self.env._(
                "The calls of %(account)s that a bank grants without a person are used up; the next one is free at "
                "%(at)s UTC.",
                account=self.account_masked,
                at=free_at,
            )
        )

    def _collect(self, pages):
        """Take all pages of a list into memory, as many bytes as a file may have.

        :raise MalformedError: there are more
        """
        limit = self.connection_id.sudo().max_file_mb << 20  # sudo: the engine
        taken, size = [], 0
        for page in pages:
            size += len(page)
            if size > limit:
                raise MalformedError(
                    self.env._(
                        "The bank's list is larger than %(limit)s MB. Enter a later first day on the account, or a "
                        "larger file size on the connection.",
                        limit=limit >> 20,
                    ),
                    reason="file_too_large",
                )
            taken.append(page)
            self.env["finance.dispatcher"]._heartbeat()
        return tuple(taken)

    def _first_day(self, pages, dialect):
        """:return: the first booking day that these pages tell of, None when they tell of nothing"""
        today = self.connection_id._bank_today()
        report = Report(dialect=dialect, account=self._canonical(), since=today, today=today, pages=pages)
        try:
            reading = read(report, self._dialect(dialect))
        except FormatError as error:
            raise MalformedError(str(error), reason="bank_file_broken") from error
        days = [e.booking_date or e.value_date or today for e in (*reading.booked, *reading.so_far)]
        return min(days, default=None)

    @api.model
    def _dialect(self, code):
        formats = self.env["finance.bank.statement.format"]._formats()
        return next(known.dialect for known in formats if known.code == f"api.{code}")

    # -- people ----------------------------------------------------------------------------

    def action_ask_now(self):
        """Ask the bank now, for the person who presses the button: that does not count as a call without one."""
        self.env["finance.message"]._check_role(OPERATOR)
        self.check_access("read")
        person = self.env["finance.connection"]._bank_person()
        asked = self.env["finance.bank.handler.report"]._ask(self, person=person)
        message = (
            self.env._("%s question(s) to the bank have been queued.", len(asked))
            if asked
            else self.env._("The bank is being asked already, or the account is not open to us.")
        )
        return notice(message, "info" if asked else "warning")

    def action_view_balances(self):
        """Show what the bank has said about the balances of the account."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Balances"),
            "res_model": "finance.bank.balance",
            "view_mode": "list",
            "domain": [("account_id", "=", self.id)],
        }
