from odoo import api, models

NAME = "finance.master.changed"


class FinanceMaster(models.AbstractModel):
    """Tells of changes of master data, also where no system is synchronised."""

    _inherit = "finance.master"

    @api.model
    def _is_watched(self):
        return super()._is_watched() or self.env["finance.event"]._wants(NAME)

    @api.model
    def _after_create(self, records, origin):
        result = super()._after_create(records, origin)
        self._tell_changed("created", records, {})
        return result

    @api.model
    def _after_write(self, records, changed, origin):
        result = super()._after_write(records, changed, origin)
        self._tell_changed("changed", records.browse([number for number, names in changed.items() if names]), changed)
        return result

    @api.model
    def _tell_changed(self, action, records, changed):
        event = self.env["finance.event"]
        if not records or not event._wants(NAME):
            return
        names = self.env["finance.api"]._names()
        facts = []
        for record in self._scope(records.sudo()):  # sudo: whoever changes a record need not know who is told
            name = names.of(self._public_kind(record), record.id)
            facts.append(
                {
                    "subject": name,
                    "company_id": self._company_of(record).id or None,
                    "data": {
                        "id": name,
                        "domain": self._code(),
                        "action": action,
                        "fields": sorted(changed.get(record.id, ())),
                    },
                }
            )
        event._emit(NAME, facts)

    @api.model
    def _public_kind(self, record):
        """:return: kind of its public name: that of the interface, else the letters of its model"""
        return {"res.partner": "counterparty"}.get(record._name) or "".join(filter(str.isalpha, record._name))
