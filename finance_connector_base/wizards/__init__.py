from . import (
    finance_message_reason_wizard,
    finance_secret_wizard,
    finance_stop_release_wizard,
    finance_stop_wizard,
)
