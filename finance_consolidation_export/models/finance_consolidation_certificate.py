import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.finance_connector_base.engine.text import to_json


class FinanceConsolidationCertificate(models.Model):
    """That the platform holds, to the cent, what was approved (C-09). Issued by the comparison, changed by nobody."""

    _name = "finance.consolidation.certificate"
    _description = "Zero-Difference Certificate"
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(readonly=True, required=True)
    delivery_id = fields.Many2one(
        "finance.consolidation.delivery", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    issued_at = fields.Datetime(readonly=True, required=True)
    content = fields.Json(readonly=True, required=True, help="What it certifies, as it was then.")
    digest = fields.Char(string="SHA-256", readonly=True, required=True, help="Over the content.")
    is_genuine = fields.Boolean(compute="_compute_is_genuine", help="The content is what was sealed by the digest.")

    _delivery_once = models.UniqueIndex("(delivery_id)", "A delivery has one certificate.")

    def init(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION finance_consolidation_certificate_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'Certificates are evidence: they are issued, never changed'
                      USING ERRCODE = 'insufficient_privilege';
            END $$
            """
        )
        self.env.cr.execute(
            "CREATE OR REPLACE TRIGGER finance_consolidation_certificate_kept BEFORE UPDATE OR DELETE"
            " ON finance_consolidation_certificate FOR EACH ROW"
            " EXECUTE FUNCTION finance_consolidation_certificate_kept()"
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Certificates are issued by comparing figures, by nobody else."))
        return super().create(vals_list)

    @api.model
    def _issue(self, delivery):
        """Certify a delivery whose comparison came to zero."""
        delivery.ensure_one()
        now = self.env.cr.now().replace(microsecond=0)
        content = self._content_of(delivery, now)
        return self.sudo().create(  # sudo: issued by the engine alone
            {
                "name": self.env._("Certificate %s", delivery.name),
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "issued_at": now,
                "content": content,
                "digest": self._digest(content),
            }
        )

    @api.model
    def _digest(self, content):
        # jsonb keeps no order and no blanks
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @api.depends("content", "digest")
    def _compute_is_genuine(self):
        for certificate in self:
            # public: a fingerprint of what everybody who reads it sees
            certificate.is_genuine = certificate.digest == self._digest(certificate.content)

    @api.model
    def _content_of(self, delivery, now):
        package = delivery.package_id
        chain = self.env[package._name].browse(package._chain())
        sums = delivery._sums()
        return json.loads(
            to_json(
                {
                    "issued_at": fields.Datetime.to_string(now) + " UTC",
                    "package": package.name,
                    "versions": [
                        {"package": one.name, "digest": one.digest, "changes_only": one.is_delta} for one in chain
                    ],
                    "mapping": package.mapping_text or "",
                    "company": package.entity_id.display_name,
                    "scenario": package.scenario_id.display_name,
                    "period": [str(package.date_from), str(package.date_to)],
                    "preliminary": package.is_preliminary,
                    "prepared_by": package.prepared_by_id.name or "",
                    "reviewed_by": package.reviewed_by_id.name or "",
                    "approved_by": package.approved_by_id.name or "",
                    "delivered_by": delivery.delivered_by_id.name or "",
                    "target": delivery.target_id.name,
                    "platform": dict(delivery._fields["adapter"]._description_selection(self.env)).get(
                        delivery.adapter, delivery.adapter
                    ),
                    "job": delivery.job or "",
                    "attempts": delivery.round,
                    "nothing_loaded": delivery.is_same,
                    "file": delivery.file_name,
                    "file_sha256": delivery.file_sha256,
                    "content_sha256": delivery.content_sha256,
                    "rows": delivery.row_count,
                    "compared_with": delivery.read_back,
                    "left_out": delivery.target_id._parameters().get("leave_out", ""),
                    "totals": [
                        [entity, account, currency, format(amount, "f")]
                        for (entity, account, currency), amount in sorted(sums.items())
                    ],
                    "difference": "0",
                }
            )
        )

    def _dated(self):
        """:return: what the printed certificate says about its comparison"""
        self.ensure_one()
        return {
            "read": self.env._("The figures were read back from the platform after the load."),
            "report": self.env._(
                "The platform cannot be read back: the figures are those of its report about the load."
            ),
        }[self.content["compared_with"]]
