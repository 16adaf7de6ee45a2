"""A bank: accounts, bookings and statements on one side, the files it hands out on the other."""
