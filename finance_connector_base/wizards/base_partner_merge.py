from odoo import models


class PartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # EXTENDS: external references to what disappears are read as references to what stays
        engine = self.with_env(self.env["res.partner"]._as_engine().env)
        return super(PartnerMerge, engine)._merge(partner_ids, dst_partner, extra_checks)

    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        # EXTENDS: called for the partners and for each bank account that both had
        self.env["finance.record.alias"]._merged(src_records, dst_record)
        if referenced_model == "res.partner":
            # sudo: pairs of what disappears are decided by the merge
            pairs_of_gone = (
                self.env["finance.partner.duplicate"]
                .sudo()
                .search(["|", ("first_id", "in", src_records.ids), ("second_id", "in", src_records.ids)])
            )
            pairs_of_gone.filtered(lambda pair: pair.state == "open").write(
                {"state": "merged", "decided_by_id": self.env.uid}
            )
        return super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
