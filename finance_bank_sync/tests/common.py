"""What the bank tests share: a company with its bank, invoices to be paid, files that arrive."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from .camt_writer import DAY, Booking, Statement, camt053

#: invented accounts with valid check digits
IBAN = "DE02120300000000202051"
OTHER_IBAN = "DE02500105170137075030"
FOREIGN_IBAN = "NL91ABNA0417164300"
CUSTOMER_IBAN = "FR1420041010050500013M02606"
SUPPLIER_IBAN = "BE68539007547034"

VIEWER = "finance_connector_base.finance_group_viewer"
OPERATOR = "finance_connector_base.finance_group_operator"
STEWARD = "finance_connector_base.finance_group_mapping_steward"
ADMIN = "finance_connector_base.finance_group_admin"
AUDITOR = "finance_connector_base.finance_group_auditor"
ACCOUNTANT = "account.group_account_user"
ADVISER = "account.group_account_manager"


class BankCase(FinanceCase):
    """One company in euro with one bank journal, built once a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur = cls.env.ref("base.EUR")
        cls.usd = cls.env.ref("base.USD")
        (cls.eur | cls.usd).active = True
        cls.company = cls.company.with_env(cls.env)
        cls.keep_books(cls.company)
        cls.env.user.company_id = cls.company
        cls.journal = cls.make_bank_journal(cls.company, IBAN)
        cls.customer = cls.env["res.partner"].create({"name": "Acme Customer"})
        cls.supplier = cls.env["res.partner"].create({"name": "Bolt Supplier"})

    # -- building --------------------------------------------------------------------------

    @classmethod
    def keep_books(cls, company, currency=None):
        """Give a company a chart of accounts, its currency and a rate of the dollar."""
        company.country_id = cls.env.ref("base.us")
        cls.load_chart(company)
        company.currency_id = currency or cls.eur
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.usd.id, "rate": 1.25, "name": "2020-01-01", "company_id": company.id}
        )

    @classmethod
    def make_company(cls, name, **values):
        """Another company whose records our user may see; a branch keeps the books of its parent."""
        company = cls.env["res.company"].create({"name": name, **values})
        cls.env.user.company_ids |= company
        return company

    @classmethod
    def make_bank_journal(cls, company, number, *, currency=None, code=None, **values):
        """A bank journal whose account number is ``number`` (None: without)."""
        count = cls.env["account.journal"].search_count([("company_id", "=", company.id)])
        journal = (
            cls.env["account.journal"]
            .with_company(company)
            .create(
                {
                    "name": f"Bank {number or 'without number'}",
                    "code": code or f"T{count}",
                    "type": "bank",
                    "company_id": company.id,
                    "currency_id": currency.id if currency else False,
                    **values,
                }
            )
        )
        if number:
            journal.set_bank_account(number)
        return journal

    @classmethod
    def make_user(cls, login, *groups, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(("base.group_user", *groups)),
            company_id=companies[:1].id,
            company_ids=[Command.set(companies.ids)],
            context={"no_reset_password": True, "mail_create_nosubscribe": True, "tracking_disable": True},
        )

    @classmethod
    def make_invoice(cls, amount, *, move_type="out_invoice", partner=None, day="2026-02-01", company=None, **values):
        company = company or cls.company
        partner = partner or (cls.customer if move_type.startswith("out") else cls.supplier)
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": partner.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_line_ids": [
                        Command.create({"name": "Work", "price_unit": float(amount), "tax_ids": [Command.clear()]})
                    ],
                    **values,
                }
            )
        )
        move.action_post()
        return move

    @classmethod
    def make_partner_account(cls, partner, number):
        return cls.env["res.partner.bank"].create({"acc_number": number, "partner_id": partner.id})

    def statement(self, *bookings, **values):
        """One statement of the company's account; the opening continues what is on the ledger."""
        values.setdefault("account", IBAN)
        return Statement(bookings=bookings, **values)

    # -- files and the queue ---------------------------------------------------------------

    def receive(self, content, name="statement.xml", company=None):
        """Queue a file and work it; :return: its message."""
        [message] = self.receive_all([(name, content)], company)
        return message

    def receive_all(self, files, company=None):
        messages = self.env["finance.connection"]._bank_receive(company or self.company, files)
        self.drain()
        return messages

    def receive_statement(self, *statements, name="statement.xml", company=None):
        """Write, queue and work a file; :return: the received statements in the order of the file."""
        message = self.receive(camt053(*statements), name, company)
        return self.statements_of(message)

    def statements_of(self, message):
        return self.env["finance.bank.statement"].search([("file_message_id", "=", message.id)], order="id")

    def pay(self, amount, text="", **values):
        """One booking in one statement of its own, after everything on the ledger; :return: its bank line."""
        last = self.env["finance.bank.statement"].search(
            [("journal_id", "=", self.journal.id), ("state", "=", "posted")],
            order="closing_date desc, id desc",
            limit=1,
        )
        day = date.fromordinal(last.closing_date.toordinal() + 1) if last else DAY
        statement = Statement(
            account=IBAN,
            opening=str(Decimal(str(last.closing)).quantize(Decimal("0.01"))) if last else "0.00",
            bookings=(Booking(amount, text=text, **values),),
            day=day,
        )
        [received] = self.receive_statement(statement, name=f"{day}.xml")
        self.assertPosted(received)
        return received.entry_ids.line_id

    @contextmanager
    def undone(self):
        """Whatever happens inside is rolled back: the next of many cases starts from the same ledger."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    @contextmanager
    def without_ledger(self):
        """Post without bank lines: for the many cases where only the decision matters."""

        def write(ledger, statement, portions):
            plans = [plan for portion in portions for plan in portion]
            ledger.env.cr.execute(
                "UPDATE finance_bank_entry SET state = 'posted', posted_journal_id = %s WHERE id = ANY(%s)",
                [statement.journal_id.id, [plan.entry_id for plan in plans]],
            )
            ledger.env["finance.bank.entry"].invalidate_model()
            return plans

        with patch.object(self.env.registry["finance.bank.ledger"], "_write", write):
            yield

    # -- what is on the ledger -------------------------------------------------------------

    def lines(self, journal=None):
        return self.env["account.bank.statement.line"].search(
            [("journal_id", "=", (journal or self.journal).id)], order="internal_index"
        )

    def amounts(self, journal=None):
        return [line.amount for line in self.lines(journal)]

    def balance(self, journal=None):
        """Balance of the bank account on the ledger, in the currency of the journal."""
        journal = journal or self.journal
        [(total,)] = self.env["account.move.line"]._read_group(
            [("account_id", "=", journal.default_account_id.id), ("parent_state", "=", "posted")],
            aggregates=["amount_currency:sum"],
        )
        return round(total or 0.0, 2)

    def open_exception(self, record):
        """The open exception of a message or of a received statement."""
        message = record if record._name == "finance.message" else record.message_id
        exception = message.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(len(exception), 1, f"{message.state} {message.reason_code} {message.detail}")
        return exception

    def assertPosted(self, statement):
        for one in statement:
            self.assertEqual(one.message_id.state, "done", f"{one.message_id.reason_code}: {one.message_id.detail}")
            self.assertEqual(one.state, "posted")

    def assertHeld(self, statement, reason):
        self.assertEqual((statement.message_id.state, statement.message_id.reason_code), ("held", reason),
                         statement.message_id.detail)  # fmt: skip
        self.assertEqual(statement.state, "held")
        self.assertEqual(self.open_exception(statement).reason_code, reason)

    def assertNothingOnLedger(self, journal=None):
        self.assertFalse(self.lines(journal))
        self.assertFalse(self.env["account.bank.statement"].search([("journal_id", "=", (journal or self.journal).id)]))
