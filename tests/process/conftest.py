"""Workers that may die, on a queue that must not notice."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from suite import database as databases
from suite import environment, template
from suite.nursery import Nursery
from tests.conftest import Database
from tests.process.queue_workers import Workers
from tests.process.worker_farm import Farm


@pytest.fixture(scope="module")
def module_database(
    ready: environment.Ready, suite_template: str, nursery: Nursery, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A copy of the suite template for all tests of a file."""
    name = f"{databases.PREFIX}test_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}"
    template.copy(ready, suite_template, name)
    yield Database(name, ready, nursery)
    databases.drop(name, env=ready.env)


@pytest.fixture(scope="module")
def farm(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """The process that forks workers; one for the tests of a file."""
    farm = Farm(module_database, tmp_path_factory.mktemp("farm"))
    yield farm
    farm.stop()


@pytest.fixture
def workers(farm: Farm) -> Iterator[Workers]:
    """No workers yet, and an empty queue."""
    workers = Workers(farm)
    workers.empty()
    yield workers
    workers.stop()
