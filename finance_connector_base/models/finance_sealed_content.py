from odoo import api, models

from .sealed_json import SealedJson


class FinanceSealedContent(models.AbstractModel):
    """Records whose content is sealed although they are made by ``create``: it is written when they have a number."""

    _name = "finance.sealed.content"
    _description = "Sealed Content"

    @api.model_create_multi
    def create(self, vals_list):
        names = [name for name, field in self._fields.items() if isinstance(field, SealedJson)]
        bare = [{name: value for name, value in vals.items() if name not in names} for vals in vals_list]
        records = super().create(bare)
        for record, vals in zip(records, vals_list, strict=True):
            contents = {name: vals[name] for name in names if name in vals}
            for name, value in contents.items():
                record[name] = value
        # written with the record, as a caller expects of create
        records.flush_recordset(names)
        return records
