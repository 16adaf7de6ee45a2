from odoo.http import Controller, request, route


class FinanceGroupLink(Controller):
    """The address that files carry beside each figure: it opens the journal items behind it (C-15)."""

    @route("/finance/group/<string:package>/<string:account>", type="http", auth="user", methods=["GET"], readonly=True)
    def items(self, package, account):
        """Lead to the journal items of an account of a package, for who may read the package."""
        # as the person, with all companies that he may see: a link says nothing about the ones chosen in the menu
        companies = request.env.user._get_company_ids()
        packages = request.env["finance.consolidation.package"].with_context(allowed_company_ids=list(companies))
        if not packages.has_access("read"):
            return request.not_found()
        found = packages.search([("name", "=", package), ("state", "in", ("approved", "superseded"))], limit=1)
        if not found:
            return request.not_found()
        row = found.env["finance.consolidation.row"].search(
            [
                ("package_id", "in", found._chain()),
                ("cut_id", "=", found._base().id),
                ("group_account_id.code", "=", account),
            ],
            limit=1,
        )
        if not row:
            return request.not_found()
        # sudo: the number of an action is no secret
        action = request.env.ref("finance_consolidation_export.finance_consolidation_items_action")
        return request.redirect(f"/odoo/{row.id}/action-{action.sudo().id}?cids={found.company_id.id}")
