"""Run the stand-in: ``python -m sandbox.masterdata``.

The ready line gives its address. The control port takes, besides what every one does (sandbox.stand):

    GET /             what there is, what was asked for, how many requests had an effect
    PUT /records      somebody changes records there: {domain: {id: {field: value}}}
    DELETE /records   records vanish without a trace: {domain: [id]}
    PUT /settings     fields of sandbox.masterdata.system.MasterSystem, e.g. {"shuffled": true, "unable": {"V1": 2}}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox.masterdata.system import MasterSystem
from sandbox.stand import parser, run, unknown


def command(system: MasterSystem, method: str, path: str, body: Any) -> Any:
    """What happens at the system."""
    match method, path:
        case "PUT", "/records":
            system.change(body)
        case "DELETE", "/records":
            system.forget(body)
        case "PUT", "/settings":
            system.configure(body)
        case _:
            raise unknown(method, path)
    return None


def main() -> int:
    """Entry point of the command line."""
    arguments = parser("masterdata", "A system of record.")
    arguments.add_argument("--records", type=Path, help="JSON file: {domain: {id: {field: value}}}")
    options = arguments.parse_args()

    def make() -> MasterSystem:
        system = MasterSystem()
        if options.records:
            system.change(json.loads(options.records.read_text()))
        return system

    return run("masterdata", options, make, command)


if __name__ == "__main__":
    raise SystemExit(main())
