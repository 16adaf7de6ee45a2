from odoo import api, models
from odoo.orm.model_classes import is_model_class
from odoo.tools import SQL, ormcache

#: what core calls to create and post an entry; an override may do something a copied row misses
ENTRY_POINTS = (
    "create",
    "write",
    "_create",
    "_write_multi",
    "action_post",
    "_post",
    "_check_balanced",
    "_hash_moves",
    "_set_next_sequence",
    "_create_analytic_lines",
    "_compute_field_value",
    "_validate_fields",
)
#: rows that point to a record by name and id
_POINTERS = (
    ("mail_message", "model", "res_id"),
    ("mail_followers", "res_model", "res_id"),
    ("mail_activity", "res_model", "res_id"),
    ("ir_attachment", "res_model", "res_id"),
)


class FinanceCopySafety(models.AbstractModel):
    """Decides whether rows that Odoo made may be copied in this database at all, and sees to what follows.

    Who copies rows inherits it, and says which models it copies and which modules it has read. See
    docs/decisions/0020.
    """

    _name = "finance.copy.safety"
    _description = "Safety of Copied Rows"

    #: models whose rows are copied
    _copied = ("account.move", "account.move.line")
    #: methods by which core makes them
    _entry_points = ENTRY_POINTS
    #: (table, column) of rows that belong to what is copied and are written with it
    _own_references = frozenset({("account_move_line", "move_id")})

    @api.model
    def _trusted_modules(self):
        """Modules that were read: what they add is nothing, or the template shows it; EXTENDS with the copier's own.

        :return: set of technical names; a module that extends the copied models and is not named makes the ORM
            write everything
        """
        return {
            "account",
            "account_add_gln",
            "account_debit_note",
            "account_edi",
            "account_edi_ubl_cii",
            "account_fleet",
            "account_payment",
            "account_peppol",
            "analytic",
            "base",
            "finance_connector_base",
            "hr_expense",
            "l10n_de",
            "mail",
            "portal",
            "product",
            "product_email_template",
            "purchase",
            "purchase_stock",
            "sale",
            "sale_stock",
            "sale_timesheet",
            "snailmail_account",
            "spreadsheet_account",
            "stock_account",
        }

    @api.model
    def _is_decimal(self, currency):
        """Coins can be larger than the last decimal (0.05); the rules only know decimals."""
        return abs(currency.rounding - 10.0**-currency.decimal_places) < 1e-9

    @api.model
    def _overriding_modules(self):
        found = set()
        for name in self._copied:
            for cls in type(self.env[name]).__mro__:
                if not any(method in vars(cls) for method in self._entry_points):
                    continue
                if is_model_class(cls):
                    found.add(f"a patch of {name}")  # automation rules and audit rules patch registry classes
                elif getattr(cls, "_module", None):
                    found.add(cls._module)
        return found

    @api.model
    def _definers(self, name, method):
        """:return: names of the modules that define a method (its name, or itself) of a model"""
        method = method if isinstance(method, str) else getattr(method, "__name__", "")
        return {
            cls._module
            for cls in self.env.registry[name].__mro__
            if method in vars(cls) and getattr(cls, "_module", None) and not is_model_class(cls)
        }

    @api.model
    @ormcache("name")
    def _triggers(self, name):
        """Stored fields of other modules, of whatever model, that follow from records of a model.

        Asked of the registry once, it takes a while to answer.

        :return: trigger tree, as the ORM walks it when records were created
        """
        registry = self.env.registry
        trusted = self._trusted_modules()

        def is_strange(field):
            if not field.store or not field.compute:
                return False
            modules = set(field._modules) | self._definers(field.model_name, field.compute)
            return not modules or bool(modules - trusted)

        return registry.get_trigger_tree([f for f in registry[name]._fields.values() if f.store], select=is_strange)

    @api.model
    def _computed_later(self):
        """:return: set of (table, column) that :meth:`_complete` lets the ORM compute"""
        return {
            (self.env[field.model_name]._table, field.name)
            for name in self._copied
            for tree in self._triggers(name).depth_first()
            for field in tree.root
            if field.model_name in self._copied and field.column_type
        }

    @api.model
    def _strange_checks(self, name):
        """:return: constraint methods of other modules"""
        trusted = self._trusted_modules()
        return [method for method in self.env[name]._constraint_methods if self._definers(name, method) - trusted]

    @api.model
    def _needs_completion(self):
        return any(self._triggers(name) or self._strange_checks(name) for name in self._copied)

    # -- what other modules compute and check ------------------------------------------------

    @api.model
    def _complete_all(self, *copied):
        """Let the ORM compute and check what other modules make of records.

        :param copied: records, one recordset a model
        """
        for records in copied:
            # sudo: as the ORM finds what depends on new records
            found = records.sudo().with_context(active_test=False)._modified_triggers(self._triggers(records._name))
            for field, dependent, _created in list(found):
                self.env.add_to_compute(field, dependent)
        self.env.flush_all()
        for records in copied:
            for check in self._strange_checks(records._name):
                check(records)

    # -- what the ORM wrote besides ----------------------------------------------------------

    @api.model
    def _satellites(self, *made):
        """Rows of other tables that came with records made by the ORM: a copy would lack them.

        :param made: records, one recordset a model
        :return: set of "table.column"
        """
        ids = {records._table: records.ids for records in made}
        parts = [
            SQL(
                "SELECT %s WHERE EXISTS (SELECT FROM %s WHERE %s = ANY(%s))",
                f"{table}.{column}",
                SQL.identifier(table),
                SQL.identifier(column),
                ids[target],
            )
            for table, column, target in self._references(tuple(ids))
            if (table, column) not in self._own_references
        ]
        parts += [
            SQL(
                "SELECT %s WHERE EXISTS (SELECT FROM %s WHERE %s = %s AND %s = ANY(%s))",
                f"{table}.{id_column}",
                SQL.identifier(table),
                SQL.identifier(model_column),
                records._name,
                SQL.identifier(id_column),
                records.ids,
            )
            for table, model_column, id_column in _POINTERS
            for records in made
        ]
        self.env.cr.execute(SQL(" UNION ALL ").join(parts))
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _references(self, tables):
        """:return: list of (table, column, table referred to) for all foreign keys to these tables"""
        self.env.cr.execute(
            SQL(
                """
                SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
                  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                 WHERE c.contype = 'f' AND c.confrelid::regclass::text = ANY(%s) AND cardinality(c.conkey) = 1
                """,
                list(tables),
            )
        )
        return self.env.cr.fetchall()
