"""What a button says when it has done its work."""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["info", "success", "warning", "danger"]


def notice(
    message: str,
    kind: Kind = "info",
    *,
    title: str | None = None,
    sticky: bool = False,
    then: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the client action that shows a message for a moment.

    :param message: one sentence in the language of the user
    :param sticky: it stays until it is clicked away: for what must not be missed
    :param then: client action that follows. Without one the dialog closes and the record or list under the button is
        read again where it stands: the open tab stays open, and the buttons wait until the new state is shown
    """
    params: dict[str, Any] = {"message": message, "type": kind, "sticky": sticky}
    if title:
        params["title"] = title
    params["next"] = then or {"type": "ir.actions.act_window_close"}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
