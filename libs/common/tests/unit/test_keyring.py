"""What is sealed by a service's secret keys opens for what it belongs to, with a key that sealed it, and not else."""

from __future__ import annotations

import pytest

from common.keyring import Keyring

NEW, OLD = "the secret of today, long enough", "the secret of yesterday, long enough"


def keyring(*secrets: str, purpose: str = "test") -> Keyring:
    return Keyring(secrets or (NEW,), purpose=purpose)


@pytest.mark.parametrize("content", [b"x", "パスワード".encode(), bytes(range(256))])
def test_what_was_sealed_opens_for_the_same_and_for_nothing_else(content: bytes) -> None:
    sealed = keyring().seal(content, "contract", "entry")
    assert keyring().open(sealed, "contract", "entry") == content
    assert content not in sealed or len(content) == 1
    for other in (("contract", "other"), ("contractentry",), ("entry", "contract"), ("contract", "entry", ""), ()):
        assert keyring().open(sealed, *other) is None
    assert keyring(purpose="other").open(sealed, "contract", "entry") is None


def test_the_first_key_seals_and_any_key_opens() -> None:
    before = keyring(OLD).seal(b"secret", "a")
    assert keyring(NEW, OLD).open(before, "a") == b"secret"
    assert keyring(NEW).open(before, "a") is None
    assert keyring(OLD).open(keyring(NEW, OLD).seal(b"secret", "a"), "a") is None


def test_every_changed_byte_is_noticed() -> None:
    sealed = keyring().seal(b"secret", "a")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        assert keyring().open(changed, "a") is None
    assert keyring().open(b"", "a") is None


def test_a_single_text_is_no_sequence_of_keys() -> None:
    with pytest.raises(TypeError, match="sequence of keys"):
        Keyring("secret", purpose="test")
