from . import consent, payment_file
