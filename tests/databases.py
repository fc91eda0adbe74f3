"""A real PostgreSQL on loopback for tests: started once a run as an unprivileged user, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from core.bootstrap import postgres
from core.store.ids import new_id
from tests.processes import free_port


def _as_server(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: as the user that Debian's package made."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of an empty server, without a database name."""
    programs = postgres()
    if programs is None:
        pytest.skip("needs PostgreSQL's server programs: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="timbre-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = _as_server([str(programs / "pg_ctl"), "-D", str(folder / "db"), "-w"])
    initdb = [str(programs / "initdb"), "-D", str(folder / "db"), "-U", "timbre", "--auth=trust", "-E", "UTF8"]
    subprocess.run(_as_server(initdb), check=True, capture_output=True, cwd=folder)
    subprocess.run(
        [*control, "-l", str(folder / "log"), "-o", options, "start"], check=True, capture_output=True, cwd="/"
    )
    yield f"postgresql://timbre@127.0.0.1:{port}"
    subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_postgres(postgres_server: str) -> Callable[[], str]:
    """Make an empty database; its URL."""

    def make() -> str:
        name = f"t_{new_id().lower()}"
        with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{postgres_server}/{name}"

    return make
