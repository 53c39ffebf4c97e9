"""Where tests get a Keycloak from: the first of three that can be had. There is no imitation."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as ET

from evaluation.kafka import find_java
from evaluation.keycloak import SETTINGS_FOLDER, KeycloakFailed, KeycloakServer, keycloak_answers
from evaluation.keycloak_realm import Administrator
from evaluation.ports import free_port
from evaluation.testing.kafka_sources import docker_answers
from evaluation.waiting import wait_until

_DOCKER_SECONDS = 180


class KeycloakSource(StrEnum):
    """What stands behind an address."""

    GIVEN = "the one of TEST_KEYCLOAK_URL"
    DOCKER = "Keycloak in a container"
    JAVA = "Keycloak on this machine's Java"


class NoRealKeycloak(Exception):
    """None of the three could be had."""


@dataclass(frozen=True)
class FoundKeycloak:
    """A Keycloak for tests. `close` ends it, unless it was given; ending it twice is nothing."""

    url: str
    administrator: Administrator
    source: KeycloakSource
    close: Callable[[], None]


def find_keycloak(directory: Path, *, environment: Mapping[str, str] | None = None) -> FoundKeycloak:
    """The first of: `TEST_KEYCLOAK_URL`, a Docker daemon that answers, Java and Maven.

    A given one needs an administrator, too: `TEST_KEYCLOAK_ADMIN_CLIENT` and `TEST_KEYCLOAK_ADMIN_SECRET`, a client of
    its realm `master` with a service account. Raises `NoRealKeycloak`, on CI and elsewhere: what is tested here is
    that a real one works.
    """
    environment = os.environ if environment is None else environment
    if given := environment.get("TEST_KEYCLOAK_URL"):
        who = Administrator(environment["TEST_KEYCLOAK_ADMIN_CLIENT"], environment["TEST_KEYCLOAK_ADMIN_SECRET"])
        return FoundKeycloak(given, who, KeycloakSource.GIVEN, lambda: None)
    found = _in_docker() or _on_java(directory)
    if found is None:
        raise NoRealKeycloak("Tests need TEST_KEYCLOAK_URL, or Docker, or Java 17+ and Maven.")
    return found


def _version() -> str:
    pom = ET.fromstring((SETTINGS_FOLDER / "pom.xml").read_bytes())  # noqa: S314 - a file of this checkout
    return next(str(element.text) for element in pom.iter() if element.tag.endswith("keycloak.version"))


def _in_docker() -> FoundKeycloak | None:
    if not docker_answers(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"):
        return None
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - slow to import, seldom needed

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    who = Administrator("anshin-administration", secrets.token_urlsafe(32))
    try:
        with ExitStack() as undo:
            # On the host's network: Keycloak has to find the partners' published keys at this machine's loopback.
            container = DockerContainer(f"keycloak/keycloak:{_version()}").with_kwargs(network_mode="host")
            container.with_command(f"start-dev --cache=local --http-host=127.0.0.1 --http-port={port}")
            container.with_env("KC_BOOTSTRAP_ADMIN_CLIENT_ID", who.client_id)
            container.with_env("KC_BOOTSTRAP_ADMIN_CLIENT_SECRET", who.secret)
            undo.callback(container.stop)
            container.start()
            wait_until(lambda: keycloak_answers(url), within=_DOCKER_SECONDS, what="Keycloak in Docker", look_every=0.2)
            undo.pop_all()
    except Exception as error:  # noqa: BLE001 - no image, no network, no rights: the next source may do
        print(f"Docker answers but runs no Keycloak: {error}", flush=True)
        return None
    return FoundKeycloak(url, who, KeycloakSource.DOCKER, container.stop)


def _on_java(directory: Path) -> FoundKeycloak | None:
    if find_java() is None or shutil.which("mvn") is None:
        return None
    server = KeycloakServer(directory)
    try:
        server.start()
    except KeycloakFailed as error:
        print(f"Java and Maven are there but run no Keycloak: {error}", flush=True)
        return None
    return FoundKeycloak(server.url, server.administrator, KeycloakSource.JAVA, server.stop)
