"""What Maven resolves for servers that run here: kept in a folder per content of the `pom.xml` that names it."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path


class MavenFailed(Exception):
    """Maven is missing, or could not resolve what was asked for; the words hold the end of what it said."""


def resolved(pom: Path, cache: Path) -> Path:
    """The folder with everything that `pom` names, resolved when it is not there yet. Raises `MavenFailed`."""
    found = cache / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if found.exists():
        return found
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes: one resolves, the others wait
        if not found.exists():
            _resolve(pom, found)
    return found


def _resolve(pom: Path, place: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MavenFailed("Maven is not installed.")
    half = place.with_name(f"{place.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    goal = "dependency:copy-dependencies"
    command = [maven, "-B", "-q", "-f", str(pom), goal, f"-DoutputDirectory={half}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - found above
    if done.returncode != 0:
        raise MavenFailed(f"Maven could not resolve {pom}: {(done.stdout + done.stderr)[-2000:]}")
    half.rename(place)
