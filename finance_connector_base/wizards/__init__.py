from . import finance_message_reason_wizard, finance_secret_wizard
