from . import finance_card_decision_wizard
