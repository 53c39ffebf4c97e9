"""What the published service table says of the management tool is what the gateway does."""

from __future__ import annotations

import pytest

from contracts.storage.catalogue_document import read_catalogue, shipped_document
from mdm_gateway.domain.matrix import Function, Medium, capability

BOOK = read_catalogue(shipped_document())
PUBLISHED_AS = {"ios": "ios", "ipados": "ios", "android": "android", "windows": "windows", "mac": "mac"}
"""The table's column of iOS is read as that of iPadOS, too."""


@pytest.mark.rule("R-MDM-MATRIX")
def test_the_table_names_every_function_of_the_gateway_once() -> None:
    published = [code for function in BOOK.tool_functions for code in function.functions]
    assert sorted(published) == sorted(function.value for function in Function)


@pytest.mark.rule("R-MDM-MATRIX")
@pytest.mark.parametrize("os", PUBLISHED_AS)
@pytest.mark.parametrize("function", Function)
def test_a_cell_of_the_table_is_filled_exactly_when_the_gateway_does_it(function: Function, os: str) -> None:
    row = next(row for row in BOOK.tool_functions if function.value in row.functions)
    cell = next((on for on in row.systems if on.os == PUBLISHED_AS[os]), None)
    assert (cell is not None) is capability(function, os).supported


@pytest.mark.rule("R-MDM-MATRIX")
def test_sd_cards_are_the_only_medium_where_the_table_says_so() -> None:
    row = next(row for row in BOOK.tool_functions if "external_storage" in row.functions)
    only = {on.os: on.note.ja for on in row.systems if on.note is not None}
    assert only == {"android": "SDカードのみ"}
    assert capability(Function.EXTERNAL_STORAGE, "android").media == (Medium.SD,)
    assert len(capability(Function.EXTERNAL_STORAGE, "windows").media) == 3
