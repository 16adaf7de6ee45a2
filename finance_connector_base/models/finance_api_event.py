import json

from odoo import api, models

from ..api.cursor import Cursors
from ..api.feed import EventList

#: the right of a key that reads the feed
RIGHT = "events:read"


class FinanceApi(models.AbstractModel):
    """The feed of events (S-26): the reader keeps his place, and misses none, however late its transaction commits."""

    _inherit = "finance.api"

    @api.model
    def _do_list_events(self, query):
        events = self.env["finance.event"]
        events.check_access("read")
        # sudo: places are given to what has happened, whoever asks first
        events.sudo()._place()
        filters = json.loads(query.model_dump_json(exclude={"cursor", "limit", "begin"}))
        cursors = Cursors(self._secret())
        if query.cursor:
            [position] = cursors.read("events", filters, query.cursor)
        else:
            position = 0 if query.begin == "first" else events._head()
        companies = self.env.companies.ids
        found, upto = events._after(position, companies, query.type or (), query.limit, query.subject)
        # what cannot be told is for people to see, its place is passed
        told = found.filtered(lambda event: not event.fault)
        return EventList(
            data=told._cloud_events(),
            next=cursors.write("events", filters, [upto]),
            more=len(found) == query.limit,
        )


class FinanceEvent(models.Model):
    """Programs that may read the feed listen to everything of their companies."""

    _inherit = "finance.event"

    @api.model
    def _listening(self):
        listening = super()._listening()
        self.env["finance.api.client"].flush_model()
        self.env.cr.execute(
            """
            SELECT c.res_company_id, NULL::varchar[]
              FROM finance_api_client k
              JOIN finance_api_client_finance_api_right_rel r ON r.finance_api_client_id = k.id
              JOIN finance_api_right t ON t.id = r.finance_api_right_id AND t.code = %s
              JOIN finance_api_client_res_company_rel c ON c.finance_api_client_id = k.id
             WHERE k.active
            """,
            (RIGHT,),
        )
        return [*listening, *self.env.cr.fetchall()]


class FinanceApiClient(models.Model):
    _inherit = "finance.api.client"

    @api.model_create_multi
    def create(self, vals_list):
        clients = super().create(vals_list)
        self.env["finance.event"]._listeners_changed()
        return clients

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "right_ids", "company_ids"}:
            self.env["finance.event"]._listeners_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["finance.event"]._listeners_changed()
        return result
