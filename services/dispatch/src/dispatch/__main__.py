"""`python -m dispatch api | worker | migrate | dead-letters | rebuild`."""

from common.main import main
from dispatch.app import create_app
from dispatch.settings import DispatchSettings

if __name__ == "__main__":
    main("dispatch", DispatchSettings, create_app)
