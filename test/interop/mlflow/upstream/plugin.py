"""Runs MLflow's own tests against epochlog: a pytest plugin, see test/bench/mlflow-tests.ts.

Where these tests start a server of MLflow's, or open a store of MLflow's in SQLite, they are given a tracking server of
epochlog that nobody has logged to. What became of each test is written to a file, a line of JSON each.
"""

import json
import os
import re
import urllib.request

import pytest

CONTROL = os.environ["EPOCHLOG_CONTROL"]
RESULTS = os.environ["EPOCHLOG_RESULTS"]


# of what there is no server of epochlog for, or that needs what a server has inside
OUTSIDE = re.compile(
    r"\[file|trace|span|assessment|eval(uation)?_dataset|scorer|scoring|secret|endpoint|gateway|provider|issue|promptlab|webhook|workspace"
    r"|test_list_models|model_definition|experiments_rest_tracking|multiple_experiments|dataset_experiment|_prompt|online|review|label_schema"
    r"|spans|correlation|calls_optimized_impl|with_validation_regex|dataset_record|upsert_dataset|session"
)


def fresh_server():
    """The URL of a server that has no runs."""
    with urllib.request.urlopen(CONTROL, timeout=60) as answer:
        return answer.read().decode()


def server_of_test():
    """The same for all that one test asks."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    if server_of_test.known[0] != test:
        server_of_test.known = (test, fresh_server())
    return server_of_test.known[1]


server_of_test.known = ("none", "")


class Server:
    """In the place of `ServerThread`."""

    def __init__(self, *_args, **_kwargs):
        self.url = server_of_test()

    def __enter__(self):
        return self.url

    def __exit__(self, *_):
        return None


def tracking_store(url):
    from mlflow.store.tracking.rest_store import RestStore
    from mlflow.utils.rest_utils import MlflowHostCreds

    return RestStore(lambda: MlflowHostCreds(url))


def registry_store(url):
    """A message has no None, and no number for a version: what the client reads is told as a SQL store does."""
    from mlflow.store.model_registry.rest_store import RestStore
    from mlflow.utils.rest_utils import MlflowHostCreds

    class Told:
        def __init__(self):
            self.rest = RestStore(lambda: MlflowHostCreds(url))

        def __getattr__(self, name):
            call = getattr(self.rest, name)
            return (lambda *args, **kwargs: told(call(*args, **kwargs))) if callable(call) else call

    return Told()


def told(answer):
    if isinstance(answer, list):
        for one in answer:
            told(one)
        if hasattr(answer, "token"):
            answer.token = answer.token or None
        return answer
    for name in ("_description", "_run_link"):
        if getattr(answer, name, "set") == "":
            setattr(answer, name, None)
    if isinstance(getattr(answer, "_version", None), str):
        answer._version = int(answer._version)
    if isinstance(getattr(answer, "_aliases", None), dict):
        answer._aliases = {alias: int(version) for alias, version in answer._aliases.items()}
    told(getattr(answer, "_latest_version", None) or [])
    return answer


@pytest.fixture(name="store")
def store_of_tracking():
    yield tracking_store(server_of_test())


@pytest.fixture(name="store")
def store_of_registry():
    yield registry_store(server_of_test())


@pytest.fixture(name="workspaces_enabled", autouse=True)
def no_workspaces():
    yield False


STORES = {
    "test_sqlalchemy_store": {
        "tracking": {"store": store_of_tracking},
        "model_registry": {"store": store_of_registry, "workspaces_enabled": no_workspaces},
    }
}


def pytest_configure():
    """Before the modules of the tests take these names."""
    from mlflow.server import handlers

    from tests.tracking import integration_test_utils

    integration_test_utils.ServerThread = Server
    handlers.initialize_backend_stores = lambda *_args, **_kwargs: None


@pytest.hookimpl(tryfirst=True)
def pytest_collectstart(collector):
    if not isinstance(collector, pytest.Module):
        return
    module = collector.obj
    name = module.__name__.rsplit(".", 1)[-1]
    kind = "model_registry" if "model_registry" in module.__name__ else "tracking"
    for fixture, ours in STORES.get(name, {}).get(kind, {}).items():
        setattr(module, fixture, ours)
    if name not in STORES:
        module.db_uri = pytest.fixture(name="db_uri")(lambda: server_of_test())


def record(test, outcome, message=""):
    with open(RESULTS, "a", encoding="utf-8") as file:
        file.write(json.dumps({"test": test, "outcome": outcome, "message": message[:600]}) + "\n")


def pytest_collection_modifyitems(config, items):
    outside = [item for item in items if OUTSIDE.search(item.name)]
    for item in outside:
        record(item.nodeid, "outside")
    items[:] = [item for item in items if item not in outside]


class Recorder:
    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        message = ""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            message = crash.message if crash else str(report.longrepr)
        elif report.skipped and isinstance(report.longrepr, tuple):
            message = report.longrepr[2]
        record(report.nodeid, report.outcome, message)


def pytest_sessionstart(session):
    session.config.pluginmanager.register(Recorder())
