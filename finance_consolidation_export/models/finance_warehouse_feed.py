from odoo import api, fields, models

from ..extracts.feeds import FEEDS

_BY_CODE = {feed.code: feed for feed in FEEDS}


class FinanceWarehouseFeed(models.Model):
    """One kind of record that a warehouse gets."""

    _name = "finance.warehouse.feed"
    _description = "Feed of a Data Warehouse"
    _order = "warehouse_id, id"

    warehouse_id = fields.Many2one("finance.warehouse", required=True, ondelete="cascade", index=True)
    code = fields.Selection([(feed.code, feed.name) for feed in FEEDS], string="Feed", required=True)
    columns = fields.Char(compute="_compute_columns")
    reads = fields.Char(compute="_compute_columns")

    _once = models.UniqueIndex("(warehouse_id, code)", "A warehouse has each feed once.")

    @api.depends("code")
    def _compute_columns(self):
        for line in self:
            feed = _BY_CODE.get(line.code)
            line.columns = ", ".join(feed.header[1:]) if feed else ""
            whole = feed and feed.is_whole
            line.reads = self.env._("Everything, every time") if whole else self.env._("What has changed")

    def _feed(self):
        """:return: the :class:`~..extracts.feed.Feed`"""
        self.ensure_one()
        return _BY_CODE[self.code]
