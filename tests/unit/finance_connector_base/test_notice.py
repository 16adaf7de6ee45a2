"""What a button says: one shape, and what is under the button is read again (S-03)."""

from __future__ import annotations

from odoo.addons.finance_connector_base.engine.notice import notice


def test_s03_a_notice_closes_the_dialog_and_reads_the_record_again() -> None:
    told = notice("Two lines were matched.", "success")
    assert (told["type"], told["tag"]) == ("ir.actions.client", "display_notification")
    assert told["params"] == {
        "message": "Two lines were matched.",
        "type": "success",
        "sticky": False,
        "next": {"type": "ir.actions.act_window_close"},
    }


def test_s03_what_follows_instead_is_given() -> None:
    after = {"type": "ir.actions.act_window", "res_model": "finance.mapping"}
    params = notice("Left out: X.", "warning", title="Not all", sticky=True, then=after)["params"]
    assert params["next"] == after
    assert (params["title"], params["sticky"]) == ("Not all", True)
