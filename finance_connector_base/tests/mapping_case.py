from datetime import date

from .fake_case import FakeCase

DAY = date(2026, 3, 15)


class MappingCase(FakeCase):
    """Mappings to three partners, and stewards who write and approve them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["finance.mapping.domain"].create(
            {"name": "Vendors", "code": "test.vendor", "res_model": "res.partner"}
        )
        cls.partners = cls.env["res.partner"].create([{"name": name} for name in ("One", "Two", "Three")])
        cls.mappings = cls.env["finance.mapping"]

    def mine(self, records):
        return self.as_user(records, "steward")

    def theirs(self, records):
        return self.as_user(records, "steward", number=2)

    def draft(self, code="V1", partner=0, role="steward", number=1, **values):
        return self.as_user(self.mappings, role, number=number).create(
            {
                "domain_id": self.domain.id,
                "connection_id": self.connection.id,
                "code": code,
                "res_id": self.partners[partner].id,
                **values,
            }
        )

    def active(self, *args, **values):
        """:return: a mapping written by one steward and approved by another"""
        mapping = self.draft(*args, **values)
        mapping.action_propose()
        self.theirs(mapping).action_approve()
        return mapping

    def lookup(self, code="V1", *, day=DAY, connection=None, qualifiers=()):
        found = self.mappings._lookup(
            connection or self.connection, "test.vendor", [code], date=day, qualifiers=qualifiers
        )
        return self.env["res.partner"].browse(found[code].res_id).name if code in found else None
