from odoo import api, models


class FinanceEvidencePartTrail(models.AbstractModel):
    """The entries with their seals or proofs, signed checkpoints, public keys and anchors: what the verifier reads."""

    _name = "finance.evidence.part.trail"
    _description = "Evidence: Audit Trail"
    _inherit = ["finance.evidence.part"]

    @api.model
    def _title(self):
        return self.env._("Audit trail: entries, seals, proofs, checkpoints, public keys")

    @api.model
    def _files(self, bundle, tables):
        yield "trail.jsonl", (line.encode() for line in bundle._trail_lines())


class FinanceEvidencePartAnchors(models.AbstractModel):
    """Receipts of places outside."""

    _name = "finance.evidence.part.anchors"
    _description = "Evidence: Anchors"
    _inherit = ["finance.evidence.part"]

    @api.model
    def _title(self):
        return self.env._("Anchors: what was kept outside of the database, and receipts")

    @api.model
    def _files(self, bundle, tables):
        receipts = self.env["finance.audit.receipt"].sudo()  # sudo: the bundle's maker has checked who asks
        for receipt in receipts.search([("number", "<=", bundle._last_checkpoint().number)], limit=1000):
            ending = "tsr.b64" if receipt.kind == "finance.anchor.timestamp" else "txt"
            name = f"anchors/receipt-{receipt.number:010d}-{receipt.anchor_ref}.{ending}"
            yield name, [f"{receipt.receipt}\n".encode()]
