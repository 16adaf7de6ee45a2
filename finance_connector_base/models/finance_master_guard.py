from odoo import api

from ..engine.origin import KEY, Origin, origin_of


class Mastered:
    """Puts the records of a model under the ownership policies of their domain.

    Stands in front of ``models.Model`` in the class that extends the model:

        class PaymentTerm(Mastered, models.Model):
            _inherit = "account.payment.term"
            _master = "finance.master.payment.term"

    Everybody who writes is judged, server code with all rights included: only the engine, which
    has judged already, passes (see ``engine/origin.py``). While modules are being installed
    nothing is judged.
    """

    __slots__ = ()
    _master = None

    def _mastered_by(self, vals_list=()):
        """Give the domain that judges these records, or new ones; EXTENDS where a model has several.

        :param vals_list: values of the new ones
        """
        return self.env[self._master]

    @api.model_create_multi
    def create(self, vals_list):
        master = self._mastered_by(vals_list)
        origin = origin_of(self.env.context)
        pending = self.browse()
        if origin or not self.env.registry.ready:
            records = super().create(vals_list)
        else:
            judged = [master._speaks_of_new(vals, self.env) for vals in vals_list]
            decision, policy_id = master._may_create(self) if any(judged) else ("accept", None)
            if decision == "reject" or decision == "propose" and "active" not in self._fields:
                master._refuse_new(policy_id)
            if decision == "propose":
                # there for the approver to see, and for nobody to use
                vals_list = [
                    {**vals, "active": False} if is_judged else vals
                    for vals, is_judged in zip(vals_list, judged, strict=True)
                ]
            records = super().create(vals_list)
            if policy_id:
                new = self.browse([r.id for r, is_judged in zip(records, judged, strict=True) if is_judged])
                pending = master._created(master._scope(new), decision, policy_id)
        if self.env.registry.ready:
            master._after_create(records - pending, origin)
        return records

    def write(self, vals):
        master = self._mastered_by()
        touched = master._odoo_fields().keys() & vals.keys()
        if not touched or not self.env.registry.ready:
            return super().write(vals)
        origin = origin_of(self.env.context)
        changed = master._changed(self, vals, touched)
        if origin:
            result = super().write(vals)
        else:
            result = True
            for records, kept in master._judge(self, vals, changed):
                result = super(Mastered, records).write(kept) and result
        master._after_write(self, changed, origin)
        return result

    def unlink(self):
        if not origin_of(self.env.context) and self.env.registry.ready:
            self._mastered_by()._check_unlink(self)
        return super().unlink()

    def _as_engine(self, connection_id=None):
        """:return: the records, for a change that a policy or an approver has decided about"""
        return self.with_context(**{KEY: Origin(connection_id=connection_id)})
