"""What tests are built with; production code may not import it."""

from common.testing.suite import RunningService, running
from common.testing.tokens import TestIssuer

__all__ = ["RunningService", "TestIssuer", "running"]
