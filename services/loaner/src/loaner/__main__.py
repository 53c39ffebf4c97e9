"""`python -m loaner api | worker | migrate | dead-letters | rebuild`."""

from __future__ import annotations

from common.main import main
from loaner.app import create_app
from loaner.settings import LoanerSettings

if __name__ == "__main__":
    main("loaner", LoanerSettings, create_app)
