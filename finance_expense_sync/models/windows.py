"""Windows that buttons open."""


def window_of(records, name):
    """:return: action that shows records: the form of a single one, else a list"""
    action = {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": records._name,
        "view_mode": "list,form",
        "domain": [("id", "in", records.ids)],
    }
    if len(records) != 1:
        return action
    return {**action, "view_mode": "form", "views": [(False, "form")], "res_id": records.id}
