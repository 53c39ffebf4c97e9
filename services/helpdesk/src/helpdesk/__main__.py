"""`python -m helpdesk api | worker | migrate | dead-letters | rebuild`."""

from common.main import main
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings

if __name__ == "__main__":
    main("helpdesk", HelpdeskSettings, create_app)
