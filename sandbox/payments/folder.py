"""The bank behind a folder, as behind its SFTP server: orders come in one folder, answers go into another."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.payments.bank import PaymentBank


class Folder:
    """``outgoing`` is what the customer sends, ``inbox`` what the customer fetches; the names are the customer's."""

    def __init__(self, bank: PaymentBank, root: Path) -> None:
        self.bank = bank
        self.root = root
        self.orders = root / "outgoing"
        self.answers = root / "inbox"
        self.taken = root / ".taken"
        for folder in (self.orders, self.answers, self.taken):
            folder.mkdir(parents=True, exist_ok=True)

    def clear(self) -> None:
        """Take away every file."""
        for folder in (self.orders, self.answers, self.taken):
            for path in folder.iterdir():
                path.unlink()

    def turn(self) -> int:
        """Take the files that are complete, and put answers where they can be fetched; :return: files taken"""
        names = sorted(name for name in os.listdir(self.orders) if name.lower().endswith(".xml"))
        for name in names:
            # away first: whatever happens now, a file is carried out at most once
            path = self.taken / name
            number = 1
            while path.exists():
                number += 1
                path = self.taken / f"{number}-{name}"
            (self.orders / name).rename(path)
            self.bank.take(path.read_bytes())
        if not self.bank.holds_answers:
            self.deliver()
        return len(names)

    def deliver(self) -> None:
        """Put the answers that wait into the customer's folder, each complete under its final name."""
        for name, data in self.bank.fetch():
            self.put(name, data)

    def put(self, name: str, data: bytes) -> None:
        """Put one file."""
        part = self.answers / f".{name}.part"
        part.write_bytes(data)
        part.rename(self.answers / name)
