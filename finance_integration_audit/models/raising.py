"""One place that raises alerts of the reviews, of retention and of the risk hold."""


def raise_alert(env, code, record, **told):
    if "finance.alert" in env:
        env["finance.alert"]._raise(code, record, **told)
