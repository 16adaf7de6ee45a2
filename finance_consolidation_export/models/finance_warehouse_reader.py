from decimal import Decimal

from odoo import api, models

from ..extracts import parquet
from ..extracts.parts import Parts


class FinanceWarehouseReader(models.AbstractModel):
    """Reads feeds of the warehouse by COPY: rows go from the server into files, none of them becomes a record."""

    _name = "finance.warehouse.reader"
    _description = "Reader of Feeds"

    @api.model
    def _read(self, feed, companies, since, folder, rows, file_format):
        """Write the files of a feed into a folder.

        :param feed: a :class:`~..extracts.feed.Feed`
        :param since: 32 bit number of the oldest transaction that may not have been seen; None: all rows
        :return: :class:`~..extracts.parts.Parts` with its files complete
        """
        parts = Parts(feed, folder, rows, parquet.pack if file_format == "parquet" else None)
        self._copy(feed.upserts(companies, since), parts)
        if since is not None:
            self._copy(feed.deletions(companies, since), parts)
        parts.close()
        return parts

    @api.model
    def _copy(self, statement, parts):
        query, values = statement
        text = self.env.cr.mogrify(query, values).decode()
        self.env.cr.copy_expert(f"COPY ({text}) TO STDOUT WITH (FORMAT csv)", parts)

    @api.model
    def _totals(self, feed, companies, since):
        """:return: what the ledger has, see :meth:`~..extracts.feed.Feed.totals`"""
        query, values = feed.totals(companies, since)
        self.env.cr.execute(query, values)
        return self.env.cr.fetchall()


def as_float(amount):
    """For the screen only: files have the exact text."""
    return float(amount.quantize(Decimal("0.01")))
