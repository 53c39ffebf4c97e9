"""The generated documents lie in the checkout as the code has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from common.events import EVENTS_BY_TYPE, PUBLISHERS, TOPICS
from evaluation.catalogues.__main__ import main
from evaluation.catalogues.described import Described
from evaluation.catalogues.documents import SCHEMAS, broken_promises, differences, documents, write
from evaluation.catalogues.services import described_services
from tests.authorisation.expectation import disagreements
from tests.events.published import ROOT


@pytest.fixture(scope="module")
def services() -> Mapping[str, Described]:
    """The five services as their code describes them."""
    return described_services()


@pytest.fixture(scope="module")
def wanted(services: Mapping[str, Described]) -> Mapping[Path, str]:
    """All generated files."""
    return documents(services)


def test_the_documents_of_the_checkout_are_as_the_code_has_them(wanted: Mapping[Path, str]) -> None:
    assert list(differences(ROOT, wanted)) == []
    assert list(broken_promises(ROOT, wanted)) == []


def test_the_same_code_gives_the_same_documents(wanted: Mapping[Path, str]) -> None:
    assert documents(described_services()) == wanted


def test_every_service_is_described(services: Mapping[str, Described]) -> None:
    assert set(services) == set(PUBLISHERS)
    for service in services.values():
        assert service.openapi["openapi"].startswith("3.1")
        assert service.projections
        assert service.rules


def test_the_catalogue_names_every_type_with_its_consumers(
    services: Mapping[str, Described], wanted: Mapping[Path, str]
) -> None:
    page = wanted[Path("docs/events/catalogue.md")]
    assert all(f"type `{name}` on" in page for name in EVENTS_BY_TYPE)
    entry = page.split("### OnsiteIsolationRequested\n")[1].split("\n### ")[0]
    assert "- consumed by: dispatch (reaction)\n" in entry
    assert "- about: inquiry · key: `inquiry_id`\n" in entry


def test_the_catalogue_says_what_every_field_means(wanted: Mapping[Path, str]) -> None:
    page = wanted[Path("docs/events/catalogue.md")].split("## Published by contracts\n")[1]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) > 400
    assert [name for name, _, meaning in rows if meaning == "" or meaning.startswith("e.g.")] == []


def test_the_picture_of_the_readme_shows_who_hears_whom(services: Mapping[str, Described]) -> None:
    picture = (ROOT / "README.md").read_text("utf-8").split("```mermaid\n")[1].split("```")[0]
    drawn = {
        (teller.replace("mdm", "mdm-gateway"), hearer.strip().replace("mdm", "mdm-gateway"))
        for teller, hearers in re.findall(r"^ +(\w+) -- .+ --> (.+)$", picture, re.MULTILINE)
        for hearer in hearers.split("&")
    }
    heard = {
        (TOPICS[kind.topic], service.name)
        for service in services.values()
        for kind in service.projections | service.reactions
    }
    assert drawn == heard


def test_the_access_page_has_a_line_for_every_route(
    services: Mapping[str, Described], wanted: Mapping[Path, str]
) -> None:
    page = wanted[Path("docs/authorisation.md")]
    for service in services.values():
        for method, path in service.rules:
            assert page.count(f"`{method} {path}`") == 1


def test_every_route_is_open_to_whom_it_was_decided_to_be(services: Mapping[str, Described]) -> None:
    rules = {route: rule for service in services.values() for route, rule in service.rules.items()}
    assert disagreements(rules) == [], "tests/authorisation/expected.toml holds what was decided"


def test_every_route_of_an_api_says_who_may_call_it_and_what_a_refusal_looks_like(
    services: Mapping[str, Described],
) -> None:
    for service in services.values():
        for path, operations in service.openapi["paths"].items():
            for method, operation in operations.items():
                rule = service.rules[method.upper(), path]
                assert operation["x-roles"] == sorted(rule.roles), (method, path)
                assert "default" in operation["responses"], (method, path)


def test_check_says_what_is_missing_and_writes_nothing(
    tmp_path: Path, services: Mapping[str, Described], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", "--root", str(tmp_path)], describe=lambda: services) == 1
    assert "docs/authorisation.md is missing; `make catalogues` writes it anew" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_writes_what_check_then_finds_in_order(tmp_path: Path, services: Mapping[str, Described]) -> None:
    assert main(["--root", str(tmp_path)], describe=lambda: services) == 0
    assert main(["--check", "--root", str(tmp_path)], describe=lambda: services) == 0


def test_refuses_to_overwrite_a_schema_whose_promise_the_code_breaks(
    tmp_path: Path,
    services: Mapping[str, Described],
    wanted: Mapping[Path, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = SCHEMAS / "anshin.helpdesk.InquiryClosed.v1.json"
    promised = wanted[path].replace('"inquiry_id"', '"case_id"')
    write(tmp_path, {path: promised})
    assert main(["--root", str(tmp_path)], describe=lambda: services) == 1
    assert "anshin.helpdesk.InquiryClosed.v1: event.case_id: is gone" in capsys.readouterr().err
    assert (tmp_path / path).read_text("utf-8") == promised
