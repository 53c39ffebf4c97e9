"""R-MDM-MATRIX: what may be done to which operating system."""

from __future__ import annotations

import pytest

from mdm_gateway.domain.matrix import Function, Medium, Scope, Setting, capabilities, capability, order
from mdm_gateway.domain.refusals import FunctionNotSupported, SettingNotApplicable, SettingRequired

OFFERED = {
    "ios": {"remote_lock", "remote_wipe", "camera", "bluetooth"},
    "ipados": {"remote_lock", "remote_wipe", "camera", "bluetooth"},
    "android": {"remote_lock", "remote_wipe", "external_storage", "camera", "bluetooth"},
    "windows": {"remote_lock", "remote_wipe", "external_storage"},
    "mac": set[str](),
    "chromeos": set[str](),
}


@pytest.mark.rule("R-MDM-MATRIX")
@pytest.mark.parametrize("os", sorted(OFFERED))
def test_the_matrix_offers_exactly_what_the_published_table_says(os: str) -> None:
    assert {found.function for found in capabilities(os) if found.supported} == OFFERED[os]


@pytest.mark.rule("R-MDM-MATRIX")
@pytest.mark.parametrize(
    ("function", "storage", "os"),
    [
        ("camera", None, "windows"),
        ("bluetooth", None, "windows"),
        ("external_storage", "usb", "android"),
        ("external_storage", "optical", "android"),
        ("external_storage", "sd", "ios"),
        ("external_storage", None, "ipados"),
        ("remote_lock", None, "mac"),
        ("remote_wipe", None, "mac"),
        ("self_destruct", None, "android"),
        ("external_storage", "floppy", "windows"),
    ],
)
def test_refuses_whatever_is_outside_the_matrix(function: str, storage: str | None, os: str) -> None:
    setting = None if function.startswith("remote") else "disabled"
    with pytest.raises(FunctionNotSupported) as refused:
        order(function=function, setting=setting, storage=storage, os=os)
    assert refused.value.rule_ids == ("R-MDM-MATRIX",)
    assert refused.value.why["os"] == os


@pytest.mark.rule("R-MDM-MATRIX")
@pytest.mark.parametrize(
    ("os", "storage", "media"),
    [
        ("android", None, (Medium.SD,)),
        ("android", "sd", (Medium.SD,)),
        ("windows", None, (Medium.SD, Medium.USB, Medium.OPTICAL)),
        ("windows", "optical", (Medium.OPTICAL,)),
    ],
)
def test_a_storage_ban_is_about_the_media_of_that_system(
    os: str, storage: str | None, media: tuple[Medium, ...]
) -> None:
    found = order(function="external_storage", setting="disabled", storage=storage, os=os)
    assert (found.media, found.setting, found.scope) == (media, Setting.DISABLED, Scope.NAMED_MEDIA)


@pytest.mark.parametrize("setting", [None, "off"])
def test_a_controlled_function_needs_a_setting(setting: str | None) -> None:
    with pytest.raises(SettingRequired):
        order(function="camera", setting=setting, storage=None, os="android")


@pytest.mark.parametrize("function", ["remote_lock", "remote_wipe"])
def test_lock_and_wipe_take_no_setting_and_no_media(function: str) -> None:
    with pytest.raises(SettingNotApplicable):
        order(function=function, setting="disabled", storage=None, os="windows")
    with pytest.raises(SettingNotApplicable):
        order(function=function, setting=None, storage="sd", os="windows")


def test_an_unsupported_function_says_why_and_reaches_nothing() -> None:
    found = capability(Function.CAMERA, "windows")
    assert (found.supported, found.reason, found.scope) == (False, "not_offered_on_windows", None)
