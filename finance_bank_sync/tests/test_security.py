"""Role by model by company for what this module adds (B-45, B-53; fault 59; attacks 8, 9, 11; pain 23)."""

from datetime import date
from decimal import Decimal

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..formats.model import Balance, Money
from ..protocols.access import OnlineAccount
from .camt_writer import Booking
from .common import (
    ACCOUNTANT,
    ADMIN,
    ADVISER,
    AUDITOR,
    IBAN,
    OPERATOR,
    OTHER_IBAN,
    STEWARD,
    SUPPLIER_IBAN,
    VIEWER,
    BankCase,
)

RECORDS = ("finance.bank.statement", "finance.bank.entry", "finance.bank.suggestion")
WIZARDS = ("upload", "accept", "account", "reconcile")

#: role -> (groups, may read what was received, wizards it may open)
ROLES = {
    "viewer": ([VIEWER], True, ()),
    "operator": ([OPERATOR], True, ("upload", "accept", "account")),
    "steward": ([STEWARD], True, ()),
    "admin": ([ADMIN], True, ()),
    "auditor": ([AUDITOR], True, ()),
    "reader": (["account.group_account_readonly"], True, ()),
    "accountant": ([ACCOUNTANT], True, ("reconcile",)),
    "adviser": ([ADVISER], True, ("reconcile",)),
    "invoicing": (["account.group_account_invoice"], False, ()),
    "employee": ([], False, ()),
}


class SecurityCase(BankCase):
    """Our company and another one with the same things in both: posted, held, suggested."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keep_books(cls.other_company)
        cls.other_journal = cls.make_bank_journal(cls.other_company, OTHER_IBAN)
        cls.branch = cls.make_company("Branch", parent_id=cls.company.id)
        cls.branch_journal = cls.make_bank_journal(cls.branch, "NL91ABNA0417164300")
        cls.all_companies = cls.env(
            context={**cls.env.context, "allowed_company_ids": (cls.company | cls.other_company).ids}
        )
        # once a class: an instance to build with, as the tests have
        cls.filled = cls("fill").fill()

    def fill(self):
        """One posted statement with a suggestion and one held one in each company."""
        filled = {}
        for company, account in ((self.company, IBAN), (self.other_company, OTHER_IBAN)):
            partner = self.env["res.partner"].create({"name": f"Partner of {company.name}"})
            self.make_partner_account(partner, SUPPLIER_IBAN)
            self.make_invoice(10, partner=partner, company=company)
            self.env["res.partner.bank"].search(
                [("partner_id", "!=", partner.id), ("acc_number", "=", SUPPLIER_IBAN)]
            ).unlink()
            env = self.all_companies["finance.bank.statement"]
            statements = env.browse()
            for number, values in enumerate(({}, {"opening": "10.00", "closing": "99.00"})):
                booking = Booking("10.00", text="?", name="Secret Name", iban=SUPPLIER_IBAN)
                received = self.receive_statement(
                    self.statement(booking, account=account, identification=f"{number}", **values),
                    name=f"{company.id}-{number}.xml",
                    company=company,
                )
                statements |= (
                    env.search([("company_id", "=", company.id), ("id", "not in", statements.ids)]) or received
                )
            self.assertEqual(sorted(statements.mapped("state")), ["held", "posted"])
            entries = statements.entry_ids
            filled[company] = {
                "finance.bank.statement": statements,
                "finance.bank.entry": entries,
                "finance.bank.suggestion": entries.suggestion_ids,
                "account.bank.statement.line": entries.line_id,
                "finance.message": statements.message_id | statements.file_message_id,
                "finance.exception": statements.message_id.exception_ids,
            }
            self.assertTrue(all(filled[company].values()))
        return filled

    def of(self, user, records):
        """The records as the user's own session sees them."""
        return records.with_env(self.env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids}))


class TestRoles(SecurityCase):
    def test_b45_each_role_on_each_model(self):
        ours = self.filled[self.company]
        for role, (groups, may_read, _wizards) in ROLES.items():
            user = self.make_user(f"role_{role}", *groups)
            for model in RECORDS:
                records = self.of(user, ours[model])
                with self.subTest(role=role, model=model):
                    self.assertEqual(records.has_access("read"), may_read)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(records.has_access(operation), operation)

    def test_59_nobody_writes_what_was_received(self):
        """RPC create, write and unlink are refused for every role, the administrator of Odoo included."""
        ours = self.filled[self.company]
        everything = [group for groups, _read, _wizards in ROLES.values() for group in groups]
        user = self.make_user("role_everything", "base.group_system", *everything)
        statement = self.of(user, ours["finance.bank.statement"])[0]
        entry = self.of(user, ours["finance.bank.entry"])[0]
        suggestion = self.of(user, ours["finance.bank.suggestion"])[0]
        for records, values in (
            (statement, {"state": "posted"}),
            (statement, {"accepted_by_id": user.id}),
            (statement, {"accepted_differences": {"bank_gap": "1.00"}}),
            (statement, {"entry_ids": [(1, entry.id, {"amount": 1})]}),
            (entry, {"amount": 1000000}),
            (entry, {"state": "staged"}),
            (suggestion, {"score": 99}),
        ):
            with self.subTest(model=records._name, values=values), self.assertRaises(AccessError):
                records.write(values)
        for records in (statement, entry, suggestion):
            with self.subTest(model=records._name):
                with self.assertRaises(AccessError):
                    records.unlink()
                with self.assertRaises(AccessError):
                    records.copy()
        with self.assertRaises(AccessError):
            statement.create({"company_id": self.company.id, "state": "posted"})
        with self.assertRaises(AccessError):
            entry.create({"statement_id": statement.id, "company_id": self.company.id})
        with self.assertRaises(AccessError):
            suggestion.create({"entry_id": entry.id})

    def test_59_received_entries_are_not_reached_through_other_models(self):
        """Attack 10: one2many commands on a journal or a bank line that a person may write."""
        ours = self.filled[self.company]
        user = self.make_user("role_adviser_accountant", ADVISER, ACCOUNTANT)
        journal, line = self.of(user, self.journal), self.of(user, ours["account.bank.statement.line"])[0]
        statement, entry = ours["finance.bank.statement"][0], ours["finance.bank.entry"][0]
        # as in a request: commands never run with more rights than who asked (_allow_sudo_commands)
        self.addCleanup(setattr, self.env.transaction, "default_env", self.env.transaction.default_env)
        self.env.transaction.default_env = journal.env
        for commands in ([(1, statement.id, {"state": "duplicate"})], [(2, statement.id, 0)], [(0, 0, {"name": "x"})]):
            for records in (journal, journal.sudo()):
                with self.subTest(commands=commands), self.assertRaises(AccessError), self.env.cr.savepoint():
                    records.write({"finance_received_statement_ids": commands})
        line.write({"finance_correlation_id": "forged"})
        self.env.invalidate_all()
        self.assertNotEqual(statement.correlation_id, "forged")
        self.assertTrue(entry.exists())

    def test_b45_each_role_on_each_wizard(self):
        ours = self.filled[self.company]
        held = ours["finance.bank.statement"].filtered(lambda s: s.state == "held")
        values = {
            "upload": {"company_id": self.company.id},
            "accept": {"statement_id": held.id, "reason": "x"},
            "account": {"statement_id": held.id, "journal_id": self.journal.id},
            "reconcile": {"line_id": ours["account.bank.statement.line"][0].id},
        }
        for role, (groups, _read, allowed) in ROLES.items():
            user = self.make_user(f"wizard_{role}", *groups)
            for wizard in WIZARDS:
                model = self.of(user, self.env[f"finance.bank.{wizard}.wizard"])
                with self.subTest(role=role, wizard=wizard):
                    if wizard in allowed:
                        self.assertTrue(model.create(values[wizard]))
                    else:
                        with self.assertRaises(AccessError):
                            model.create(values[wizard])

    def test_b44_account_numbers_are_masked_for_viewers(self):
        entry = self.filled[self.company]["finance.bank.entry"][0]
        viewer = self.of(self.make_user("mask_viewer", VIEWER), entry)
        operator = self.of(self.make_user("mask_operator", OPERATOR), entry)
        self.assertEqual(viewer.party_account_masked, "BE68…7034")
        self.assertEqual(operator.party_account, SUPPLIER_IBAN)
        with self.assertRaises(AccessError):
            viewer.read(["party_account"])
        # attack 11: not by searching or sorting either
        for call in (
            lambda: viewer.search([("party_account", "=like", "BE68%")]),
            lambda: viewer.search([], order="party_account"),
            lambda: viewer._read_group([], ["party_account"], ["__count"]),
            lambda: viewer.search([("details", "!=", False)]),
            lambda: viewer.export_data(["party_account"]),
        ):
            with self.assertRaises(UserError):
                call()
        self.assertNotIn("party_account", viewer.fields_get())

    def test_b44_nobody_else_reads_the_account_of_a_statement(self):
        """The number of our own account is shown masked, and to those who may read the statement."""
        statement = self.filled[self.company]["finance.bank.statement"][0]
        viewer = self.of(self.make_user("own_viewer", VIEWER), statement)
        self.assertTrue(viewer.read(["name", "state"]))

    def test_public_methods_check_the_role(self):
        """Every public method of the models and wizards is here; a new one has to be added with its role."""
        expected = {
            "account.bank.statement.line": {
                "action_finance_accept", "action_finance_match_again", "action_finance_open_entry",
                "action_finance_reconcile", "action_finance_take", "action_view_finance_payments",
            },
            "finance.bank.aging": {"action_take", "action_view_line"},
            "finance.bank.balance": {"action_view_statement"},
            "finance.bank.batch": set(),
            "finance.bank.desk": {
                "accept", "find_accounts", "find_items", "get_answers", "get_lines", "settle", "undo",
            },
            "finance.bank.forecast": {"action_view_source"},
            "finance.bank.position": {
                "action_view_balances", "action_view_items", "action_view_lines", "action_view_payments",
                "action_view_statements",
            },
            "finance.bank.rates": set(),
            "finance.bank.fee": {"action_view_charges"},
            "finance.bank.fee.term": set(),
            "finance.bank.virtual.account": set(),
            "finance.bank.statement": {"action_fix", "action_view_entries", "action_view_lines", "action_view_message"},
            "finance.bank.entry": set(),
            "finance.bank.suggestion": {"action_accept"},
            "finance.bank.candidates": set(),
            "finance.bank.decision": set(),
            "finance.bank.by.hand": set(),
            "finance.bank.knowledge": set(),
            "finance.bank.known.lines": set(),
            "finance.bank.lesson": {"action_make_rule", "action_restore", "action_revoke"},
            "finance.bank.match": {"action_open_line", "action_undo"},
            "finance.bank.returns": set(),
            "finance.bank.rule": {"action_test", "action_view_matches"},
            "finance.bank.settlement": set(),
            "finance.bank.upload.wizard": {"action_upload"},
            "finance.bank.accept.wizard": {"action_confirm"},
            "finance.bank.account.wizard": {"action_confirm"},
            "finance.bank.known.wizard": {"action_confirm"},
            "finance.bank.question.wizard": {"action_confirm"},
            "finance.bank.reconcile.wizard": {"action_confirm"},
            "finance.bank.continuity": set(),
            "finance.bank.handler.file": set(),
            "finance.bank.handler.statement": set(),
            "finance.bank.ledger": set(),
            "finance.bank.matcher": set(),
            "finance.bank.pages": set(),
            "finance.bank.rematcher": set(),
            "finance.bank.stager": set(),
            "finance.bank.statement.format": set(),
            "finance.bank.twins": set(),
        }  # fmt: skip
        orm = {"create", "write", "unlink", "default_get", "action_undo_reconciliation"}
        for model, methods in expected.items():
            own = {
                name
                for base in type(self.env[model]).__mro__
                if base.__module__.startswith("odoo.addons.finance_bank_sync")
                for name, value in vars(base).items()
                if callable(value) and not name.startswith("_")
            }
            with self.subTest(model=model):
                self.assertEqual(own - orm, methods)


class TestCompanies(SecurityCase):
    """Pain 23 and B-53: a user of company A sees nothing of B, on any model, on any screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = [OPERATOR, STEWARD, ADMIN, AUDITOR, ACCOUNTANT, ADVISER]
        cls.stranger = cls.make_user("stranger", *groups, companies=cls.other_company)
        cls.both = cls.make_user("both", *groups, companies=cls.company | cls.other_company)

    def test_b53_records_of_another_company_do_not_exist(self):
        filled = self.filled
        for model, records in filled[self.company].items():
            theirs = self.of(self.stranger, records)
            with self.subTest(model=model):
                self.assertFalse(theirs.search([("id", "in", records.ids)]))
                self.assertEqual(theirs.search_count([("id", "in", records.ids)]), 0)
                self.assertFalse(theirs.name_search("", [("id", "in", records.ids)]))
                for record in theirs:
                    with self.assertRaises(AccessError):
                        record.read(["id", "display_name"])
                self.assertTrue(self.of(self.stranger, filled[self.other_company][model]).read(["display_name"]))

    def test_attack_8_company_in_the_context_is_not_believed(self):
        records = self.filled[self.company]["finance.bank.statement"]
        forged = records.with_env(
            self.env(user=self.stranger, su=False, context={"allowed_company_ids": [self.company.id]})
        )
        with self.assertRaises(AccessError):
            forged.search([("id", "in", records.ids)]).read(["name"])

    def test_b53_user_of_both_works_in_the_company_chosen(self):
        filled = self.filled
        for company in (self.company, self.other_company):
            env = self.env(user=self.both, su=False, context={"allowed_company_ids": company.ids})
            with self.subTest(company=company.name):
                self.assertEqual(
                    env["finance.bank.statement"].search([]), filled[company]["finance.bank.statement"].with_env(env)
                )

    def test_attack_9_wizards_do_not_open_records_of_others(self):
        """Not by reading through the wizard's related fields, not by acting."""
        ours = self.filled[self.company]
        held = ours["finance.bank.statement"].filtered(lambda s: s.state == "held")
        line, exception = ours["account.bank.statement.line"][0], ours["finance.exception"][:1]
        cases = (
            ("accept", {"statement_id": held.id, "exception_id": exception.id, "reason": "x"}, "detail"),
            ("account", {"statement_id": held.id, "journal_id": self.other_journal.id}, "currency_name"),
            ("account", {"statement_id": held.id, "journal_id": self.other_journal.id}, "account_masked"),
            ("reconcile", {"line_id": line.id}, "label"),
            ("reconcile", {"line_id": line.id}, "amount"),
            ("reconcile", {"line_id": line.id}, "suggestion_ids"),
        )
        for wizard, values, field in cases:
            with self.subTest(wizard=wizard, field=field):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.of(self.stranger, self.env[f"finance.bank.{wizard}.wizard"]).create(values).read([field])
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.of(self.stranger, self.env[f"finance.bank.{wizard}.wizard"]).create(values).action_confirm()
        self.assertEqual(held.state, "held")
        self.assertFalse(held.accepted_by_id)
        self.assertFalse(line.is_reconciled)

    def test_attack_9_upload_for_another_company(self):
        attachment = self.of(self.stranger, self.env["ir.attachment"]).create({"name": "a.xml", "raw": b"<x/>"})
        wizard = self.of(self.stranger, self.env["finance.bank.upload.wizard"])
        count = self.env["finance.message"].search_count([])
        with self.assertRaises(UserError):
            wizard.create({"company_id": self.company.id, "attachment_ids": attachment.ids}).action_upload()
        self.assertEqual(self.env["finance.message"].search_count([]), count)

    def test_attack_9_drop_on_a_journal_of_another_company(self):
        attachment = self.of(self.stranger, self.env["ir.attachment"]).create({"name": "a.xml", "raw": b"<x/>"})
        with self.assertRaises(AccessError):
            self.of(self.stranger, self.journal).create_document_from_attachment(attachment.ids)

    def test_attack_9_attachment_that_the_user_may_not_read(self):
        """The wizard must not become a way to read attachments of others."""
        secret = self.env["ir.attachment"].create(
            {"name": "s", "raw": b"secret", "res_model": "finance.exception", "res_id": 1}
        )
        operator = self.make_user("attachment_operator", OPERATOR)
        wizard = self.of(operator, self.env["finance.bank.upload.wizard"])
        with self.assertRaises(AccessError):
            wizard.create({"company_id": self.company.id, "attachment_ids": secret.ids}).action_upload()

    def test_buttons_on_records_of_another_company(self):
        ours = self.filled[self.company]
        statement, line = ours["finance.bank.statement"][0], ours["account.bank.statement.line"][0]
        for records, method in (
            (statement, "action_view_entries"),
            (statement, "action_view_message"),
            (statement, "action_fix"),
            (line, "action_finance_match_again"),
            (line, "action_finance_take"),
            (line, "action_finance_open_entry"),
            (line, "action_undo_reconciliation"),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(self.of(self.stranger, records), method)()


@tagged("post_install", "-at_install")
class TestScreens(SecurityCase):
    """Pain 23: every screen opens with data for every role, also for the user of a branch alone."""

    SCREENS = ("finance.bank.statement", "finance.bank.entry", "account.bank.statement.line")

    def open(self, user, model, action=None):
        """Load list, form and search of a model and read what they show; :return: the ids shown."""
        env = self.env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids})
        context = safe_eval(action.context or "{}", {"uid": user.id}) if action else {}
        records = env[model].with_context(**context)
        modes = action.view_mode.split(",") if action else ["list", "form"]
        kinds = [(action.view_id.id if action and kind == "list" else False, kind) for kind in (*modes, "search")]
        views = records.get_views(kinds, {"toolbar": True})
        shown = None
        for kind in modes:
            arch = etree.fromstring(views["views"][kind]["arch"])
            specification = self.specification(env, model, arch)
            found = records.web_search_read([], specification, limit=80)
            shown = {record["id"] for record in found["records"]}
            if kind == "form":
                for number in shown:
                    records.browse(number).web_read(specification)
        return shown

    def specification(self, env, model, arch):
        fields = {}
        for node in arch.iter("field"):
            name = node.get("name")
            if any(ancestor.tag == "field" for ancestor in node.iterancestors()):
                continue
            field = env[model]._fields[name]
            if field.type == "many2one":
                fields[name] = {"fields": {"display_name": {}}}
            elif field.type in ("one2many", "many2many"):
                inner = {
                    child.get("name"): {}
                    for child in node.iter("field")
                    if child is not node and child.get("name") in env[field.comodel_name]._fields
                }
                fields[name] = {"fields": inner or {"display_name": {}}}
            else:
                fields[name] = {}
        return fields

    def test_pain_23_branch_user(self):
        branch, journal = self.branch, self.branch_journal
        partner = self.env["res.partner"].create({"name": "Partner of the branch"})
        invoice = self.make_invoice(33, partner=partner, company=branch)
        received = self.receive_statement(
            self.statement(
                Booking("33.00", text=invoice.name), Booking("5.00", text="?"), account="NL91ABNA0417164300"
            ),
            name="branch.xml",
            company=branch,
        )
        received = received or self.env["finance.bank.statement"].search([("company_id", "=", branch.id)])
        self.assertPosted(received)
        self.assertEqual(invoice.payment_state, "paid")
        user = self.make_user("branch_user", OPERATOR, ACCOUNTANT, companies=branch)
        shown = {model: self.open(user, model) for model in self.SCREENS}
        self.assertEqual(shown["finance.bank.statement"], set(received.ids))
        self.assertEqual(shown["finance.bank.entry"], set(received.entry_ids.ids))
        self.assertEqual(shown["account.bank.statement.line"], set(self.lines(journal).ids))

        # and the user can work there
        line = self.lines(journal).filtered(lambda item: not item.is_reconciled)
        expense = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1
        )
        wizard = self.of(user, self.env["finance.bank.reconcile.wizard"])
        other = self.make_invoice(5, partner=partner, company=branch)
        item = other.line_ids.filtered(lambda item: item.account_id.account_type == "asset_receivable")
        wizard.create({"line_id": line.id, "item_ids": [(6, 0, item.ids)]}).action_confirm()
        self.assertEqual(other.payment_state, "paid")
        self.assertTrue(expense)
        self.of(user, self.lines(journal)).action_undo_reconciliation()
        self.of(user, self.lines(journal)).action_finance_match_again()

    def make_online_account(self):
        """An account over an interface, with its consent and what the bank has said about its balance."""
        connection = self.make_connection("finance.bank.adapter.berlin.group", http_base_url="https://bank.example/v1")
        self.env["finance.bank.consent"].create({"connection_id": connection.id, "reference": "C1"})
        told = OnlineAccount(key="a1", iban="DE02120300000000202051", currency="EUR")
        account = self.env["finance.bank.online.account"]._note(connection, [told])
        balance = Balance(code="CLBD", money=Money(amount=Decimal("1.00"), currency="EUR"), date=date(2026, 3, 9))
        self.env["finance.bank.balance"]._keep(account, [balance], self.env["finance.message"], "api.berlin_group")

    def make_payments(self):
        """An order with one payment, and what is set up for payments and collections."""
        partner = self.env["res.partner"].create({"name": "Somebody who is paid"})
        account = self.make_partner_account(partner, "FR1420041010050500013M02606")
        self.env["finance.payment.order"].create(
            {
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "currency_id": self.eur.id,
                "line_ids": [Command.create({"partner_id": partner.id, "partner_bank_id": account.id, "amount": 10.0})],
            }
        )
        self.env["finance.payment.rule"].create({"name": "All", "company_id": self.company.id})
        self.env["finance.payment.route"].create(
            {"name": "All", "company_id": self.company.id, "journal_id": self.journal.id}
        )
        self.env["finance.mandate"].create(
            {"partner_id": partner.id, "partner_bank_id": account.id, "company_id": self.company.id}
        )
        connection = self.make_connection(
            "finance.payment.adapter.screening", http_base_url="https://screening.example"
        )
        flow = self.make_flow(connection, handler="finance.handler.payment.check", direction="out")
        self.env["finance.payment.check"].create(
            {"name": "Screening", "company_id": self.company.id, "flow_id": flow.id}
        )
        self.other = self.make_company("Other Branch")
        self.env["finance.intercompany.settlement"].create(
            {"company_id": self.company.id, "other_company_id": self.other.id}
        )

    def test_pain_23_every_role_opens_every_screen_of_its_menu(self):
        self.env["finance.bank.statement.profile"].create(
            {
                "name": "Elbbank",
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "column_date": "1",
                "column_amount": "2",
            }
        )
        account = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1
        )
        self.env["finance.bank.rule"].create({"name": "Fees", "label": "fee", "account_id": account.id})
        self.env["finance.bank.fee.term"].create(
            {"name": "x", "per": "month", "amount": 5, "journal_id": self.journal.id, "company_id": self.company.id}
        )
        self.env["finance.bank.virtual.account"].create(
            {"number": "VA-000017", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        self.env["finance.bank.lesson"]._count(self.company.id, "name", "acme", self.customer.id, None)
        self.env["finance.bank.match"].create(
            {
                "line_id": self.lines()[:1].id,
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "mode": "automatic",
            }
        )
        self.make_online_account()
        self.make_payments()
        menus = {
            menu.action.res_model: menu
            for menu in self.env["ir.ui.menu"].browse(
                self.env["ir.model.data"]
                .search([("module", "=", "finance_bank_sync"), ("model", "=", "ir.ui.menu")])
                .mapped("res_id")
            )
            # a client action has no views; what it asks is in test_desk.py
            if menu.action and menu.action._name == "ir.actions.act_window"
        }
        for role, (groups, _read, _wizards) in ROLES.items():
            user = self.make_user(f"screen_{role}", *groups, companies=self.company | self.other)
            visible = set(self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())
            for model, menu in menus.items():
                if menu.id in visible and not self.env[model]._transient:
                    with self.subTest(role=role, model=model):
                        self.assertTrue(self.open(user, model, menu.action))

    def test_who_sees_what_is_to_be_reconciled(self):
        """The work list of accountants, Community's administrator among them; the app's other menus need its roles."""
        menu = self.env.ref("finance_bank_sync.account_bank_statement_line_menu")
        seen = {
            role
            for role, (groups, _read, _wizards) in ROLES.items()
            if menu.id in self.env["ir.ui.menu"].with_user(self.make_user(f"menu_{role}", *groups))._visible_menu_ids()
        }
        self.assertEqual(seen, {"reader", "accountant", "adviser"})

    def test_journal_form_opens(self):
        user = self.make_user("journal_adviser", ADVISER)
        self.assertIn(self.journal.id, self.open(user, "account.journal"))


class TestDefaults(TransactionCase):
    def test_models_have_rules_for_companies(self):
        """Default is no access: every stored model of this module with a company has its rule."""
        for name, model in self.env.registry.items():
            if not name.startswith("finance.bank.") or model._abstract or model._transient:
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
            self.assertTrue(any("company_id" in rule.domain_force for rule in rules), name)
