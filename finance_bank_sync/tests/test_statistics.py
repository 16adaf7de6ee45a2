"""Many lines in one transaction: the planner learns how large the tables have become meanwhile."""

from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tests.common import TransactionCase

from ..models import finance_bank_statistics


@tagged("post_install", "-at_install")
class TestStatistics(TransactionCase):
    def setUp(self):
        super().setUp()
        self.statistics = self.env["finance.bank.statistics"]
        self.env.cr.execute("CREATE TEMP TABLE finance_counted (id int, text text) ON COMMIT DROP")
        self.env.cr.execute("ANALYZE finance_counted")
        self.startPatcher(patch.object(finance_bank_statistics, "TABLES", ("finance_counted",)))

    def fill(self, rows):
        self.env.cr.execute(
            "INSERT INTO finance_counted SELECT n, repeat('x', 100) FROM generate_series(1, %s) n", [rows]
        )
        self.statistics._refresh()

    def believed(self):
        self.env.cr.execute("SELECT reltuples FROM pg_class WHERE oid = 'finance_counted'::regclass")
        return int(self.env.cr.fetchone()[0])

    def test_a_table_that_grew_is_counted(self):
        self.fill(5000)
        self.assertEqual(self.believed(), 5000)

    def test_a_few_rows_are_not_worth_it(self):
        self.fill(100)
        self.assertEqual(self.believed(), 0)

    def test_not_again_before_it_is_several_times_as_large(self):
        self.fill(5000)
        self.fill(5000)
        self.assertEqual(self.believed(), 5000)
        self.fill(20000)
        self.assertEqual(self.believed(), 30000)

    def test_who_counts_it_already_is_not_waited_for(self):
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("LOCK TABLE account_full_reconcile IN SHARE UPDATE EXCLUSIVE MODE")
            self.env.cr.execute("SET LOCAL statement_timeout = '60s'")
            self.statistics._count("account_full_reconcile")
            other.rollback()
