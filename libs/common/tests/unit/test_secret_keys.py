"""What is sealed with a service's secret keys."""

from __future__ import annotations

import pytest
from cryptography.fernet import InvalidToken

from common.http.idempotency import cipher_of


def test_the_first_key_seals_and_any_key_opens() -> None:
    sealed = cipher_of(["old"]).encrypt(b"answer")
    assert cipher_of(["new", "old"]).decrypt(sealed) == b"answer"
    with pytest.raises(InvalidToken):
        cipher_of(["old"]).decrypt(cipher_of(["new", "old"]).encrypt(b"answer"))


def test_a_single_text_is_no_sequence_of_keys() -> None:
    with pytest.raises(TypeError, match="sequence of keys"):
        cipher_of("secret")
