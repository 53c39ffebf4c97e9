"""The AsyncAPI document is valid by the judgement of AsyncAPI's own parser, and says what the code speaks."""

from __future__ import annotations

import copy
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from common.bus.topics import TOPIC_LIST
from common.events import EVENTS_BY_TYPE
from evaluation.catalogues.documents import ASYNCAPI
from tests.events.published import ROOT, published_schema

HERE = Path(__file__).parent / "asyncapi"
WORST = 1  # severities above are hints and information


def installed() -> Path:
    """The folder with the parser, installed once per lock by `npm ci`, which takes about ten seconds.

    Kept under `ANSHIN_NPM_CACHE`, or `.data/npm` of the checkout.
    """
    npm = shutil.which("npm")
    assert npm, "Node 20 with npm judges the AsyncAPI document"
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("ANSHIN_NPM_CACHE") or ROOT / ".data" / "npm").absolute()
    folder = cache / f"asyncapi-{hashlib.sha256(lock).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # several test processes: one installs, the others wait
        if not folder.exists():
            half = folder.with_name(f"{folder.name}.new")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, half)
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=half, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            half.rename(folder)
    return folder


def judged(document: Path) -> dict[str, Any]:
    """What the parser found in a document, and what it says against it."""
    command = ["node", str(HERE / "check.mjs"), str(installed()), str(document)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def complaints(found: dict[str, Any]) -> list[Any]:
    """Errors and warnings, not hints."""
    return [each for each in found["diagnostics"] if each["severity"] <= WORST]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The checked-in document."""
    read: dict[str, Any] = json.loads((ROOT / ASYNCAPI).read_text("utf-8"))
    return read


def test_the_official_parser_finds_every_topic_and_event_and_nothing_wrong() -> None:
    found = judged(ROOT / ASYNCAPI)
    assert complaints(found) == []
    assert sorted(found["channels"]) == sorted(topic.name for topic in TOPIC_LIST)
    assert set(found["messages"]) == set(EVENTS_BY_TYPE)
    assert {"dispatch.reactions.hears.helpdesk.cases.v1", "helpdesk.tells.helpdesk.cases.v1"} <= set(
        found["operations"]
    )


def test_the_official_parser_would_say_so(document: dict[str, Any], tmp_path: Path) -> None:
    broken = copy.deepcopy(document)
    broken["operations"]["helpdesk.tells.helpdesk.cases.v1"]["action"] = "publish"
    (tmp_path / "broken.json").write_text(json.dumps(broken), "utf-8")
    said = " ".join(each["message"] for each in complaints(judged(tmp_path / "broken.json")))
    assert '"action" property must be equal to one of the allowed values: "send", "receive"' in said


@pytest.mark.parametrize("name", EVENTS_BY_TYPE)
def test_every_message_has_headers_key_and_examples_that_keep_to_its_schemas(
    document: dict[str, Any], name: str
) -> None:
    message = document["components"]["messages"][name]
    assert message["bindings"]["kafka"]["key"]["description"]
    assert message["examples"]
    headers = Draft7Validator({**message["headers"], "components": document["components"]})
    for example in message["examples"]:
        assert list(headers.iter_errors(example["headers"])) == []
        assert example["headers"]["ce_type"] == name
        assert list(Draft202012Validator(published_schema(EVENTS_BY_TYPE[name])).iter_errors(example["payload"])) == []


def test_the_directory_says_that_it_is_restricted_and_to_whom(document: dict[str, Any]) -> None:
    restricted = {
        name: channel["x-readers"] for name, channel in document["channels"].items() if channel["x-restricted"]
    }
    assert restricted == {"contracts.directory.v1": ["helpdesk", "dispatch", "loaner"]}
