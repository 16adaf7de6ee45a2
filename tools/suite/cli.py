"""Commands of the launcher."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable
from types import FrameType

from . import bench, database, demo, demo_check, environment, lint, outside, paths, template, testing
from .console import Steps, SuiteError, complain, say

Command = Callable[[list[str]], int]


def setup(arguments: list[str]) -> int:
    """Make everything ready and build the template databases."""
    steps = Steps(environment.STEPS + 1)
    ready = environment.ensure(steps)
    with steps.step("Template database"):
        template.suite(ready)
    return 0


def odoo(arguments: list[str], **more: str) -> int:
    """Run Odoo's own program: `odoo -d NAME -i MODULE`, `odoo shell -d NAME` ..."""
    ready = environment.ensure_quietly()
    command = ready.command(*arguments)
    os.execve(command[0], command, {**ready.env, **more})


def shell(arguments: list[str]) -> int:
    """A Python prompt with `env` on the demo database, or on the one named."""
    name, *others = arguments or [demo.DATABASE]
    return odoo(["shell", "--no-http", "-d", name, *others], **outside.key_of(name))


def new_database(arguments: list[str]) -> int:
    """Make a database with the suite installed: `new-database NAME`."""
    if len(arguments) != 1:
        raise SuiteError("Usage: new-database NAME")
    ready = environment.ensure()
    template.copy(ready, template.suite(ready), arguments[0])
    say(f"Database {arguments[0]} is ready: python3 tools/suite odoo -d {arguments[0]}")
    return 0


def psql(arguments: list[str]) -> int:
    """Open psql: `psql NAME`."""
    return database.psql(arguments, environment.ensure_quietly().env)


def env(arguments: list[str]) -> int:
    """Print shell exports: eval "$(python3 tools/suite env)"."""
    for key, value in environment.ensure_quietly().exports.items():
        say(f"export {key}={shlex.quote(value)}")
    return 0


def run(arguments: list[str]) -> int:
    """Run any program in the suite's environment: `run pytest tests/unit`."""
    if not arguments:
        raise SuiteError("Usage: run PROGRAM [ARGUMENTS]")
    ready = environment.ensure_quietly()
    found = shutil.which(arguments[0], path=ready.env["PATH"])
    if not found:
        raise SuiteError(f"There is no program {arguments[0]}.")
    os.execve(found, arguments, ready.env)


def pg_start(arguments: list[str]) -> int:
    """Start the embedded database server."""
    database.server().ensure()
    return 0


def pg_stop(arguments: list[str]) -> int:
    """Stop the embedded database server."""
    database.server().stop()
    return 0


def pg_restart(arguments: list[str]) -> int:
    """Restart the embedded database server."""
    database.server().restart()
    return 0


def clean(arguments: list[str]) -> int:
    """Stop the database server and remove everything the launcher made."""
    if paths.PYTHON.exists():
        database.remove()
    shutil.rmtree(paths.RUN, ignore_errors=True)
    say(f"Removed {paths.RUN}. Downloads are kept in {paths.CACHE}: remove that folder to free the space.")
    return 0


COMMANDS: dict[str, Command] = {
    "setup": setup,
    "demo": demo.run,
    "demo-check": demo_check.run,
    "test": testing.run,
    "lint": lint.run,
    "bench": bench.run,
    "odoo": odoo,
    "shell": shell,
    "new-database": new_database,
    "psql": psql,
    "env": env,
    "run": run,
    "pg-start": pg_start,
    "pg-stop": pg_stop,
    "pg-restart": pg_restart,
    "clean": clean,
}


def main(arguments: list[str]) -> int:
    summary = "\n".join(f"  {name:14}{(command.__doc__ or '').splitlines()[0]}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python3 tools/suite",
        description=__doc__,
        epilog=f"commands:\n{summary}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    if not arguments or arguments[0] in ("-h", "--help"):
        parser.print_help()
        return 0
    command = parser.parse_args(arguments[:1]).command
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return COMMANDS[command](arguments[1:])
    except SuiteError as error:
        complain(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        complain("\nInterrupted. Run the same command again: it resumes where it stopped.")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _terminate(number: int, frame: FrameType | None) -> None:
    """Being ended is like Ctrl-C: what was started is stopped."""
    raise KeyboardInterrupt
