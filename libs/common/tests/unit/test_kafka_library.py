from __future__ import annotations

from aiokafka.producer import sender


def test_the_pause_between_transactions_is_where_the_library_looks_for_it() -> None:
    handle = sender.AddPartitionsToTxnHandler.handle_response
    assert "BACKOFF_OVERRIDE" in handle.__code__.co_names
