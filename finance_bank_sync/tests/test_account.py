"""Which journal a statement belongs to: exactly this account, exactly this company (B-53, pains 8 and 23)."""

from odoo.exceptions import AccessError, UserError

from .camt_writer import Booking, camt053
from .common import ADVISER, IBAN, OPERATOR, OTHER_IBAN, STEWARD, BankCase

NUMBER = "0012-345.67"


class TestAccount(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.adviser = cls.make_user("account_adviser", OPERATOR, ADVISER)
        cls.unlinked = cls.make_bank_journal(cls.company, None)
        cls.steward, cls.second_steward = cls.make_user("steward_1", STEWARD), cls.make_user("steward_2", STEWARD)

    def unknown(self, account=OTHER_IBAN, **values):
        [statement] = self.receive_statement(self.statement(Booking("5.00"), account=account, **values))
        return statement

    # -- unknown accounts ------------------------------------------------------------------

    def test_unknown_account_is_held(self):
        statement = self.unknown()
        self.assertHeld(statement, "bank_account_unknown")
        detail = self.open_exception(statement).detail
        self.assertIn("DE02…5030", detail, "the account is masked")
        self.assertNotIn(OTHER_IBAN, detail)
        self.assertFalse(self.env["account.bank.statement.line"].search([("company_id", "=", self.company.id)]))

    def test_unknown_account_is_a_task_of_the_business(self):
        statement = self.unknown()
        exception = self.open_exception(statement)
        self.assertEqual(exception.error_class, "data")
        self.assertTrue(exception.remedy)
        self.assertTrue(exception.fix_label)

    def test_link_wizard_resumes_all_that_waited(self):
        first = self.unknown()
        second = self.unknown(opening="5.00", identification="SECOND")
        action = self.open_exception(first).with_user(self.adviser).action_fix()
        wizard = self.env[action["res_model"]].with_user(self.adviser).with_context(**action["context"])
        linking = wizard.create({"journal_id": self.unlinked.id})
        self.assertEqual(linking.account_masked, "DE02…5030")
        with self.trap_audit() as audit:
            linking.action_confirm()
            self.drain()
        self.assertPosted(first + second)
        self.assertEqual(self.unlinked.bank_account_id.sanitized_acc_number, OTHER_IBAN)
        self.assertEqual(self.amounts(self.unlinked), [5, 5])
        self.assertNotIn(
            OTHER_IBAN, str([call for call in audit if call["event"] == "bank.account.linked"][0]["after"])
        )

    def test_link_wizard_offers_only_journals_without_account(self):
        wizard = self.env["finance.bank.account.wizard"].with_user(self.adviser)
        linking = wizard.create({"statement_id": self.unknown().id, "journal_id": self.journal.id})
        with self.assertRaisesRegex(UserError, "another account already"):
            linking.action_confirm()
        self.assertEqual(self.journal.bank_account_id.sanitized_acc_number, IBAN)

    def test_link_wizard_refuses_what_does_not_wait(self):
        posted = self.receive_statement(self.statement(Booking("1.00")))
        wizard = self.env["finance.bank.account.wizard"].with_user(self.adviser)
        with self.assertRaises(UserError):
            wizard.create({"statement_id": posted.id, "journal_id": self.unlinked.id}).action_confirm()

    def test_link_wizard_needs_both_roles(self):
        statement = self.unknown()
        values = {"statement_id": statement.id, "journal_id": self.unlinked.id}
        for number, groups in enumerate(([OPERATOR], [OPERATOR, "account.group_account_user"])):
            user = self.make_user(f"account_user_{number}", *groups)
            with self.assertRaises(AccessError):
                self.env["finance.bank.account.wizard"].with_user(user).create(values).action_confirm()
        adviser_only = self.make_user("account_adviser_only", ADVISER)
        with self.assertRaises(AccessError):
            self.env["finance.bank.account.wizard"].with_user(adviser_only).create(values)
        self.assertFalse(self.unlinked.bank_account_id)

    # -- a new journal ---------------------------------------------------------------------

    def link(self, statement, user=None, **values):
        wizard = self.env["finance.bank.account.wizard"].with_user(user or self.adviser)
        return wizard.create({"statement_id": statement.id, **values})

    def test_b53_without_a_journal_that_is_free_the_dialog_makes_one(self):
        first = self.link(self.unknown())
        self.assertEqual(first.choice, "existing")
        first.journal_ids.active = False
        statement = self.unknown(opening="5.00", identification="SECOND")
        linking = self.link(statement)
        self.assertEqual((linking.choice, linking.new_name, linking.new_currency_id), ("new", "Bank 5030", self.eur))
        with self.trap_audit() as audit:
            linking.action_confirm()
            self.drain()
        self.assertPosted(statement)
        journal = statement.journal_id
        self.assertEqual((journal.name, journal.type, journal.company_id), ("Bank 5030", "bank", self.company))
        self.assertEqual(journal.bank_account_id.sanitized_acc_number, OTHER_IBAN)
        self.assertFalse(journal.currency_id, "that of the company")
        self.assertTrue(journal.default_account_id)
        self.assertEqual([call["event"] for call in audit if call["event"].startswith("bank.")][0], "bank.journal.made")

    def test_b53_a_new_journal_is_in_the_currency_of_the_statement(self):
        statement = self.unknown(currency="USD")
        self.link(statement, choice="new", new_name=" Dollars ").action_confirm()
        self.drain()
        self.assertPosted(statement)
        self.assertEqual((statement.journal_id.name, statement.journal_id.currency_id), ("Dollars", self.usd))

    def test_b53_what_a_new_journal_needs(self):
        statement = self.unknown(currency="USD")
        with self.assertRaisesRegex(UserError, "name"):
            self.link(statement, choice="new", new_name=" ").action_confirm()
        with self.assertRaisesRegex(UserError, "Choose a bank journal"):
            self.link(statement, choice="existing").action_confirm()
        self.env.ref("base.CHF").active = False
        francs = self.unknown(currency="CHF", identification="FRANCS")
        with self.assertRaisesRegex(UserError, "where CHF is not in the list"):
            self.link(francs, choice="new").action_confirm()
        self.assertFalse(self.env["account.journal"].search([("name", "=", "Bank 5030")]))

    def test_b53_an_account_of_several_journals_gets_no_further_one(self):
        for code in ("ONE", "TWO"):
            self.make_bank_journal(self.company, OTHER_IBAN, code=code)
        statement = self.unknown()
        for values in ({"choice": "new"}, {"choice": "existing", "journal_id": self.unlinked.id}):
            with self.assertRaisesRegex(UserError, "Several journals have this account"), self.env.cr.savepoint():
                self.link(statement, **values).action_confirm()
        self.assertHeld(statement, "bank_account_unknown")
        self.assertFalse(self.unlinked.bank_account_id)

    def test_b53_only_who_may_make_a_journal_makes_one(self):
        statement = self.unknown()
        accountant = self.make_user("account_user_new", OPERATOR, "account.group_account_user")
        linking = self.link(statement, accountant, choice="new")
        self.assertFalse(linking.may_make)
        with self.assertRaises(AccessError):
            linking.action_confirm()
        self.assertHeld(statement, "bank_account_unknown")

    def test_account_set_on_the_journal_resumes(self):
        statement = self.unknown()
        self.unlinked.bank_acc_number = "DE02 5001 0517 0137 0750 30"
        self.drain()
        self.assertPosted(statement)

    def test_new_journal_with_the_account_resumes(self):
        statement = self.unknown()
        account = self.env["res.partner.bank"].create(
            {"acc_number": OTHER_IBAN, "partner_id": self.company.partner_id.id, "company_id": self.company.id}
        )
        self.make_bank_journal(self.company, None, bank_account_id=account.id)
        self.drain()
        self.assertPosted(statement)

    def test_corrected_number_of_the_bank_account_resumes(self):
        self.unlinked.set_bank_account("DE02500105170137075031")
        statement = self.unknown()
        self.unlinked.bank_account_id.acc_number = OTHER_IBAN
        self.drain()
        self.assertPosted(statement)

    def test_archived_journal_takes_nothing_until_it_is_back(self):
        """Fault 54: archived between two steps: a held message, no entry."""
        self.journal.active = False
        statement = self.receive_statement(self.statement(Booking("5.00")))
        self.assertHeld(statement, "bank_account_unknown")
        self.journal.active = True
        self.drain()
        self.assertPosted(statement)

    def test_54_archived_account_of_the_journal_makes_no_entry(self):
        self.journal.suspense_account_id.active = False
        statement = self.receive_statement(self.statement(Booking("5.00")))
        self.assertEqual((statement.message_id.state, statement.state), ("held", "held"))
        self.assertNothingOnLedger()
        self.assertEqual(statement.entry_ids.mapped("state"), ["staged"])
        self.journal.suspense_account_id.active = True
        statement.message_id._retry("unarchived")
        self.drain()
        self.assertPosted(statement)

    # -- the number ------------------------------------------------------------------------

    def test_iban_is_found_however_it_is_written(self):
        self.unlinked.set_bank_account("de02 5001 0517 0137 0750 30")
        self.assertPosted(self.unknown())

    def test_proprietary_number(self):
        self.unlinked.set_bank_account(NUMBER)
        self.assertPosted(self.unknown(NUMBER, is_iban=False))

    def test_iban_in_the_place_of_a_proprietary_number(self):
        """Baltic reports write the IBAN into Othr/Id (specs/camt.md section 9)."""
        self.assertPosted(self.receive_statement(self.statement(Booking("5.00"), is_iban=False)))

    def test_part_of_a_number_is_not_the_number(self):
        """OCA searched with ilike: 0012345 would have found 001234567."""
        self.unlinked.set_bank_account("001234567")
        self.assertHeld(self.unknown("0012345", is_iban=False), "bank_account_unknown")
        self.assertHeld(self.unknown("9001234567", is_iban=False), "bank_account_unknown")

    def test_same_account_in_two_currencies(self):
        """One IBAN, one journal a currency: the currency of the statement decides."""
        dollars = self.make_bank_journal(self.company, IBAN, currency=self.usd)
        in_euro = self.receive_statement(self.statement(Booking("5.00"), identification="E"), name="e.xml")
        in_dollar = self.receive_statement(self.statement(Booking("7.00"), currency="USD", identification="D"))
        self.assertPosted(in_euro + in_dollar)
        self.assertEqual((in_euro.journal_id, in_dollar.journal_id), (self.journal, dollars))
        self.assertEqual((self.amounts(), self.amounts(dollars)), ([5], [7]))

    def test_same_account_in_two_journals_of_one_currency_is_for_a_person(self):
        twin = self.make_bank_journal(self.company, IBAN)
        statement = self.receive_statement(self.statement(Booking("5.00")))
        self.assertHeld(statement, "bank_account_unknown")
        twin.active = False
        self.drain()
        self.assertPosted(statement)
        self.assertEqual(statement.journal_id, self.journal)

    # -- companies -------------------------------------------------------------------------

    def test_attack_22_account_of_another_company_is_never_matched(self):
        self.keep_books(self.other_company)
        theirs = self.make_bank_journal(self.other_company, OTHER_IBAN)
        statement = self.unknown()
        self.assertHeld(statement, "bank_account_unknown")
        self.assertFalse(self.lines(theirs))

    def test_account_set_in_another_company_resumes_nothing_of_ours(self):
        statement = self.unknown()
        self.keep_books(self.other_company)
        self.make_bank_journal(self.other_company, OTHER_IBAN)
        self.drain()
        self.assertHeld(statement, "bank_account_unknown")

    def test_account_of_a_branch_is_not_that_of_its_parent(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        journal = self.make_bank_journal(branch, OTHER_IBAN)
        self.assertHeld(self.unknown(), "bank_account_unknown")
        [own] = self.receive_statement(
            self.statement(Booking("5.00"), account=OTHER_IBAN, identification="B"), name="b.xml", company=branch
        )
        self.assertPosted(own)
        self.assertEqual(own.journal_id, journal)
        self.assertEqual(own.entry_ids.line_id.company_id, branch)

    def test_two_companies_with_the_same_iban(self):
        self.keep_books(self.other_company)
        theirs = self.make_bank_journal(self.other_company, IBAN)
        [ours] = self.receive_statement(self.statement(Booking("5.00")), name="a.xml")
        [other] = self.receive_statement(self.statement(Booking("5.00")), name="a.xml", company=self.other_company)
        self.assertPosted(ours + other)
        self.assertEqual((self.amounts(), self.amounts(theirs)), ([5], [5]))

    # -- mappings --------------------------------------------------------------------------

    def propose(self, code, journal, connection=None):
        mapping = (
            self.env["finance.mapping"]
            .with_user(self.steward)
            .create(
                {
                    "domain_id": self.env.ref("finance_bank_sync.finance_mapping_domain_bank_account").id,
                    "connection_id": connection.id if connection else False,
                    "code": code,
                    "res_id": journal.id,
                }
            )
        )
        mapping.action_propose()
        return mapping

    def approve(self, mapping):
        mapping.with_user(self.second_steward).action_approve()
        self.drain()

    def test_mapping_of_an_account_the_bank_names_otherwise(self):
        statement = self.unknown("POOL-7", is_iban=False)
        self.assertHeld(statement, "bank_account_unknown")
        mapping = self.propose("POOL-7", self.unlinked)
        self.drain()
        self.assertHeld(statement, "bank_account_unknown")
        self.approve(mapping)
        self.assertPosted(statement)
        self.assertEqual(statement.journal_id, self.unlinked)

    def test_mapping_to_a_journal_of_another_company_does_not_count(self):
        self.keep_books(self.other_company)
        theirs = self.make_bank_journal(self.other_company, None)
        statement = self.unknown("POOL-7", is_iban=False)
        self.approve(self.propose("POOL-7", theirs))
        self.assertHeld(statement, "bank_account_unknown")
        self.assertFalse(self.lines(theirs))

    def test_mapping_to_a_journal_that_is_no_bank_does_not_count(self):
        sales = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")], limit=1
        )
        statement = self.unknown("POOL-7", is_iban=False)
        self.approve(self.propose("POOL-7", sales))
        self.assertHeld(statement, "bank_account_unknown")

    def test_journal_of_the_account_goes_before_a_mapping(self):
        self.approve(self.propose(IBAN, self.unlinked))
        [statement] = self.receive_statement(self.statement(Booking("1.00")))
        self.assertEqual(statement.journal_id, self.journal)

    def test_several_unknown_accounts_in_one_file(self):
        """Pain 8: each is refused by its own name."""
        message = self.receive(
            camt053(
                self.statement(Booking("1.00"), account=OTHER_IBAN),
                self.statement(Booking("2.00"), account=NUMBER, is_iban=False),
                self.statement(Booking("3.00")),
            )
        )
        self.assertEqual(message.state, "done")
        states = {s.account_number: s.state for s in self.statements_of(message)}
        self.assertEqual(states, {OTHER_IBAN: "held", NUMBER: "held", IBAN: "posted"})
