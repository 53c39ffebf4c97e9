"""`python -m mdm_gateway api | worker | migrate | dead-letters | rebuild`."""

from common.main import main
from mdm_gateway.app import create_app
from mdm_gateway.settings import MdmGatewaySettings

if __name__ == "__main__":
    main("mdm_gateway", MdmGatewaySettings, create_app)
