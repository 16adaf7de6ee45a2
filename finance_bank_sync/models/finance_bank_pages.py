from odoo import api, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.outcome import Held

from ..proof import continuity


class FinanceBankPages(models.AbstractModel):
    """Statements that come in pages: a page proves nothing alone, so it waits for its sisters."""

    _name = "finance.bank.pages"
    _description = "Pages of a Statement"

    @api.model
    def _check(self, statement):
        """Join the pages into the statement when all are here, else hold."""
        if statement.page_number <= 1 and statement.is_last_page:
            return None
        pages = self._arrived(statement)
        numbers = pages.mapped("page_number")
        found = continuity.pages([(page.page_number, page.is_last_page) for page in pages])
        if found.complete and len(set(numbers)) == len(numbers):
            self._join(statement, pages)
            return None
        return Held(
            reason="bank_page_missing",
            error_class="data",
            detail=self.env._(
                "The statement comes in pages; here are %(here)s of %(all)s. It goes on when the others arrive.",
                here=", ".join(map(str, numbers)),
                all=max(numbers) if found.has_last else "?",
            ),
            params={"statement_id": statement.id, "pages": numbers},
            waiting_key=self._key(statement),
        )

    @api.model
    def _arrived(self, statement):
        """:return: the pages of this statement that are not on the ledger, in order"""
        pages = (
            self.env["finance.bank.statement"]
            .sudo()  # sudo: read by the engine, one account of one company
            .search(
                [
                    ("company_id", "=", statement.company_id.id),
                    ("account_number", "=", statement.account_number),
                    ("currency_name", "in", [statement.currency_name, False]),
                    ("identification", "=", statement.identification),
                    ("electronic_sequence", "=", statement.electronic_sequence),
                    # identifications start again each year
                    ("to_date", "in", [statement.to_date, False] if statement.to_date else [False]),
                    ("page_number", ">", 0),
                    ("state", "in", ("staged", "held")),
                ]
            )
        )
        return pages.sorted("page_number")

    @api.model
    def _key(self, statement):
        return f"bank.pages:{statement.company_id.id}:{statement.account_number}:{statement.identification}"

    @api.model
    def _join(self, statement, pages):
        """Move the entries of all pages to this one; it opens with the first and closes with the last."""
        self.env.flush_all()
        offsets = self._offsets(pages)
        self.env.cr.execute_values(
            """
            UPDATE finance_bank_entry e SET statement_id = v.target, position = e.position + v.shift
              FROM (VALUES %s) AS v(page, target, shift) WHERE e.statement_id = v.page
            """,
            [(page.id, statement.id, shift) for page, shift in zip(pages, offsets, strict=True)],
        )
        # column to column: a balance never passes through a float
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_statement s
                   SET opening = first.opening, opening_date = first.opening_date, has_opening = first.has_opening,
                       closing = last.closing, closing_date = last.closing_date, has_closing = last.has_closing,
                       page_number = 0, is_last_page = TRUE
                  FROM finance_bank_statement first, finance_bank_statement last
                 WHERE s.id = %s AND first.id = %s AND last.id = %s
                """,
                statement.id,
                pages[0].id,
                pages[-1].id,
            )
        )
        self.env.invalidate_all(flush=False)
        (pages - statement).write({"state": "joined", "journal_id": statement.journal_id.id})
        self.env["finance.bank.twins"]._count_again(statement)
        self.env["finance.message"]._resume_waiting(self._key(statement))

    @api.model
    def _offsets(self, pages):
        """:return: what to add to the positions of each page, so that they go on over the pages"""
        self.env.cr.execute(
            SQL(
                "SELECT statement_id, max(position) FROM finance_bank_entry WHERE statement_id = ANY(%s) GROUP BY 1",
                pages.ids,
            )
        )
        highest = dict(self.env.cr.fetchall())
        offsets, total = [], 0
        for page in pages:
            offsets.append(total)
            total += highest.get(page.id, 0)
        return offsets
