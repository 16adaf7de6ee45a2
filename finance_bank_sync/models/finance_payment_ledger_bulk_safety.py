from odoo import api, models
from odoo.tools import SQL, ormcache

from .finance_bank_ledger_bulk_safety import ENTRY_POINTS

#: records of these models that hang on copies are new, or were changed, with them
LINKED = frozenset(
    {
        "account.bank.statement.line",
        "account.full.reconcile",
        "account.move",
        "account.move.line",
        "account.partial.reconcile",
        "account.payment",
    }
)
#: fields of what is paid that a payment changes
CHANGED = {
    "account.move.line": (
        "amount_residual",
        "amount_residual_currency",
        "reconciled",
        "full_reconcile_id",
        "matching_number",
    ),
    "account.move": ("amount_residual", "amount_residual_signed", "payment_state", "matched_payment_ids"),
}


class FinancePaymentLedgerBulkSafety(models.AbstractModel):
    """Decides whether payments may be copied in this database at all, and sees to what follows from them."""

    _name = "finance.payment.ledger.bulk.safety"
    _inherit = "finance.bank.ledger.bulk.safety"
    _description = "Safety of Copied Payments"

    _copied = (
        "account.move",
        "account.move.line",
        "account.payment",
        "account.partial.reconcile",
        "account.full.reconcile",
    )
    _entry_points = (
        *ENTRY_POINTS,
        "reconcile",
        "_reconcile_plan",
        "_reconcile_plan_with_sync",
        "_prepare_reconciliation_plan",
        "_prepare_reconciliation_amls",
        "_prepare_reconciliation_single_partial",
        "_reconcile_pre_hook",
        "_reconcile_post_hook",
        "_update_matching_number",
        "_create_exchange_difference_moves",
        "_create_tax_cash_basis_moves",
        "_compute_payment_state",
        "_compute_state",
        "_generate_journal_entry",
        "_prepare_move_line_default_vals",
    )
    _own_references = frozenset(
        {
            ("account_move_line", "move_id"),
            ("account_move_line", "payment_id"),
            ("account_move_line", "full_reconcile_id"),
            ("account_move", "origin_payment_id"),
            ("account_payment", "move_id"),
            ("account_partial_reconcile", "debit_move_id"),
            ("account_partial_reconcile", "credit_move_id"),
            ("account_partial_reconcile", "full_reconcile_id"),
            ("account_move__account_payment", "payment_id"),
            ("finance_payment_line", "payment_id"),
        }
    )

    @api.model
    def _trusted_modules(self):
        # EXTENDS: it looks at what is paid, which :meth:`_tell` lets it do
        return super()._trusted_modules() | {"finance_expense_sync"}

    @api.model
    def _tell(self, moves):
        """Tell who follows reconciliations of entries by being called, as the module of expenses does.

        :param moves: new entries, and those that they paid
        """
        if "finance.expense.reimbursement" in self.env:
            self.env["finance.expense.reimbursement"]._look(moves)

    @api.model
    def _obstacle(self, journal):
        """:return: why payments of this journal are left to the ORM, or None"""
        strangers = self._overriding_modules() - self._trusted_modules()
        if strangers:
            return f"{', '.join(sorted(strangers))} changes how payments are made"
        if journal.restrict_mode_hash_table:
            return "the entries of the journal are hashed"
        if not self._is_decimal(journal.company_id.sudo().currency_id):  # sudo: as core reads it for branches
            return "a currency is not rounded to decimals"
        return None

    # -- what follows ------------------------------------------------------------------------

    @api.model
    @ormcache("name", "changed")
    def _consequences(self, name, changed):
        """Stored fields that follow from copied records, or from what they change, and are not copied themselves.

        :param bool changed: of records that exist; else of those that are new
        :return: trigger tree, as the ORM walks it
        """
        registry = self.env.registry
        trusted = self._trusted_modules()

        def follows(field):
            if not field.store or not field.compute:
                return False
            if field.model_name not in self._copied:
                return True
            modules = set(field._modules) | self._definers(field.model_name, field.compute)
            return not modules or bool(modules - trusted)

        fields = registry[name]._fields
        names = CHANGED[name] if changed else [field.name for field in fields.values() if field.store]
        return registry.get_trigger_tree([fields[found] for found in names], select=follows)

    @api.model
    @ormcache("name", "changed")
    def _ends(self, name, changed):
        """:return: set of (field that follows, field of its record by which the last step leads to it; None: itself,
        False: the way leads through records that others share, such as partners)"""
        found = set()

        def walk(tree, hop, known):
            found.update((field, hop if known else False) for field in tree.root)
            for step, rest in tree.items():
                # what this step starts from hangs on the copies, and on nothing else
                walk(rest, step, known and (hop is None or hop.model_name in LINKED))

        walk(self._consequences(name, changed), None, known=True)
        return found

    @api.model
    def _follow_up(self, made, changed):
        """Let the ORM compute what other models and other modules make of it, and check what other modules check.

        Where the ORM would look for everything that may depend on each step of a way (through fields that are not
        stored, by searching for them), nothing is asked but whose record it is at the end: what was reconciled here
        was reconciled with nothing before, so no way leads to entries besides these.

        :param made: new records, one recordset a model
        :param changed: records that were changed
        """
        kinds = [(records, False) for records in made] + [(records, True) for records in changed]
        touched = self._touched([records for records, _is_changed in kinds])
        ends = set().union(*(self._ends(records._name, is_changed) for records, is_changed in kinds))
        unknown = False
        for field, hop in ends:
            # sudo: as the ORM finds what depends on records
            model = self.env[field.model_name].sudo().with_context(active_test=False)
            if hop is False:
                unknown = True
            elif field.model_name in touched:
                self.env.add_to_compute(field, model.browse(touched[field.model_name]))
            elif hop and hop.store and hop.model_name == field.model_name and hop.comodel_name in touched:
                self.env.add_to_compute(field, model.search([(hop.name, "in", list(touched[hop.comodel_name]))]))
            else:
                unknown = True
        if unknown:
            self._walk(kinds)
        self.env.flush_all()
        for records in made:
            for check in self._strange_checks(records._name):
                check(records)

    @api.model
    def _touched(self, found):
        """:return: dict name of a model -> ids of all records that are new or changed, and of what hangs on them"""
        touched = {}
        for records in found:
            touched.setdefault(records._name, set()).update(records.ids)

        def more(name, query, ids):
            self.env.cr.execute(SQL(query, ids=list(ids)))
            touched.setdefault(name, set()).update(row_id for (row_id,) in self.env.cr.fetchall())

        items = touched.get("account.move.line", ())
        more("account.move", "SELECT DISTINCT move_id FROM account_move_line WHERE id = ANY(%(ids)s)", items)
        moves = touched["account.move"]
        line = "account.bank.statement.line"
        more(line, "SELECT id FROM account_bank_statement_line WHERE move_id = ANY(%(ids)s)", moves)
        more("account.payment", "SELECT id FROM account_payment WHERE move_id = ANY(%(ids)s)", moves)
        linked = "SELECT payment_id FROM account_move__account_payment WHERE invoice_id = ANY(%(ids)s)"
        more("account.payment", linked, moves)
        return touched

    @api.model
    def _walk(self, kinds):
        """As the ORM does it; a module has a field that follows from elsewhere."""
        for records, is_changed in kinds:
            # sudo: as the ORM finds what depends on records
            found = records.sudo().with_context(active_test=False)
            for field, dependent, _created in list(
                found._modified_triggers(self._consequences(found._name, is_changed))
            ):
                self.env.add_to_compute(field, dependent)

    @api.model
    def _taxed_on_payment(self, company, moves):
        """:return: ids of entries that may have taxes which fall due when they are paid"""
        # sudo: as core reads it for branches
        if not company.sudo().tax_exigibility:
            return set()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT l.move_id FROM account_move_line l
                 WHERE l.move_id = ANY(%s) AND (l.tax_line_id IS NOT NULL OR EXISTS (
                       SELECT FROM account_move_line_account_tax_rel r WHERE r.account_move_line_id = l.id))
                """,
                list(moves),
            )
        )
        return {move_id for (move_id,) in self.env.cr.fetchall()}
