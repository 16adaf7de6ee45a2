import logging
from collections import Counter, defaultdict

import psycopg2

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: where what is added after the commit waits
_DATA = "finance.partner.ranks"


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _count_ranks(self, counts):
        """Count customers and vendors as core's ``_increase_rank`` does, in one statement for any number of them.

        Who has no rank yet has one at once, since lists of customers and vendors are filtered by it. All others are
        counted after the commit, so that nobody waits for a partner that somebody else writes; like core, it is left
        out where that fails.

        :param counts: dict (``customer_rank`` or ``supplier_rank``, partner id) -> by how much
        """
        partners = self.sudo().browse({partner for _rank, partner in counts})  # sudo: as core counts
        partners.fetch(["customer_rank", "supplier_rank"])
        new, later = defaultdict(list), Counter()
        for (rank, partner), count in counts.items():
            if partners.browse(partner)[rank]:
                later[rank, partner] += count
            else:
                new[rank, count].append(partner)
        for (rank, count), ids in new.items():
            partners.browse(ids)[rank] = count
        if later:
            postcommit = self.env.cr.postcommit
            if _DATA not in postcommit.data:
                postcommit.data[_DATA] = Counter()
                postcommit.add(self._add_ranks)
            postcommit.data[_DATA].update(later)

    @api.model
    def _add_ranks(self):
        counts = self.env.cr.postcommit.data.pop(_DATA, {})
        try:
            with self.env.registry.cursor() as cr:
                for rank in sorted({rank for rank, _partner in counts}):
                    found = {partner: count for (its, partner), count in counts.items() if its == rank}
                    cr.execute(
                        SQL(
                            """
                            UPDATE res_partner p SET %(rank)s = p.%(rank)s + v.count
                              FROM unnest(%(ids)s::int[], %(counts)s::int[]) AS v(id, count)
                              JOIN (SELECT id FROM res_partner WHERE id = ANY(%(ids)s) ORDER BY id
                                       FOR NO KEY UPDATE SKIP LOCKED) AS free ON free.id = v.id
                             WHERE p.id = v.id
                            """,
                            rank=SQL.identifier(rank),
                            ids=list(found),
                            counts=list(found.values()),
                        )
                    )
        except psycopg2.OperationalError:
            _logger.debug("ranks of partners were not counted")
