"""One real Keycloak as a child process: its distribution by Maven, on a free port of this machine.

For tests, and for trying the suite with an identity provider (`evaluation.provider`). It needs Java 17 or
newer, and Maven once.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from evaluation.guardian import Guardian
from evaluation.kafka import OLDEST_JAVA, find_java
from evaluation.keycloak_realm import REALM_FILE, Administrator, RealmSettings
from evaluation.maven import MavenFailed, resolved
from evaluation.ports import free_port
from evaluation.waiting import wait_until

SETTINGS_FOLDER = Path(__file__).resolve().parents[3] / "keycloak"

_START_SECONDS = 180.0
_STOP_SECONDS = 30.0
_SHARED = ("lib", "conf", "providers", "themes", "version.txt")
# Small, and quick to start rather than quick in the long run.
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_OPENED = ("java.util", "java.util.concurrent", "java.security", "java.lang")


class KeycloakFailed(Exception):
    """Keycloak could not be set up or did not start; the words hold the end of what it said."""


def distribution() -> Path:
    """The folder of the unpacked distribution; resolved by Maven when it is not there yet.

    It is kept under `ANSHIN_KEYCLOAK_CACHE`, or `.data/keycloak` of the checkout. Raises `KeycloakFailed`.
    """
    kept = os.environ.get("ANSHIN_KEYCLOAK_CACHE") or SETTINGS_FOLDER.parents[1] / ".data" / "keycloak"
    cache = Path(kept).absolute()
    try:
        (archive,) = resolved(SETTINGS_FOLDER / "pom.xml", cache).glob("*.zip")
    except MavenFailed as error:
        raise KeycloakFailed(str(error)) from error
    place = archive.with_suffix("")
    with (cache / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            half = place.with_name(f"{place.name}.new")
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(half)
            half.rename(place)
    (home,) = place.iterdir()
    return home


class KeycloakServer:
    """A server whose data and log live in `directory`. Its port is chosen at the first start and kept.

    Its administrator is a program with a secret that was made up for this directory. With `realm` it imports the realm
    file by itself when it starts, as an installed one does. When this process dies, however it dies, the server is
    killed by a guardian.
    """

    def __init__(self, directory: Path, *, port: int | None = None, realm: RealmSettings | None = None) -> None:
        self._directory = directory.absolute()
        self._port = port
        self._realm = realm
        self._server: subprocess.Popen[bytes] | None = None
        self._guardian: Guardian | None = None
        self.administrator = Administrator("anshin-administration", secrets.token_urlsafe(32))

    @property
    def url(self) -> str:
        """Where it answers. Raises `KeycloakFailed` before the first start."""
        if self._port is None:
            raise KeycloakFailed("Keycloak has not been started.")
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._directory / "keycloak.log"

    def start(self) -> None:
        """Start it and return when it takes requests; the first time it makes its database. Raises `KeycloakFailed`."""
        if self._server is not None:
            return
        java = find_java()
        if java is None:
            raise KeycloakFailed(f"Java {OLDEST_JAVA} or newer is needed.")
        self._lay_home(distribution())
        self._port = self._port or free_port()
        with self.log.open("ab") as log:
            server = subprocess.Popen(  # noqa: S603 - the distribution of pom.xml
                self._command(java),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env={**os.environ, **self._first_administrator(), **(self._realm.places if self._realm else {})},
                start_new_session=True,
            )
        self._server, self._guardian = server, Guardian(["/bin/sh", "-c", 'kill -9 "$0"', str(server.pid)])

        def up_or_ended() -> bool:
            return keycloak_answers(self.url) or server.poll() is not None

        try:
            wait_until(up_or_ended, within=_START_SECONDS, what="Keycloak starts", look_every=0.1)
        except BaseException:
            self.kill()
            raise
        if server.returncode is not None:
            self._forget()
            raise KeycloakFailed(f"Keycloak ended while starting: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """End it in order; stopping a stopped one is nothing."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
        self._forget()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._server is not None:
            self._server.kill()
        self._forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _forget(self) -> None:
        if self._server is not None:
            self._server.wait()
            self._server = None
        if self._guardian is not None:
            self._guardian.dismiss()
            self._guardian = None

    def _lay_home(self, shared: Path) -> None:
        """A home of its own, whose programs are those of the distribution."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for name in _SHARED:
            place = self._directory / name
            if not place.exists():
                place.symlink_to(shared / name)
        if self._realm is not None:
            imports = self._directory / "data" / "import"
            imports.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REALM_FILE, imports / REALM_FILE.name)

    def _first_administrator(self) -> dict[str, str]:
        who = self.administrator
        return {"KC_BOOTSTRAP_ADMIN_CLIENT_ID": who.client_id, "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET": who.secret}

    def _command(self, java: str) -> list[str]:
        """As `bin/kc.sh start` does it, without its first pass: the distribution is built for what is asked here."""
        return [
            *(java, *_JVM, "-Dkc.config.built=true", f"-Dkc.home.dir={self._directory}", "-Dfile.encoding=UTF-8"),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            "--enable-native-access=ALL-UNNAMED",
            *("-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dpicocli.disable.closures=true"),
            *("-cp", str(self._directory / "lib" / "quarkus-run.jar")),
            *("io.quarkus.bootstrap.runner.QuarkusEntryPoint", "start", "--cache=local"),
            *("--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={self._port}", f"--hostname={self.url}"),
            *(["--import-realm"] if self._realm is not None else []),
        ]


def keycloak_answers(url: str) -> bool:
    """Whether a Keycloak takes requests there."""
    try:
        return httpx.get(f"{url}/realms/master", timeout=5.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
