from odoo import api, models
from odoo.tools import SQL


class FinanceBankTwins(models.AbstractModel):
    """Occurrence numbers in the keys of bookings that look alike (see ``proof/keys.py``).

    A key is ``<basis>:<occurrence>``, for a detail of a collective booking followed by ``/<n>``.
    A statement counts its own bookings; where balances prove more, the numbers follow.
    """

    _name = "finance.bank.twins"
    _description = "Bookings that Look Alike"

    @api.model
    def _count_again(self, statement):
        """Count over all pages of a statement: each page began with 1."""
        self.env.cr.execute(
            SQL("SELECT id, key FROM finance_bank_entry WHERE statement_id = %s ORDER BY position, detail_position",
                statement.id)
        )  # fmt: skip
        self._number(self.env.cr.fetchall(), {})

    @api.model
    def _count_on(self, statement):
        """Take the bookings of a statement that look known for new ones: go on after those on the ledger."""
        self.env.cr.execute(
            SQL(
                """
                SELECT id, key FROM finance_bank_entry WHERE statement_id = %s AND state = 'duplicate'
                 ORDER BY position, detail_position
                """,
                statement.id,
            )
        )
        rows = self.env.cr.fetchall()
        known = {}
        for basis in {_split(key)[0] for _id, key in rows}:
            self.env.cr.execute(
                SQL(
                    """
                    SELECT key FROM finance_bank_entry
                     WHERE posted_journal_id = %(journal)s AND state = 'posted' AND key LIKE %(basis)s || ':%%'
                    """,
                    journal=statement.journal_id.id,
                    basis=basis,
                )
            )
            known[basis] = max(_split(row[0])[1] for row in self.env.cr.fetchall())
        self._number(rows, known)
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry SET state = 'staged', duplicate_of_id = NULL
                 WHERE statement_id = %s AND state = 'duplicate'
                """,
                statement.id,
            )
        )
        self.env["finance.bank.entry"].invalidate_model()

    @api.model
    def _number(self, rows, known):
        """Write occurrence numbers in the order of the rows.

        :param rows: list of (id, key); the details of one booking follow each other
        :param known: dict basis -> occurrences that are taken
        """
        count = dict(known)
        before = None
        changed = []
        for entry_id, key in rows:
            basis, occurrence, detail = _split(key)
            if not detail or before != (basis, occurrence):
                count[basis] = count.get(basis, 0) + 1
            before = (basis, occurrence) if detail else None
            numbered = f"{basis}:{count[basis]}{detail}"
            if numbered != key:
                changed.append((entry_id, numbered))
        if changed:
            self.env.cr.execute_values(
                "UPDATE finance_bank_entry e SET key = v.key FROM (VALUES %s) AS v(id, key) WHERE e.id = v.id",
                changed,
                page_size=1000,
            )
            self.env["finance.bank.entry"].invalidate_model(["key"])


def _split(key):
    """:return: (basis, occurrence, detail): ``v1:c:3f:2/1`` gives ``("v1:c:3f", 2, "/1")``"""
    basis, _colon, rest = key.rpartition(":")
    occurrence, slash, detail = rest.partition("/")
    return basis, int(occurrence), slash + detail
