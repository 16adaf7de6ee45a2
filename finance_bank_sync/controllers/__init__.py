from . import consent, payment_file
from . import payment, payment_word
