from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.finance_connector_base.safe import strict_json

#: days before the days read again for which transactions are kept, to recognise what is changed late
KEPT = timedelta(days=60)


class FinanceBankTold(models.Model):
    """A transaction as an interface told it that tells changes only: with it whole days can be put together again.

    Rows follow the changes in the transaction that also moves the cursor on, and in no other.
    """

    _name = "finance.bank.told"
    _description = "Transaction Told by an Interface"
    _log_access = False
    _rec_name = "key"
    _allow_sudo_commands = False

    account_id = fields.Many2one("finance.bank.online.account", required=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    date = fields.Date(readonly=True, required=True)
    is_pending = fields.Boolean(readonly=True)
    content = fields.Text(readonly=True, groups=fields.NO_ACCESS)

    _one_per_key = models.UniqueIndex("(account_id, key)")
    _by_day = models.Index("(account_id, date)")

    @api.model
    def _apply(self, account, changes, since):
        """Follow what has changed.

        :param changes: :class:`~..protocols.plaid.Changes`
        :param since: first day that is going to be read
        :return: (first day to be read, count of booked transactions that changed although they were read before)
        """
        rows = self.sudo()  # sudo: rows that nobody may see, written by the engine
        mine = [("account_id", "=", account.id)]
        touched = [*changes.changed, *changes.removed]
        known = {row.key: row for row in rows.search([*mine, ("key", "in", touched)])}
        first, late = since, 0
        for key, told in changes.changed.items():
            values = {
                "account_id": account.id,
                "key": key,
                "date": str(told.get("date") or "")[:10],
                "is_pending": bool(told.get("pending")),
                "content": strict_json.dumps(told).decode(),
            }
            row = known.get(key)
            if row and row._was_read(account) and row._says_else(told):
                late += 1
            if not values["is_pending"] and account.read_until:
                # booked late, on a day that was read already: the whole day is read again
                first = min(first, fields.Date.to_date(values["date"]))
            if row:
                row.write(values)
            else:
                rows.create(values)
        gone = rows.browse([row.id for key, row in known.items() if key in changes.removed])
        late += sum(1 for row in gone if row._was_read(account))
        gone.unlink()
        if changes.is_whole:
            # the cursor was forgotten: what is not told any more is gone
            rows.search([*mine, ("key", "not in", list(changes.changed))]).unlink()
        rows.search([*mine, ("date", "<", first - KEPT), ("is_pending", "=", False)]).unlink()
        return first, late

    def _was_read(self, account):
        return bool(not self.is_pending and account.read_until and self.date <= account.read_until)

    def _says_else(self, told):
        before = strict_json.loads(self.content.encode())
        return any(before.get(name) != told.get(name) for name in ("amount", "date", "iso_currency_code"))

    @api.model
    def _page(self, account, since):
        """:return: one answer with everything since a day, and what is pending, as the interface would tell it"""
        rows = self.sudo().search(  # sudo: rows that nobody may see, read by the engine
            [("account_id", "=", account.id), "|", ("date", ">=", since), ("is_pending", "=", True)], order="date, id"
        )
        return b'{"added":[' + b",".join(row.content.encode() for row in rows) + b"]}"
