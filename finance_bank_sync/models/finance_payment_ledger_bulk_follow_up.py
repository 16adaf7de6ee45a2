from collections import Counter

#: a document in one of these states was told that it is paid
CLOSED = ("paid", "in_payment")


class PaymentFollowUp:
    """What posting and reconciling do besides the rows: ranks, computed fields of others, calls of other modules.

    :param ids: dict position -> :class:`PaymentIds` of the copied payments
    """

    def __init__(self, planned, proof, ids):
        self.planned = planned
        self.proof = proof
        self.ids = ids
        self.env = planned.env
        self.plans = planned.plans

    def do(self):
        """Rows are written and proved; nothing of them is in the cache."""
        env = self.env
        mine = list(self.ids.values())
        payments = env["account.payment"].browse([i.payment for i in mine])
        moves = env["account.move"].browse([i.move for i in mine])
        lines = env["account.move.line"].browse([item for i in mine for item in (i.liquidity, i.counterpart)])
        partials = env["account.partial.reconcile"].browse([p for i in mine for p in i.partials.values()])
        fulls = env["account.full.reconcile"].browse([i.full for i in mine if i.full])
        items = [(self.plans[position].shape, item) for position in self.ids for item in self.plans[position].items]
        paid = env["account.move.line"].browse([item.id for _shape, item in items])
        documents = env["account.move"].browse([item.move_id for _shape, item in items if item.move_type != "entry"])
        changes = env["finance.credit.change"]
        changes._note("account_move_line", [*lines.ids, *paid.ids])
        changes._note("account_payment", payments.ids)
        self._rank()
        made = (payments, moves, lines, partials, fulls)
        self.planned.safety._follow_up([records for records in made if records], [r for r in (paid, documents) if r])
        self.planned.safety._tell(moves | moves.browse([item.move_id for _shape, item in items]))
        states = self.proof.paid.states
        closed = [item.move_id for shape, item in items if states.get((shape, item.move_type)) in CLOSED]
        if closed:
            done = documents.browse(closed)
            done.fetch(["payment_state", "move_type"])
            done._invoice_paid_hook()
        env.flush_all()
        env.invalidate_all(flush=False)

    def _rank(self):
        """Who pays becomes a customer, who is paid a vendor, as core counts them."""
        accounts = self.env["account.account"].browse({plan.account_id for plan in self.plans})
        ranks = {"asset_receivable": "customer_rank", "liability_payable": "supplier_rank"}
        kinds = {account.id: ranks.get(account.account_type) for account in accounts}
        counts = Counter()
        partners = self.env["res.partner"].browse({self.plans[position].partner_id for position in self.ids})
        partners.fetch(["commercial_partner_id"])
        commercial = {partner.id: partner.commercial_partner_id.id for partner in partners}
        for position in self.ids:
            plan = self.plans[position]
            if kinds[plan.account_id]:
                for partner in {plan.partner_id, commercial[plan.partner_id]}:
                    counts[kinds[plan.account_id], partner] += 1
        partners._count_ranks(counts)
