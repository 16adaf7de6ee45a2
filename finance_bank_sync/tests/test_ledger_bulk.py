"""The bulk writer leaves the rows that the ORM leaves; what it cannot prove it leaves to the ORM."""

import json
import random
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError

from ..ledger.plan import LinePlan
from ..models.finance_bank_ledger import BULK_FROM_PARAMETER
from ..models.finance_bank_ledger_balances import COMPUTED
from ..models.finance_bank_ledger_bulk_batch import Batch
from .common import IBAN, BankCase

DAY = date(2026, 3, 2)
ORM = "finance.bank.ledger"
BULK = "finance.bank.ledger.bulk"
HANDLER = "odoo.addons.finance_bank_sync.models.finance_bank_handler_statement"
BATCH_LOGGER = "odoo.addons.finance_bank_sync.models.finance_bank_ledger_bulk_batch"
#: columns with ids of the rows themselves; the rest must be equal
OWN_IDS = {
    "account_bank_statement_line": {"id", "move_id", "statement_id"},
    "account_move": {"id", "statement_line_id"},
    "account_move_line": {"id", "move_id", "statement_line_id", "statement_id"},
    "account_bank_statement": {"id"},
}


class Undo(Exception):
    """Rolls a savepoint back."""


class LedgerCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.customer.property_account_receivable_id
        cls.payable = cls.supplier.property_account_payable_id
        cls.gbp = cls.env.ref("base.GBP")
        cls.jpy = cls.env.ref("base.JPY")
        (cls.gbp | cls.jpy).active = True
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.usd.id, "rate": rate, "name": day, "company_id": cls.company.id}
                for day, rate in (("2026-01-01", 1.0825), ("2026-03-01", 1.1371), ("2026-03-05", 1.1113))
            ]
        )
        position = cls.env["account.fiscal.position"].create({"name": "Manual", "company_id": cls.company.id})
        cls.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": cls.company.id,
                "auto_apply": True,
                "country_id": cls.env.ref("base.fr").id,
            }
        )
        parent = cls.env["res.partner"].create(
            {
                "name": "Parent & <Sons>",
                "is_company": True,
                "property_account_position_id": position.id,
                "bank_ids": [
                    Command.create({"acc_number": "BE71096123456769"}),
                    Command.create({"acc_number": "BE02001234567840", "currency_id": cls.usd.id}),
                ],
            }
        )
        child = cls.env["res.partner"].create({"name": "Child", "parent_id": parent.id, "type": "invoice"})
        french = cls.env["res.partner"].create({"name": "Français", "country_id": cls.env.ref("base.fr").id})
        cls.partners = cls.customer | cls.supplier | parent | child | french

    # -- plans -----------------------------------------------------------------------------

    def received(self, count, journal=None):
        """A received statement with so many entries; only what the writer looks at."""
        journal = journal or self.journal
        statement = (
            self.env["finance.bank.statement"]
            .sudo()
            .create({"name": "Received", "company_id": journal.company_id.id, "journal_id": journal.id})
        )
        self.env["finance.bank.entry"].sudo().create(
            [
                {
                    "statement_id": statement.id,
                    "company_id": journal.company_id.id,
                    "position": n,
                    "key": f"{statement.id}/{n}",
                }
                for n in range(count)
            ]
        )
        return statement

    def plans(self, statement, wanted):
        """Plans from a list of dicts with what is not usual about them."""
        entries = self.env["finance.bank.entry"].sudo().search([("statement_id", "=", statement.id)], order="position")
        return [
            LinePlan(
                **{
                    "entry_id": entry.id,
                    "sequence": entry.position * 1000,
                    "date": DAY,
                    "amount": Decimal("10.00") + entry.position,
                    "label": f"Payment {entry.position}",
                    **values,
                }
            )
            for entry, values in zip(entries, wanted, strict=True)
        ]

    # -- writing twice ---------------------------------------------------------------------

    @contextmanager
    def undone(self):
        """Work whose rows are gone afterwards."""
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)

    def post_by(self, model, statement, *portions):
        """Write portions of plans with one of the writers; :return: (lines, number of lines that were copied)"""
        copied = []
        copy_proved = Batch.copy_proved

        def counted(batch, made):
            found = copy_proved(batch, made)
            copied.append(len(found))
            return found

        writer = self.env.registry[ORM]
        # what core would leave has the balances that core computes
        balances = self.env.registry["finance.bank.ledger.balances"]
        by_query = patch.object(balances, "_is_known", lambda _self: model != ORM)
        chosen = patch.object(writer, "_writer", lambda _self, _count: model)
        with chosen, by_query, patch.object(Batch, "copy_proved", counted):
            lines = self.env[ORM]._write(statement, portions)
            self.env.flush_all()
        return lines, sum(copied)

    def rows(self, lines):
        """All columns of everything that was written, in the order of the lines, without the ids of the rows."""
        found = []
        for line in lines:
            move = self.stored("account_move", "id", line.move_id.id)
            bank_line = self.stored("account_bank_statement_line", "id", line.id)
            self.assertTrue(bank_line[0]["internal_index"].endswith(f"{line.id:0>10}"))
            bank_line[0]["internal_index"] = bank_line[0]["internal_index"][:-10]
            found.append((bank_line, move, self.stored("account_move_line", "move_id", line.move_id.id)))
        [bank_statement] = self.stored("account_bank_statement", "id", lines.statement_id.id)
        # it ends with the id of a line
        bank_statement["first_line_index"] = bank_statement["first_line_index"][:-10]
        found.append([bank_statement])
        return found

    def stored(self, table, column, value):
        self.env.cr.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {column} = %s ORDER BY id", [value])
        rows = [json.loads(text, parse_float=Decimal) for (text,) in self.env.cr.fetchall()]
        return [{name: cell for name, cell in row.items() if name not in OWN_IDS[table]} for row in rows]

    def counts(self):
        """Number of rows of every table."""
        self.env.cr.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = current_schema"
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        parts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables)
        self.env.cr.execute(parts)
        return dict(self.env.cr.fetchall())

    def ranks(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, customer_rank, supplier_rank FROM res_partner WHERE id = ANY(%s)", [self.partners.ids]
        )
        return {partner: (customer > 0, supplier > 0) for partner, customer, supplier in self.env.cr.fetchall()}

    def assertTwins(self, wanted, journal=None, least_copied=1):
        """Both writers leave the same rows, in the same number of rows of every table."""
        statement = self.received(len(wanted), journal)
        plans = self.plans(statement, wanted)
        results = {}
        for model in (ORM, BULK):
            with self.undone():
                before = self.counts()
                lines, copied = self.post_by(model, statement, plans)
                after = self.counts()
                results[model] = (self.rows(lines), {t: after[t] - before[t] for t in after}, self.ranks())
                balance = sum(Decimal(str(item["balance"])) for one in results[model][0][:-1] for item in one[2])
                self.assertEqual(balance, 0)
        self.assertGreaterEqual(copied, least_copied)
        for position, (by_orm, by_bulk) in enumerate(zip(*(results[model][0] for model in (ORM, BULK)), strict=True)):
            self.assertEqual(by_orm, by_bulk, f"line {position}: {wanted[position : position + 1]}")
        self.assertEqual(results[ORM][1:], results[BULK][1:])
        return copied


@tagged("post_install", "-at_install")
class TestTwins(LedgerCase):
    """Column by column what the ORM writes, in all tables."""

    def test_many_shapes(self):
        usual = [{} for _ in range(6)]
        signs = [{"amount": Decimal(text)} for text in ("-1.00", "0.00", "-0.01", "0.01", "99999999999.99", "-5.55")]
        partners = [
            {"partner_id": partner.id, "partner_name": name, "amount": Decimal(amount)}
            for partner in self.partners
            for name in (None, "As the bank writes it")
            for amount in ("12.34", "-12.34")
        ]
        texts = [
            {"narration": "<b>bold</b> & <script>alert(1)</script> \"quoted\" 'x'\nnext line"},
            {"narration": "plain text 12/34"},
            {"label": "long " * 200, "account_number": "DE89370400440532013000"},
            {"label": "tab\there \\ backslash % percent {brace} 'quote' \"double\" ä€𝄞", "transaction_type": "PMNT"},
            {"partner_name": "", "transaction_type": "PMNT-RCDT-ESCT"},
        ]
        copied = self.assertTwins(usual + signs + partners + texts)
        self.assertGreater(copied, 20)

    def test_matched_accounts(self):
        wanted = [
            {"counterpart_account_id": account.id, "partner_id": partner.id, "amount": Decimal(amount)}
            for account in (self.receivable, self.payable)
            for partner in self.partners
            for amount in ("50.00", "-20.50")
        ]
        wanted += [{"counterpart_account_id": self.receivable.id}] * 3 + [{}] * 6
        self.assertTwins(wanted, least_copied=15)

    def test_suspense_account_named(self):
        suspense = self.journal.suspense_account_id
        self.assertTwins([{"counterpart_account_id": suspense.id}] * 4 + [{}] * 4)

    def test_foreign_currencies(self):
        wanted = [
            {
                "foreign_currency_id": currency.id,
                "foreign_amount": Decimal(foreign) * sign,
                "amount": Decimal(amount) * sign,
                "partner_id": partner,
                "counterpart_account_id": account,
            }
            for currency, foreign in ((self.usd, "12.30"), (self.jpy, "1633"))
            for sign in (1, -1)
            for amount in ("10.25", "10.75")
            for partner, account in ((None, None), (self.partners[2].id, None), (self.customer.id, self.receivable.id))
        ]
        self.assertTwins(wanted, least_copied=8)

    def test_foreign_journal(self):
        journal = self.make_bank_journal(self.company, None, currency=self.usd)
        wanted = [
            {
                "date": date(2026, 2, 27) + timedelta(days=n),
                "amount": Decimal("100.01") * (n + 1) * sign,
                "partner_id": self.partners[n % 5].id if n % 2 else None,
            }
            for n in range(9)
            for sign in (1, -1)
        ]
        wanted += [
            {"foreign_currency_id": currency.id, "foreign_amount": Decimal(foreign), "amount": Decimal("33.33")}
            for currency, foreign in ((self.eur, "29.11"), (self.gbp, "25.02"), (self.usd, "33.33"))
            for _ in range(6)
        ]
        self.assertTwins(wanted, journal, least_copied=20)

    def test_journal_names_the_company_currency(self):
        self.assertTwins([{}] * 8, self.make_bank_journal(self.company, None, currency=self.eur))

    def test_decimals_of_currencies(self):
        """Fault 55: exact in currencies with 0 to 5 decimals."""
        for digits, rounding in ((0, 1.0), (1, 0.1), (2, 0.01), (3, 0.001), (4, 0.0001), (5, 0.00001)):
            with self.subTest(digits=digits):
                name = f"X{digits}X"
                currency = self.env["res.currency"].create({"name": name, "symbol": name, "rounding": rounding})
                self.env["res.currency.rate"].create(
                    {"currency_id": currency.id, "rate": 0.377, "name": "2020-01-01", "company_id": self.company.id}
                )
                journal = self.make_bank_journal(self.company, None, currency=currency)
                unit = Decimal(1).scaleb(-digits)
                amounts = [Decimal(n * 1009 + 7) * unit for n in range(1, 9)]
                amounts += [-amount for amount in amounts] + [Decimal(2**40) * unit]
                self.assertTwins([{"amount": amount} for amount in amounts], journal, least_copied=10)

    def test_several_periods(self):
        days = [date(2025, 11, 30) + timedelta(days=17 * n) for n in range(12)]
        self.assertTwins([{"date": day} for day in reversed(days)] + [{"date": days[5]}] * 20, least_copied=20)

    def test_at_random(self):
        for seed in range(2):
            with self.subTest(seed=seed):
                self.assertTwins([self.any_plan(random.Random(f"{seed}/{n}")) for n in range(40)])

    def any_plan(self, rng):
        amount = Decimal(rng.choice((0, rng.randint(-500, 500), rng.randint(-(10**9), 10**9)))).scaleb(-2)
        plan = {
            "amount": amount,
            "date": rng.choice((DAY, date(2026, 1, 31), date(2025, 12, 31), date(2026, 3, 6))),
            "label": "".join(rng.choices("ab /<>&'\"\\\t%ß€", k=rng.randint(1, 60))),
            "narration": rng.choice((None, "".join(rng.choices("ab <>&'\"=/p\n", k=30)), "x")),
            "partner_name": rng.choice((None, "Somebody")),
            "account_number": rng.choice((None, "DE89370400440532013000")),
            "transaction_type": rng.choice((None, "PMNT")),
        }
        if rng.random() < 0.6:
            plan["partner_id"] = rng.choice(self.partners.ids)
        if rng.random() < 0.5:
            plan["counterpart_account_id"] = rng.choice((self.receivable.id, self.payable.id))
        if rng.random() < 0.3 and amount:
            plan["foreign_currency_id"] = self.usd.id
            plan["foreign_amount"] = (amount * Decimal("1.1")).quantize(Decimal("0.01")) or amount
        return plan

    def test_narrations(self):
        """Html is sanitised as the ORM does it, the quick way for plain text included."""
        facts = self.env["finance.bank.ledger.bulk.facts"]
        pieces = ["<p>", "</p>", "<br>", "&amp;", "&", "<", ">", "a b", " ", "\n", "12/3", "<script>", "<!--", "é", "."]
        rng = random.Random(7)
        texts = ["x", "1.", "RF18 5390 (a:b)", "a  b", " a", "a ", "a.", "-", "", "0"]
        texts += ["".join(rng.choices(pieces, k=rng.randint(1, 6))) for _ in range(300)]
        move = self.env["account.move"]
        field = move._fields["narration"]
        for text in texts:
            once = field.convert_to_column_insert(text, move)
            self.assertEqual(facts._narration(text), field.convert_to_column_insert(once, move), repr(text))
        self.assertIsNone(facts._narration(None))


@tagged("post_install", "-at_install")
class TestNumbers(LedgerCase):
    def names(self, lines):
        return lines.move_id.sorted(lambda move: (move.date, move.sequence_number)).mapped("name")

    def test_continue_what_is_there(self):
        one = self.received(1)
        first, _copied = self.post_by(ORM, one, self.plans(one, [{}]))
        many = self.received(30)
        lines, copied = self.post_by(BULK, many, self.plans(many, [{}] * 30))
        self.assertGreater(copied, 25)
        last_one = self.received(1)
        last, _copied = self.post_by(ORM, last_one, self.plans(last_one, [{}]))
        number = first.move_id.sequence_number
        self.assertEqual([line.move_id.sequence_number for line in lines], list(range(number + 1, number + 31)))
        self.assertEqual(last.move_id.sequence_number, number + 31)
        self.assertEqual(set((first | lines | last).mapped("move_id.sequence_prefix")), {first.move_id.sequence_prefix})
        self.assertFalse(any((first | lines | last).mapped("move_id.made_sequence_gap")))

    def test_each_period_its_series(self):
        for name in ("BANK/2025/12/0007", "BANK/25-26/0007", "BANK-0007", "BANK/2025/00007", "BANK-0007-X"):
            with self.subTest(name=name), self.undone():
                self.company.fiscalyear_last_month = "3"
                old = self.received(1)
                first, _copied = self.post_by(ORM, old, self.plans(old, [{"date": date(2025, 12, 5)}]))
                first.move_id.name = name
                days = [date(2025, 12, 10), date(2026, 1, 5), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]
                self.assertTwins([{"date": day} for day in days * 4], least_copied=4)

    def test_format_changes_within_a_month(self):
        """Core's own choice of the series depends on the order then: left to the ORM."""
        old = self.received(2)
        lines, _copied = self.post_by(
            ORM, old, self.plans(old, [{"date": date(2026, 3, 1)}, {"date": date(2026, 3, 15)}])
        )
        lines[1].move_id.name = "BANK/2026/03/0001"
        many = self.received(30)
        wanted = [{"date": date(2026, 3, day)} for day in (2, 10, 14, 16, 20, 31) * 5]
        with mute_logger(BATCH_LOGGER):
            lines, copied = self.post_by(BULK, many, self.plans(many, wanted))
        self.assertEqual(copied, 0)
        self.assertEqual(len(set(self.names(lines))), 30)

    def test_long_numbers(self):
        old = self.received(1)
        first, _copied = self.post_by(ORM, old, self.plans(old, [{}]))
        first.move_id.name = first.move_id.sequence_prefix + "99995"
        self.assertTwins([{}] * 12)

    def test_number_taken_elsewhere(self):
        """A name that somebody gave by hand inside the block: the ORM finds its way around it."""
        many = self.received(12)
        old = self.received(1)
        first, _copied = self.post_by(ORM, old, self.plans(old, [{}]))
        numbers = self.env.registry["finance.copy.numbers"]
        free = numbers._free

        def taken(model, moves):
            free(model, moves)
            name = f"{first.move_id.sequence_prefix}{first.move_id.sequence_number + 9:05}"
            self.env.cr.execute("UPDATE account_move SET name = %s WHERE id = %s", [name, first.move_id.id])

        with patch.object(numbers, "_free", taken), mute_logger("odoo.sql_db", BATCH_LOGGER):
            lines, copied = self.post_by(BULK, many, self.plans(many, [{}] * 12))
        self.assertEqual(copied, 0)
        self.assertEqual(len(set(self.names(lines))), 12)


@tagged("post_install", "-at_install")
class TestLeftToTheOrm(LedgerCase):
    """What is not proved is not copied."""

    def assertByOrm(self, wanted=None, count=10, **options):
        statement = self.received(count)
        with mute_logger(BATCH_LOGGER):
            lines, copied = self.post_by(BULK, statement, self.plans(statement, wanted or [{}] * count))
        self.assertEqual(copied, options.get("copied", 0))
        self.assertEqual(len(lines), count)
        self.assertEqual(set(lines.mapped("state")), {"posted"})
        return lines

    def test_column_of_another_module_comes_along(self):
        self.env.cr.execute("ALTER TABLE account_move ADD COLUMN x_probe varchar DEFAULT 'always'")
        self.env.cr.execute("ALTER TABLE account_move_line ADD COLUMN x_probe json DEFAULT '{\"a\": 1}'")
        self.assertTwins([{}] * 10, least_copied=8)

    def test_column_without_a_rule(self):
        self.env.cr.execute("ALTER TABLE account_move_line ADD COLUMN x_probe float DEFAULT random()")
        self.assertByOrm()

    def test_only_the_unexplained_shape(self):
        self.env.cr.execute(
            """
            CREATE FUNCTION x_probe() RETURNS trigger AS $$ BEGIN
                IF NEW.foreign_currency_id IS NOT NULL THEN NEW.transaction_details = to_jsonb(random()); END IF;
                RETURN NEW; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER x_probe BEFORE INSERT ON account_bank_statement_line
                FOR EACH ROW EXECUTE FUNCTION x_probe();
            """
        )
        foreign = {"foreign_currency_id": self.usd.id, "foreign_amount": Decimal("11.00")}
        self.assertByOrm([{}] * 10 + [foreign] * 10, count=20, copied=8)

    def test_stored_otherwise_than_written(self):
        """The read-back sees what the database made of a copy."""
        self.env.cr.execute(
            """
            CREATE FUNCTION x_probe() RETURNS trigger AS $$ BEGIN
                IF NEW.name = 'Payment 7' THEN NEW.ref = 'changed'; END IF;
                RETURN NEW; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER x_probe BEFORE INSERT ON account_move_line FOR EACH ROW EXECUTE FUNCTION x_probe();
            """
        )
        lines = self.assertByOrm()
        self.assertEqual(lines.mapped("payment_ref"), [f"Payment {n}" for n in range(10)])

    def test_trigger_on_deleted_rows(self):
        """It changes nothing that is inserted (the warehouse has one), so a sample is read back as without it."""
        kinds = {"DELETE": False, "INSERT OR DELETE": True}
        rows = self.env["finance.bank.ledger.bulk.rows"]
        for events, is_changed in kinds.items():
            self.env.cr.execute(
                SQL(
                    """
                    CREATE OR REPLACE FUNCTION x_probe() RETURNS trigger
                        AS $$ BEGIN RETURN NULL; END $$ LANGUAGE plpgsql;
                    CREATE OR REPLACE TRIGGER x_probe AFTER %s ON account_move_line
                        FOR EACH STATEMENT EXECUTE FUNCTION x_probe();
                    """,
                    SQL(events),
                )
            )
            self.assertEqual(rows._is_changed_on_the_way(rows._copies), is_changed, events)

    def test_rows_beside(self):
        """The ORM writes a row that points to the line: a copy would lack it."""
        model = type(self.env["account.bank.statement.line"])
        create = model.create

        def with_message(records, vals_list):
            lines = create(records, vals_list)
            for line in lines:
                line.move_id._message_log(body="made")
            return lines

        safety = self.env.registry["finance.bank.ledger.bulk.safety"]
        no_obstacle = patch.object(safety, "_obstacle", lambda _self, _journal: None)
        with no_obstacle, patch.object(model, "create", with_message):
            lines = self.assertByOrm()
        self.assertEqual(len(lines.move_id.message_ids), 10)

    def test_patched_model(self):
        """Automation rules patch the class of a model."""
        model = type(self.env["account.move"])
        with patch.object(model, "create", model.create):
            self.assertByOrm()

    def test_unknown_module(self):
        safety = self.env["finance.bank.ledger.bulk.safety"]
        trusted = safety._trusted_modules()
        with patch.object(type(safety), "_trusted_modules", lambda _self: trusted - {"mail"}):
            self.assertIn("mail", safety._obstacle(self.journal))
            self.assertByOrm()

    def test_hook(self):
        with patch.object(self.env.registry[BULK], "_bulk_is_safe", lambda *_args: False):
            self.assertByOrm()

    def test_hashed_journal(self):
        safety = self.env["finance.bank.ledger.bulk.safety"]
        self.assertIsNone(safety._obstacle(self.journal))
        self.journal.restrict_mode_hash_table = True
        self.assertIn("hashed", safety._obstacle(self.journal))

    def test_balances_of_the_bank(self):
        """Also where the bank says them, and where they differ from what Odoo counts."""
        for closing in ("145.00", "300.00"):
            statement = self.received(10)
            statement.write({"has_closing": True, "closing": closing})
            plans = self.plans(statement, [{}] * 10)
            found = {}
            for model in (ORM, BULK):
                with self.undone():
                    lines, _copied = self.post_by(model, statement, plans)
                    found[model] = self.rows(lines)[-1]
                    self.assertEqual(lines.statement_id.balance_end_real, float(closing))
            self.assertEqual(found[ORM], found[BULK], closing)

    def test_balances_are_counted_by_one_query(self):
        """What core computes by walking over the lines of a statement is not asked of it again for all of them."""
        statement = self.received(60)
        plans = self.plans(statement, [{}] * 60)
        model = self.env.registry["account.bank.statement"]
        walked = []

        def counted(compute):
            def walk(statements):
                walked.append(len(statements.line_ids))
                return compute(statements)

            return walk

        computes = [patch.object(model, name, counted(getattr(model, name))) for name in COMPUTED.values()]
        with self.undone(), ExitStack() as stack:
            for one in computes:
                stack.enter_context(one)
            _lines, copied = self.post_by(BULK, statement, plans[:30], plans[30:])
        self.assertGreater(copied, 50)
        # the lines that the ORM made as templates
        self.assertLessEqual(max(walked, default=0), 60 - copied)

    def test_balances_that_another_module_computes(self):
        """It is asked for them, whatever it says."""
        safety = self.env.registry["finance.bank.ledger.bulk.safety"]
        with patch.object(safety, "_definers", lambda *_: {"account", "other"}):
            self.assertFalse(self.env["finance.bank.ledger.balances"]._is_known())
        self.assertTrue(self.env["finance.bank.ledger.balances"]._is_known())

    def test_coin_rounding(self):
        self.eur.rounding = 0.05
        self.assertByOrm([{"amount": Decimal("1.05")}] * 10)

    def test_analytic_distribution(self):
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        account = self.env["account.analytic.account"].create({"name": "A", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.customer.id, "analytic_distribution": {account.id: 100}, "company_id": self.company.id}
        )
        wanted = [{"partner_id": self.customer.id, "counterpart_account_id": self.receivable.id}] * 5 + [{}] * 15
        self.assertTwins(wanted, least_copied=12)
        self.assertByOrm(wanted, count=20, copied=13)

    def test_partner_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.env["res.partner"].create({"name": "Stranger", "company_id": other.id})
        statement = self.received(10)
        plans = self.plans(statement, [{}] * 9 + [{"partner_id": stranger.id}])
        for model in (ORM, BULK):
            with self.assertRaises(UserError), self.undone():
                self.post_by(model, statement, plans)

    def test_foreign_amount_missing(self):
        statement = self.received(10)
        plans = self.plans(statement, [{}] * 9 + [{"foreign_currency_id": self.usd.id}])
        for model in (ORM, BULK):
            with self.assertRaises(UserError), self.undone():
                self.post_by(model, statement, plans)

    def test_archived_account(self):
        account = self.receivable.copy({"code": "ZZ9"})
        account.active = False
        statement = self.received(10)
        plans = self.plans(statement, [{"counterpart_account_id": account.id}] * 10)
        for model in (ORM, BULK):
            with self.assertRaises(UserError), self.undone():
                self.post_by(model, statement, plans)


@tagged("post_install", "-at_install")
class TestFieldsOfOthers(LedgerCase):
    """What other modules compute and store from bank lines is computed for copies too."""

    def add_field(self, model, depends, compute):
        self.env["ir.model.fields"].create(
            {
                "name": "x_probe",
                "field_description": "Probe",
                "model_id": self.env["ir.model"]._get_id(model),
                "ttype": "char",
                "store": True,
                "depends": depends,
                "compute": f"for record in self: record['x_probe'] = {compute}",
            }
        )

    def test_on_lines_and_what_they_point_to(self):
        """In one test: the class forgets the fields only at its end."""
        text = "'%s %s' % (record.payment_ref, record.amount)"
        self.add_field("account.bank.statement.line", "payment_ref, amount", text)
        self.add_field("account.move", "name, line_ids.balance", "'%s %s' % (record.name, len(record.line_ids))")
        self.add_field("account.move.line", "move_id.date", "str(record.move_id.date)")
        self.add_field("account.bank.statement", "line_ids.payment_ref", "str(record.line_ids.mapped('payment_ref'))")
        self.assertTwins([{"partner_id": self.customer.id}] * 12, least_copied=8)
        statement = self.received(12)
        lines, copied = self.post_by(BULK, statement, self.plans(statement, [{}] * 12))
        self.assertGreater(copied, 8)
        self.assertEqual(lines[7].x_probe, f"Payment 7 {lines[7].amount}")
        self.assertEqual(lines[7].move_id.x_probe, f"{lines[7].name} 2")
        self.assertEqual(lines.statement_id.x_probe, str(lines.statement_id.line_ids.mapped("payment_ref")))


@tagged("post_install", "-at_install")
class TestWriter(LedgerCase):
    def test_choice(self):
        parameters = self.env["ir.config_parameter"].sudo()
        ledger = self.env[ORM]
        self.assertEqual((ledger._writer(5), ledger._writer(1000)), (ORM, BULK))
        parameters.set_param(BULK_FROM_PARAMETER, "0")
        self.assertEqual(ledger._writer(1000), ORM)
        parameters.set_param(BULK_FROM_PARAMETER, "5")
        self.assertEqual((ledger._writer(4), ledger._writer(5)), (ORM, BULK))

    def test_locked_period(self):
        """Fault 53: a period closed meanwhile undoes the statement, no line is moved."""
        statement = self.received(12)
        plans = self.plans(statement, [{}] * 11 + [{"date": date(2026, 1, 15)}])
        self.company.fiscalyear_lock_date = date(2026, 1, 31)
        for model in (ORM, BULK):
            with self.assertRaises(RejectedError) as caught, self.undone():
                self.post_by(model, statement, plans)
            self.assertEqual(caught.exception.reason, "bank_period_closed")
        self.assertNothingOnLedger()

    def test_amount_that_a_float_cannot_hold(self):
        """Fault 55: such an amount is refused, not rounded."""
        statement = self.received(10)
        for amount in ("1234567890123456.78", "0.001"):
            plans = self.plans(statement, [{"amount": Decimal(amount)}] * 10)
            with self.assertRaises(MalformedError) as caught, self.undone():
                self.post_by(BULK, statement, plans)
            self.assertEqual(caught.exception.reason, "bank_amount_precision")

    def test_access(self):
        viewer = self.make_user("bulk_viewer", "finance_connector_base.finance_group_operator")
        statement = self.received(10)
        plans = self.plans(statement, [{}] * 10)
        with self.assertRaises(UserError):
            self.env[BULK].with_user(viewer)._create_lines(
                statement, self.env["account.bank.statement"].create({"name": "S"}), plans
            )

    def test_what_is_read_afterwards(self):
        statement = self.received(40)
        lines, copied = self.post_by(BULK, statement, self.plans(statement, [{}] * 40))
        self.assertGreater(copied, 30)
        self.assertEqual(lines.mapped("payment_ref"), [f"Payment {n}" for n in range(40)])
        bank_statement = lines.statement_id
        self.assertEqual(len(bank_statement.line_ids), 40)
        self.assertEqual(bank_statement.balance_end, sum(lines.mapped("amount")))
        self.assertEqual(bank_statement.first_line_index, min(lines.mapped("internal_index")))
        entries = lines.finance_entry_id
        self.assertEqual(set(entries.mapped("state")), {"posted"})
        self.assertEqual(entries.line_id, lines)

    def test_user_fills_a_form_afterwards(self):
        """A copied line is a line: it can be reset, changed and deleted by Odoo's own means."""
        statement = self.received(12)
        lines, _copied = self.post_by(BULK, statement, self.plans(statement, [{}] * 12))
        line = lines[-1]
        line.with_context(skip_readonly_check=True).write({"partner_id": self.customer.id, "payment_ref": "changed"})
        self.assertEqual(set(line.line_ids.mapped("name")), {"changed"})
        line.action_undo_reconciliation()
        self.assertEqual(len(line.line_ids), 2)
        line.move_id.button_draft()
        line.move_id.action_post()
        self.assertEqual(line.state, "posted")


@tagged("post_install", "-at_install")
class TestReconciled(LedgerCase):
    """After the reconciliation both writers have paid the same."""

    def matched(self):
        """Invoices and the plans that pay them."""
        wanted = []
        moves = self.env["account.move"]

        def pay(amount, *items, **values):
            account = items[0].account_id
            wanted.append(
                {
                    "amount": Decimal(amount),
                    "item_ids": tuple(item.id for item in items),
                    "partner_id": items[0].partner_id.id,
                    "counterpart_account_id": account.id,
                    "rule": "number",
                    **values,
                }
            )

        for n in range(8):
            exact = self.make_invoice(100 + n)
            moves |= exact
            pay(f"{100 + n}.00", self.term(exact))
        for n in range(6):
            partial = self.make_invoice(50 + n)
            moves |= partial
            pay("20.00", self.term(partial))
            pay("10.00", self.term(partial))
        several = [self.make_invoice(30), self.make_invoice(40)]
        moves |= several[0] | several[1]
        pay("70.00", *map(self.term, several))
        bills = [self.make_invoice(10 + n, move_type="in_invoice") for n in range(6)]
        for n, bill in enumerate(bills):
            moves |= bill
            pay(f"-{10 + n}.00", self.term(bill))
        for n in range(6):
            foreign = self.make_invoice(108.25, currency_id=self.usd.id, day="2026-02-01")
            moves |= foreign
            pay(f"{95 + n}.20", self.term(foreign), foreign_currency_id=self.usd.id, foreign_amount=Decimal("108.25"))
        return moves, wanted + [{}] * 8

    def term(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term")

    def outcome(self, moves, lines):
        self.env.invalidate_all()
        partials = (moves | lines.move_id).line_ids
        partials = partials.matched_debit_ids | partials.matched_credit_ids
        return (
            [(move.payment_state, move.amount_residual, move.amount_residual_signed) for move in moves],
            [
                (line.is_reconciled, line.amount_residual, line.line_ids.mapped("amount_residual"),
                 line.line_ids.mapped("reconciled"))
                for line in lines
            ],
            Counter(
                (p.amount, p.debit_amount_currency, p.credit_amount_currency, p.max_date, bool(p.full_reconcile_id))
                for p in partials
            ),
            Counter(
                (move.date, move.state, tuple(move.line_ids.sorted("balance").mapped("balance")))
                for move in partials.exchange_move_id
            ),
        )  # fmt: skip

    def test_same_outcome(self):
        moves, wanted = self.matched()
        statement = self.received(len(wanted))
        plans = self.plans(statement, wanted)
        outcomes = []
        for model in (ORM, BULK):
            with self.undone():
                lines, copied = self.post_by(model, statement, plans)
                outcomes.append(self.outcome(moves, lines))
        self.assertGreater(copied, 20)
        self.assertEqual(*outcomes)
        states = Counter(state for state, *_residuals in outcomes[1][0])
        self.assertEqual(states, {"paid": 22, "partial": 6})
        self.assertTrue(outcomes[1][3])

    def test_file_end_to_end(self):
        from .camt_writer import Booking, camt053

        invoices = [self.make_invoice(20 + n) for n in range(25)]
        bookings = [Booking(f"{20 + n}.00", text=invoice.name) for n, invoice in enumerate(invoices)]
        message = self.receive(camt053(self.statement(*bookings, account=IBAN)))
        statement = self.statements_of(message)
        self.assertPosted(statement)
        self.assertEqual({invoice.payment_state for invoice in invoices}, {"paid"})
        self.assertTrue(statement.statement_id.is_complete)

    def test_k02_portions(self):
        """A large statement goes to the ledger in portions, and ends as if it had gone there at once."""
        from .camt_writer import Booking, camt053

        invoices = [self.make_invoice(20 + n) for n in range(26)]
        bookings = [Booking(f"{20 + n}.00", text=invoice.name) for n, invoice in enumerate(invoices)]
        # in the last portion: a document that was paid in the first one, and a booking without one
        bookings += [Booking("20.00", text=f"again {invoices[0].name}"), Booking("3.00", text="nothing")]
        content = camt053(self.statement(*bookings, account=IBAN))
        outcomes = []
        for portion in (10_000, 25):
            with self.undone(), patch(f"{HANDLER}.PORTION", portion):
                message = self.receive(content)
                statement = self.statements_of(message)
                self.assertPosted(statement)
                bank = statement.statement_id
                lines = bank.line_ids.sorted("internal_index")
                [child] = self.env["finance.message"].search([("parent_id", "=", message.id)])
                outcomes.append(
                    (
                        (bank.balance_start, bank.balance_end, bank.balance_end_real, bank.is_complete, bank.date),
                        child.result,
                        [
                            (line.amount, line.payment_ref, line.sequence, line.is_reconciled, line.move_id.name)
                            for line in lines
                        ],
                        [(entry.state, entry.match_outcome, entry.match_rule) for entry in statement.entry_ids],
                        {invoice.payment_state for invoice in invoices},
                    )
                )
        self.assertEqual(*outcomes)
        self.assertEqual(len(outcomes[0][2]), 28)
        self.assertEqual(outcomes[0][1]["left_for_a_person"], 2)
        self.assertTrue(outcomes[0][0][3])
