"""Run the SFTP stand-in.

python -m sandbox.sftp --root DIR --user bank:secret --authorized-key bank=id_ed25519.pub
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from sandbox.control import announce_and_wait, serve_control
from sandbox.sftp.server import SftpServer, User, load_host_key


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sftp", description="An SFTP server that misbehaves.")
    parser.add_argument("--root", type=Path, required=True, help="folder with one folder per user")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port for commands, 0 takes a free one")
    parser.add_argument("--user", action="append", default=[], metavar="NAME:PASSWORD", help="default: bank:bank")
    parser.add_argument("--authorized-key", action="append", default=[], metavar="NAME=FILE", help="a public key")
    parser.add_argument("--host-key", type=Path, metavar="FILE", help="default: ROOT/.host_key, made when missing")
    parser.add_argument("--key-type", default="ssh-ed25519", help="of a host key that is made")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with the standard input")
    return parser


def _users(passwords: Sequence[str], keys: Sequence[str]) -> list[User]:
    secrets: dict[str, str | None] = {}
    public: dict[str, list[str]] = {}
    for item in passwords or ([] if keys else ["bank:bank"]):
        name, _, password = item.partition(":")
        secrets[name] = password or None
    for item in keys:
        name, _, path = item.partition("=")
        public.setdefault(name, []).append(Path(path).read_text(encoding="utf-8"))
    names = dict.fromkeys([*secrets, *public])
    return [User(name=name, password=secrets.get(name), keys=tuple(public.get(name, ()))) for name in names]


async def _serve(options: argparse.Namespace) -> None:
    server = SftpServer(
        options.root,
        _users(options.user, options.authorized_key),
        host=options.host,
        port=options.port,
        host_key=load_host_key(options.host_key or options.root / ".host_key", options.key_type),
    )
    await server.start()
    control, control_port = await serve_control(server.command, options.control_port)
    await announce_and_wait({**server.ready(), "control_port": control_port}, until_stdin_ends=options.until_stdin_ends)
    control.close()
    await server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    asyncio.run(_serve(_parser().parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
