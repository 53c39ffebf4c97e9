"""One real Apache Kafka node as a child process: jars by Maven, a broker on a free port of this machine.

For tests, and for trying the suite with `ANSHIN_BUS=kafka://…`. It needs Java 17 or newer, and Maven once.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self

from evaluation.guardian import Guardian
from evaluation.maven import MavenFailed, resolved
from evaluation.waiting import wait_until

SETTINGS_FOLDER = Path(__file__).resolve().parents[3] / "kafka"
OLDEST_JAVA = 17

_CLUSTER_ID = "anshin-one-node-kafka0"  # 22 characters, as a base64 UUID has
_UP = b"Kafka Server started"
_FORMAT_SECONDS = 60.0
_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
# Small, and quick to start rather than quick in the long run.
_JVM = ("-Xms64m", "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


class KafkaFailed(Exception):
    """The node could not be set up or did not start; the words hold the end of what it said."""


def find_java() -> str | None:
    """The path of a Java that is new enough (JAVA_HOME first), or None."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    java = java or shutil.which("java")
    if java is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    version = re.search(r'version "(\d+)', said.stderr)
    return java if version and int(version[1]) >= OLDEST_JAVA else None


def jar_folder() -> Path:
    """The folder with Kafka's jars; resolved by Maven when they are not there yet.

    They are kept under `ANSHIN_KAFKA_CACHE`, or `.data/kafka` of the checkout, per content of `pom.xml`.
    Raises `KafkaFailed` when Maven is missing or cannot resolve them.
    """
    kept = os.environ.get("ANSHIN_KAFKA_CACHE") or SETTINGS_FOLDER.parents[1] / ".data" / "kafka"
    try:
        return resolved(SETTINGS_FOLDER / "pom.xml", Path(kept).absolute())
    except MavenFailed as error:
        raise KafkaFailed(str(error)) from error


class KafkaServer:
    """A node whose data and log live in `directory`. Its port is chosen at the first start and kept.

    `properties` come on top of those of `server.properties`; `${broker_port}` and `${controller_port}` are filled in.
    When this process dies, however it dies, the node is killed by a guardian.
    """

    def __init__(self, directory: Path, properties: Mapping[str, str] | None = None) -> None:
        self._directory = directory.absolute()
        self._properties = properties or {}
        self._ports: tuple[int, int] | None = None
        self._node: subprocess.Popen[bytes] | None = None
        self._guardian: Guardian | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients. Raises `KafkaFailed` before the first start."""
        if self._ports is None:
            raise KafkaFailed("The node has not been started.")
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def pid(self) -> int | None:
        """The process id of the running node."""
        return None if self._node is None else self._node.pid

    @property
    def log(self) -> Path:
        """What the node says."""
        return self._directory / "kafka.log"

    def start(self) -> None:
        """Start the node and return when it takes clients; the first time, format its storage.

        Raises `KafkaFailed`.
        """
        if self._node is not None:
            return
        java = find_java()
        if java is None:
            raise KafkaFailed(f"Java {OLDEST_JAVA} or newer is needed.")
        jars = jar_folder()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._ports = self._ports or _two_free_ports()
        settings = self._write_settings()
        self._format(java, jars, settings)
        self._launch(java, jars, settings)

    def stop(self) -> None:
        """End the node in order; stopping a stopped one is nothing."""
        if self._node is not None:
            self._node.terminate()
            try:
                self._node.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._node.kill()
        self._forget()

    def kill(self) -> None:
        """End the node as `kill -9` does; what it had acknowledged is on its disk."""
        if self._node is not None:
            self._node.kill()
        self._forget()

    def restart(self) -> None:
        """Stop if it runs, then start on the same port with the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _forget(self) -> None:
        if self._node is not None:
            self._node.wait()
            self._node = None
        if self._guardian is not None:
            self._guardian.dismiss()
            self._guardian = None

    def _write_settings(self) -> Path:
        broker, controller = self._ports or _two_free_ports()
        usual = (SETTINGS_FOLDER / "server.properties").read_text(encoding="utf-8")
        template = "\n".join([usual, *(f"{name}={value}" for name, value in self._properties.items()), ""])
        places = {"broker_port": broker, "controller_port": controller, "data": self._directory / "data"}
        settings = self._directory / "server.properties"
        settings.write_text(Template(template).substitute(places), encoding="utf-8")
        return settings

    def _format(self, java: str, jars: Path, settings: Path) -> None:
        if (self._directory / "data" / "meta.properties").exists():
            return
        arguments = ["format", "-t", _CLUSTER_ID, "-c", str(settings)]
        done = subprocess.run(  # noqa: S603 - the jars of pom.xml
            _java_command(java, jars, "kafka.tools.StorageTool", *arguments),
            capture_output=True,
            text=True,
            check=False,
            timeout=_FORMAT_SECONDS,
        )
        if done.returncode != 0:
            raise KafkaFailed(f"StorageTool: {(done.stdout + done.stderr)[-2000:]}")

    def _launch(self, java: str, jars: Path, settings: Path) -> None:
        said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            node = subprocess.Popen(  # noqa: S603 - the jars of pom.xml
                _java_command(java, jars, "kafka.Kafka", str(settings)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                start_new_session=True,
            )
        self._node, self._guardian = node, Guardian(["/bin/sh", "-c", 'kill -9 "$0"', str(node.pid)])

        def said() -> bytes:
            return self.log.read_bytes()[said_before:]

        def up_or_ended() -> bool:
            return _UP in said() or node.poll() is not None

        try:
            wait_until(up_or_ended, within=_START_SECONDS, what="Kafka starts")
        except BaseException:
            self.kill()
            raise
        if node.returncode is not None:
            self._forget()
            raise KafkaFailed(f"Kafka ended while starting: {said().decode(errors='replace')[-2000:]}")


def _java_command(java: str, jars: Path, program: str, *arguments: str) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={(SETTINGS_FOLDER / 'log4j2.properties').as_uri()}"
    return [java, *_JVM, logging, "-cp", f"{jars}/*", program, *arguments]


def _two_free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
