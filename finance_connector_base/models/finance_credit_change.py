from odoo import SUPERUSER_ID, api, fields, models

#: table -> the customers that its rows concern
CONCERNED = {
    "account_move_line": """
        SELECT DISTINCT l.company_id, p.commercial_partner_id
          FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
          JOIN res_partner p ON p.id = l.partner_id
         WHERE l.id = ANY(%(ids)s)
    """,
    "account_move": """
        SELECT DISTINCT m.company_id, m.commercial_partner_id
          FROM account_move m
         WHERE m.id = ANY(%(ids)s) AND m.commercial_partner_id IS NOT NULL
           AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
    """,
    "account_payment": """
        SELECT DISTINCT y.company_id, p.commercial_partner_id
          FROM account_payment y JOIN res_partner p ON p.id = y.partner_id
         WHERE y.id = ANY(%(ids)s) AND y.partner_type = 'customer'
    """,
    "res_partner": """
        SELECT e.company_id, e.partner_id
          FROM finance_credit_exposure e
         WHERE e.partner_id IN (SELECT p.commercial_partner_id FROM res_partner p WHERE p.id = ANY(%(ids)s))
         UNION
        SELECT l.company_id, p.commercial_partner_id
          FROM res_partner p
          JOIN account_move_line l ON l.partner_id = p.id
          JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
         WHERE p.id = ANY(%(ids)s) AND p.commercial_partner_id IS NOT NULL
    """,
}


class FinanceCreditChange(models.Model):
    """Customers whose exposure a committed transaction has changed.

    Rows are only inserted, so transactions about the same customer never wait for each other
    here; the refresh takes them away.
    """

    _name = "finance.credit.change"
    _description = "Change of a Customer's Exposure"
    _log_access = False
    _rec_name = "id"
    _allow_sudo_commands = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")

    @api.model
    def _note(self, table, ids):
        """Remember rows of a table; whom they concern is asked once, when the transaction commits."""
        data = self.env.cr.precommit.data
        noted = data.setdefault("finance_credit_noted", {})
        if not noted:
            self.env.cr.precommit.add(self._write_noted)
        noted.setdefault(table, set()).update(ids)

    @api.model
    def _note_before(self, table, ids):
        """The same for rows that are about to be deleted or given to somebody else."""
        self.env.cr.execute(CONCERNED[table], {"ids": list(ids)})
        data = self.env.cr.precommit.data
        noted = data.setdefault("finance_credit_noted", {})
        if not noted:
            self.env.cr.precommit.add(self._write_noted)
        noted.setdefault(None, set()).update(self.env.cr.fetchall())

    @api.model
    def _write_noted(self):
        noted = self.env.cr.precommit.data.pop("finance_credit_noted", {})
        keys = noted.pop(None, set())
        for table, ids in noted.items():
            self.env.cr.execute(CONCERNED[table], {"ids": list(ids)})
            keys.update(self.env.cr.fetchall())
        self._mark(keys)

    @api.model
    def _mark(self, keys):
        """Have these customers computed again right after this transaction commits.

        Modules that add to the exposure (orders, guarantees) call it from the code that changes it.

        :param keys: (company id, commercial partner id)
        """
        if not keys:
            return
        # a customer that was deleted in this transaction has no exposure any more
        self.env.cr.execute(
            "INSERT INTO finance_credit_change (company_id, partner_id)"
            " SELECT k.company, k.partner FROM unnest(%s, %s) AS k(company, partner)"
            " JOIN res_partner p ON p.id = k.partner JOIN res_company c ON c.id = k.company ORDER BY 1, 2",
            ([company for company, _partner in keys], [partner for _company, partner in keys]),
        )
        env = self.env(user=SUPERUSER_ID, su=True)  # the trigger belongs to the system, any role may cause it
        cron = env.ref("finance_connector_base.ir_cron_credit_refresh", raise_if_not_found=False)
        if cron:
            cron._trigger()

    @api.model
    def _take(self, limit):
        """:return: list of (company id, partner id) that have to be computed; they are off the list"""
        self.env.cr.execute(
            """
            DELETE FROM finance_credit_change WHERE id IN
                (SELECT id FROM finance_credit_change ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING company_id, partner_id
            """,
            (limit,),
        )
        return sorted(set(self.env.cr.fetchall()))
