"""What belongs to what: authorisations and charges, purchases and refunds, charges and claims, charges and the bank.

Pure: values in, links out. Who may confirm a link, and what is booked for it, is decided by the models.
"""
