"""Template databases: Odoo's part is installed once per dependency state, the suite once per state of its files.

    base   account and what else the modules depend on      key: Odoo, pins, module lists
    suite  base plus the suite's modules                     key: base, files of finance_*/

Tests and the demo start from a file-level copy, which takes a second. Attachments are kept in
the database, so that a copy needs no filestore.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from pathlib import Path

from . import database, odoo_source, paths, venv
from .console import SuiteError, run, say
from .environment import Ready
from .stamp import digest, lock, tree_digest

# Depended on by the first modules; listed so that the base template does not change with every manifest.
BASE_MODULES = {"account", "base_iban", "base_setup", "mail", "web_tour"}

STORE_IN_DATABASE = """
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
"""

# A browser would otherwise have each copy compile these anew, some seconds of work.
COMPILE_ASSETS = """
bundles = {
    "web.assets_web": "css js", "web.assets_web_print": "css", "web.assets_backend_lazy": "css js",
    "web.assets_frontend": "css js", "web.assets_frontend_minimal": "js", "web.assets_frontend_lazy": "js",
    "web.assets_emoji": "js", "web.chartjs_lib": "js", "web.fullcalendar_lib": "js",
    "web_tour.interactive": "js", "bus.websocket_worker_assets": "js",
}
for bundle, kinds in bundles.items():
    assets = env["ir.qweb"]._get_asset_bundle(bundle, css="css" in kinds, js="js" in kinds)
    for kind in kinds.split():
        getattr(assets, kind)()
env.cr.commit()
"""

# Hashed anew, as cheaply as the fakes have it.
TEST_PASSWORD = """
env.ref("base.user_admin").password = "admin"
env.cr.commit()
"""

# What of a module does not reach the database.
NOT_INSTALLED = {"tests", "unit", "readme", "__pycache__"}


def manifest(folder: Path) -> dict[str, object]:
    return dict(ast.literal_eval((folder / "__manifest__.py").read_text()))


def depends(folder: Path) -> list[str]:
    found = manifest(folder).get("depends", [])
    return [str(name) for name in found] if isinstance(found, list) else []


def foreign(folder: Path) -> list[str]:
    """Add-ons of others that a module needs and Odoo does not bring.

    Such a module is glue: it installs itself where both sides are there. It is no part of the
    templates; a test that wants it fetches the other side (see peers.py).
    """
    odoo = odoo_source.locate()
    places = [odoo.folder / "odoo" / "addons", odoo.folder / "addons"] if odoo else []
    return [
        name
        for name in depends(folder)
        if places and not _own([name]) and not any((place / name).is_dir() for place in places)
    ]


def installable_modules() -> list[Path]:
    """The suite's modules that need nothing but Odoo and each other."""
    return [path for path in paths.modules() if not foreign(path)]


def suite_modules(*, demo: bool = False) -> list[str]:
    """What to install: the suite as a whole, or what exists of it while it grows; with the fakes for tests.

    FIN_MODULES narrows it, for work on one module while another one is broken.
    """
    chosen = os.environ.get("FIN_MODULES", "").replace(",", " ").split()
    present = {path.name: path for path in installable_modules() if not chosen or path.name in chosen}
    installable = [name for name, path in present.items() if set(_own(depends(path))) <= present.keys()]
    if set(depends(paths.ROOT)) <= set(installable):
        installable.append(paths.SUITE)
    fakes = [path.name for path in paths.test_modules() if set(_own(depends(path))) <= set(installable)]
    return installable if demo else installable + fakes


def odoo_modules() -> list[str]:
    modules = (*installable_modules(), *paths.test_modules())
    return sorted(BASE_MODULES.union(*(depends(path) for path in modules)) - {path.name for path in modules})


def base_key(ready: Ready, *, demo: bool) -> str:
    # the suite's modules too: what is not there when it is built, is not among its apps
    known = [*odoo_modules(), *(path.name for path in paths.modules())]
    return digest(ready.odoo.fingerprint, venv.PINS / "odoo.txt", *known, str(demo), STORE_IN_DATABASE)[:8]


def suite_key(ready: Ready, *, demo: bool) -> str:
    modules = ",".join(suite_modules(demo=demo))
    files = tree_digest(_installed_files(demo=demo), paths.ROOT)
    return digest(base_key(ready, demo=demo), modules, files, COMPILE_ASSETS, TEST_PASSWORD)[:8]


def base(ready: Ready, *, demo: bool = False) -> str:
    """Name of the base template, built if need be."""
    kind = "base_demo" if demo else "base"
    name = f"{database.PREFIX}{kind}_{base_key(ready, demo=demo)}"
    with lock("template"):
        if not database.exists(name, ready.env):
            _forget(f"{database.PREFIX}{kind}_", ready)
            say("      installing Odoo's modules, once (about a minute) ...")
            option = ["--with-demo"] if demo else []
            _build(ready, name, None, odoo_modules(), option, STORE_IN_DATABASE)
    return name


def suite(ready: Ready, *, demo: bool = False) -> str:
    """Name of the template with the suite installed, built if need be."""
    start = base(ready, demo=demo)
    kind = "suite_demo" if demo else "suite"
    name = f"{database.PREFIX}{kind}_{suite_key(ready, demo=demo)}"
    with lock("template"):
        if not database.exists(name, ready.env):
            _forget(f"{database.PREFIX}{kind}_", ready)
            say("      installing the suite's modules ...")
            script = COMPILE_ASSETS if demo else COMPILE_ASSETS + TEST_PASSWORD
            _build(ready, name, start, suite_modules(demo=demo), [], script)
    return name


def copy(ready: Ready, template: str, name: str) -> None:
    with lock("template"):
        database.drop(name, env=ready.env)
        database.copy(template, name, ready.env)


def install(ready: Ready, name: str, modules: Iterable[str], *options: str, log: str) -> None:
    names = ",".join(modules)
    run(
        ready.command("-d", name, *(["-i", names] if names else []), "--stop-after-init", "--no-http", *options),
        log=log,
        failure=f"Odoo could not install {names}.",
        env=ready.env,
        cwd=paths.RUN,
    )


def shell(ready: Ready, name: str, script: str, *, log: str) -> None:
    """Run a script in Odoo's shell."""
    run(
        ready.command("shell", "-d", name, "--no-http"),
        log=log,
        failure="A script of the launcher failed in Odoo's shell.",
        env=ready.env,
        cwd=paths.RUN,
        input_text=script,
    )


def _build(ready: Ready, name: str, start: str | None, modules: list[str], options: list[str], script: str) -> None:
    building = f"{name}_building"
    database.drop(building, env=ready.env)
    if start:
        database.copy(start, building, ready.env)
    else:
        database.create(building, ready.env)
    log = f"install-{'suite' if start else 'base'}"
    install(ready, building, modules, *options, log=log)
    if problems := _problems(paths.LOGS / f"{log}.log"):
        raise SuiteError(f"Odoo logged problems while it installed {', '.join(modules)}:\n" + "\n".join(problems))
    shell(ready, building, script, log="template")
    database.query("VACUUM ANALYZE", ready.env, building)
    database.rename(building, name, ready.env)
    database.drop(building, env=ready.env)


def _forget(prefix: str, ready: Ready) -> None:
    stale = [name for name in database.names(ready.env) if name.startswith(prefix) and len(name) == len(prefix) + 8]
    database.drop(*stale, env=ready.env)


def _problems(log: Path) -> list[str]:
    """An installation that warns is not clean, whatever its exit code says."""
    levels = (" WARNING ", " ERROR ", " CRITICAL ")
    return [line for line in log.read_text(errors="replace").splitlines() if any(level in line for level in levels)]


def _own(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("finance_")]


def _installed_files(*, demo: bool) -> list[Path]:
    modules = installable_modules() if demo else [*installable_modules(), *paths.test_modules()]
    files = [
        path
        for module in modules
        for path in module.rglob("*")
        if path.is_file() and not NOT_INSTALLED.intersection(path.relative_to(module).parts)
    ]
    return [*files, paths.ROOT / "__manifest__.py"]
