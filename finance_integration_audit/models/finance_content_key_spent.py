from odoo import api, fields, models
from odoo.tools import SQL

#: days in which a transaction that began before midnight is surely over
GRACE_DAYS = 2


class FinanceContentKey(models.Model):
    """Keys of days whose content is gone are destroyed: what lies in backups of the values opens by nothing."""

    _inherit = "finance.content.key"

    @api.model
    def _destroy_spent(self):
        """Destroy the keys of days that nothing is sealed by any more; the last class that is kept decides.

        :return: how many
        """
        latest = fields.Date.subtract(self.env.cr.now().date(), days=GRACE_DAYS)
        self = self.sudo()  # sudo: keys that nobody reads, destroyed without being shown
        self.env.flush_all()
        candidates = self.search([("day", "<=", latest), ("sealed_key", "!=", False)])
        if not candidates:
            return 0
        used, living = self._in_use(), self._living_days()
        spent = candidates.filtered(lambda key: key.id not in used and (key.company_id.id, key.day) not in living)
        if not spent:
            return 0
        self.env.cr.execute(
            SQL("UPDATE finance_content_key SET sealed_key = NULL, is_closed = TRUE WHERE id = ANY(%s)", spent.ids)
        )
        spent.invalidate_recordset()
        for company in spent.company_id:
            days = sorted(spent.filtered(lambda key, company=company: key.company_id == company).mapped("day"))
            self.env["finance.audit"]._record(
                "retention.keys_destroyed",
                company,
                after={"keys": len(days), "first_day": days[0], "last_day": days[-1]},
            )
        return len(spent)

    @api.model
    def _in_use(self):
        """:return: numbers of the keys that something is sealed by"""
        used = set()
        for name, field in self._content_columns():
            column = SQL.identifier(field)
            self.env.cr.execute(
                SQL(
                    "SELECT DISTINCT split_part(left(%(column)s #>> '{}', 24), ':', 2)::int FROM %(table)s"
                    " WHERE jsonb_typeof(%(column)s) = 'string' AND left(%(column)s #>> '{}', 3) = 'c1:'",
                    column=column,
                    table=SQL.identifier(self.env[name]._table),
                )
            )
            used.update(number for (number,) in self.env.cr.fetchall())
        return used

    @api.model
    def _living_days(self):
        """:return: set of (company id, day) on which messages came whose values are there

        What is confidential was sealed by the key of its day before it was put into values that were sealed again.
        """
        self.env.cr.execute(
            "SELECT company_id, create_date::date FROM finance_message WHERE data IS NOT NULL GROUP BY 1, 2"
        )
        return set(self.env.cr.fetchall())
