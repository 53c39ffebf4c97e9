from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from evaluation.postgres import EmbeddedPostgres
from evaluation.postgres_directory import DirectoryInUse, PostgresFailed
from evaluation.waiting import wait_until

# An owner of a durable server: writes a row that it was told, says who it is, and stays until it is ended.
_OWNER = """
import asyncio, json, os, signal, sys
from pathlib import Path
import asyncpg
from evaluation.postgres import EmbeddedPostgres

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and children inherit that

async def write(url, word):
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", word)
    await connection.close()

server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
asyncio.run(write(server.admin_url(), sys.argv[2]))
print(json.dumps({"server": server.pid, "guardian": server.guardian_pid}), flush=True)
sys.stdin.read()
"""

_numbers = count(1)

Own = Callable[[str], tuple["subprocess.Popen[str]", dict[str, int]]]


@pytest.fixture
def directory(short_lived_folder: Path) -> Path:
    return short_lived_folder / f"owned-{next(_numbers)}" / "postgres"


@pytest.fixture
def own(directory: Path) -> Iterator[Own]:
    """Start an owner in another process; what is left of it at the end of the test is killed."""
    with EmbeddedPostgres(directory, fast=True):
        pass  # makes the data directory without waiting for the disk
    owners: list[subprocess.Popen[str]] = []

    def start(word: str) -> tuple[subprocess.Popen[str], dict[str, int]]:
        owner = subprocess.Popen(
            [sys.executable, "-c", _OWNER, str(directory), word],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        owners.append(owner)
        assert owner.stdout is not None
        return owner, json.loads(owner.stdout.readline())

    yield start
    for owner in owners:
        owner.kill()
        owner.communicate()


def _stopped(directory: Path) -> bool:
    return not (directory / "data" / "postmaster.pid").exists()


async def _kept(server: EmbeddedPostgres) -> list[str]:
    connection = await asyncpg.connect(server.admin_url())
    rows = await connection.fetch("SELECT word FROM kept")
    await connection.close()
    return [row["word"] for row in rows]


async def test_data_outlive_a_stop_and_a_start(directory: Path) -> None:
    for _ in range(2):
        with EmbeddedPostgres(directory, fast=True) as server:
            connection = await asyncpg.connect(server.admin_url())
            await connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
            await connection.execute("INSERT INTO kept VALUES ('again')")
            await connection.close()
        assert _stopped(directory)
    with EmbeddedPostgres(directory, fast=True) as server:
        assert await _kept(server) == ["again", "again"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
async def test_the_server_stops_when_its_owner_is_ended_by(how: signal.Signals, directory: Path, own: Own) -> None:
    owner, _ = own("before")
    owner.send_signal(how)
    owner.wait()
    wait_until(lambda: _stopped(directory), within=30, what="the guardian stops the server")
    assert "received fast shutdown request" in (directory / "server.log").read_text()
    with EmbeddedPostgres(directory, fast=True) as server:
        assert await _kept(server) == ["before"]


async def test_starting_at_once_after_the_owner_was_killed_finds_its_data(directory: Path, own: Own) -> None:
    for number in range(3):
        owner, _ = own(str(number))
        owner.kill()
        owner.wait()
    with EmbeddedPostgres(directory, fast=True) as server:
        assert await _kept(server) == ["0", "1", "2"]


async def test_a_server_that_outlived_owner_and_guardian_is_stopped_and_its_data_kept(
    directory: Path, own: Own
) -> None:
    owner, pids = own("before")
    os.kill(pids["guardian"], signal.SIGKILL)
    owner.kill()
    owner.wait()
    assert not _stopped(directory)
    with EmbeddedPostgres(directory, fast=True) as server:
        assert server.pid != pids["server"]
        assert await _kept(server) == ["before"]
    assert "received fast shutdown request" in (directory / "server.log").read_text()


async def test_a_killed_server_is_recovered_over_its_leftover_pid_file(directory: Path, own: Own) -> None:
    owner, pids = own("before")
    os.kill(pids["guardian"], signal.SIGKILL)
    os.kill(pids["server"], signal.SIGKILL)
    owner.kill()
    owner.wait()
    assert not _stopped(directory)
    with EmbeddedPostgres(directory, fast=True) as server:
        assert await _kept(server) == ["before"]
    assert "automatic recovery in progress" in (directory / "server.log").read_text()


async def test_a_leftover_pid_file_that_names_another_living_process_stands_in_no_way(directory: Path) -> None:
    with EmbeddedPostgres(directory, fast=True):
        note = directory / "data" / "postmaster.pid"
        left = note.read_text().split("\n", 1)[1]
    with EmbeddedPostgres(directory.with_name("bystander"), fast=True) as bystander:
        note.write_text(f"{bystander.pid}\n{left}")
        with EmbeddedPostgres(directory, fast=True) as server:
            assert server.pid != bystander.pid
        connection = await asyncpg.connect(bystander.admin_url())
        assert await connection.fetchval("SELECT 'unharmed'") == "unharmed"
        await connection.close()


def test_refuses_a_directory_that_a_living_process_uses_and_leaves_that_one_alone(directory: Path, own: Own) -> None:
    owner, pids = own("before")
    with pytest.raises(DirectoryInUse, match=f"Process {owner.pid} "):
        EmbeddedPostgres(directory, fast=True).start()
    os.kill(pids["server"], 0)
    assert not _stopped(directory)


def test_a_half_made_data_directory_is_made_anew(directory: Path) -> None:
    half_made = directory / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(directory, fast=True):
        assert not half_made.exists()


def test_refuses_data_of_another_version(directory: Path) -> None:
    with EmbeddedPostgres(directory, fast=True):
        pass
    (directory / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresFailed, match="PostgreSQL 17, not 18"):
        EmbeddedPostgres(directory, fast=True).start()


def test_says_why_the_server_did_not_start_and_lets_the_directory_go(directory: Path) -> None:
    server = EmbeddedPostgres(directory, fast=True)
    with server:
        pass
    settings = directory / "data" / "postgresql.conf"
    right = settings.read_text()
    settings.write_text("shared_buffers = 'no number'\n")
    with pytest.raises(PostgresFailed, match='invalid value for parameter "shared_buffers"'):
        server.start()
    settings.write_text(right)
    with server:
        assert server.pid is not None


def test_refuses_a_socket_folder_that_others_may_enter(directory: Path) -> None:
    sockets = directory / "sockets"
    sockets.mkdir(parents=True)
    sockets.chmod(0o750)
    with pytest.raises(PostgresFailed, match="not private"):
        EmbeddedPostgres(directory, fast=True).start()
    sockets.chmod(0o700)
    with EmbeddedPostgres(directory, fast=True) as server:
        assert server.pid is not None


async def test_listens_on_no_network_address_and_on_a_private_socket(directory: Path) -> None:
    with EmbeddedPostgres(directory, fast=True) as server:
        connection = await asyncpg.connect(server.admin_url())
        assert await connection.fetchval("SHOW listen_addresses") == ""
        sockets = Path((await connection.fetchval("SHOW unix_socket_directories")).strip('"'))
        await connection.close()
    assert sockets.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("below", ["一つの長い、名前の folder/" * 4, "a, comma"], ids=["too long", "comma"])
async def test_a_path_that_no_socket_address_can_hold_is_no_obstacle(directory: Path, below: str) -> None:
    with EmbeddedPostgres(directory / below, fast=True) as server:
        connection = await asyncpg.connect(server.role_url("postgres", "postgres"))
        assert await connection.fetchval("SELECT 1") == 1
        sockets = Path((await connection.fetchval("SHOW unix_socket_directories")).strip('"'))
        await connection.close()
    sockets.rmdir()


def test_a_directory_below_one_that_is_closed_to_others_can_be_used(directory: Path) -> None:
    closed = directory / "closed"
    closed.mkdir(parents=True, mode=0o700)
    with EmbeddedPostgres(closed / "postgres", fast=True) as server:
        assert server.pid is not None
    assert closed.stat().st_mode & 0o066 == 0


async def test_everything_is_durable_unless_asked_otherwise(directory: Path) -> None:
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}
    with EmbeddedPostgres(directory) as server:
        connection = await asyncpg.connect(server.admin_url())
        assert {name: await connection.fetchval(f"SHOW {name}") for name in durable} == durable
        await connection.close()
    with EmbeddedPostgres(directory.with_name("fast"), fast=True) as server:
        connection = await asyncpg.connect(server.admin_url())
        assert await connection.fetchval("SHOW fsync") == "off"
        assert await connection.fetchval("SHOW max_connections") == "300"
        await connection.close()


async def test_the_locale_is_c_utf8_and_two_japanese_characters_have_trigrams(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    row = await connection.fetchrow(
        "SELECT datcollate, datctype, datlocale, pg_encoding_to_char(encoding) AS encoding "
        "FROM pg_database WHERE datname = current_database()"
    )
    assert row is not None
    assert dict(row) == {"datcollate": "C.UTF-8", "datctype": "C.UTF-8", "datlocale": "C.UTF-8", "encoding": "UTF8"}
    assert len(await connection.fetchval("SELECT extensions.show_trgm('故障')")) == 3
    assert await connection.fetchval("SELECT lower('ＡÉ')") == "ａé"
    await connection.close()


async def test_each_database_of_a_test_is_its_own(
    admin_url: str, database_name: str, postgres_cluster: EmbeddedPostgres
) -> None:
    connection = await asyncpg.connect(admin_url)
    assert await connection.fetchval("SELECT current_database()") == database_name
    await connection.execute("CREATE TABLE public.mark ()")
    await connection.close()
    template = await asyncpg.connect(postgres_cluster.admin_url("template_anshin"))
    assert await template.fetchval("SELECT to_regclass('public.mark')") is None
    await template.close()
