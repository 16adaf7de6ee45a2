"""The words for the codes of evidence."""


def explain(env, parts):
    """:param parts: list of [code, points] of a score; :return: "same reference (+60), same amount (+35)" """
    return ", ".join(f"{word} ({points:+d})" for word, points in reasons(env, parts))


def reasons(env, parts):
    """:return: list of (words, points) in the order of the score"""
    words = {
        "end_to_end": env._("end-to-end id of the payment"),
        "bank_reference": env._("same reference of the bank"),
        "reference": env._("same reference"),
        "number": env._("number in the text"),
        "digits": env._("digits of the number in the text"),
        "loose": env._("digits of the number, no word for invoice before them"),
        "called": env._("its running number after a word for invoice"),
        "typo": env._("number in the text with one wrong character"),
        "amount": env._("same amount"),
        "discount": env._("amount less early payment discount"),
        "charges": env._("amount less stated charges"),
        "fee": env._("same amount and a fee"),
        "partial": env._("part of the amount"),
        "tolerance": env._("amount within the tolerance"),
        "exchange": env._("amount at today's rate"),
        "virtual": env._("virtual account"),
        "account": env._("known account of the partner"),
        "line": env._("partner of the line"),
        "rule": env._("own rule"),
        "learned": env._("learned from decisions"),
        "name": env._("name of the partner"),
        "alike": env._("similar name"),
        "other_partner": env._("account of another partner"),
        "only": env._("nothing else of the partner fits"),
        "sum": env._("only these add up to the amount"),
        "together": env._("together with others"),
        "completed": env._("with other open items of the partner"),
        "group": env._("payments that the bank names together"),
        "less": env._("the sum without one payment"),
        "order_sum": env._("the sum of one payment order"),
    }
    return [(words.get(code, code), points) for code, points in parts or []]
