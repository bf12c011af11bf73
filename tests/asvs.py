"""`@asvs("6.2.1")` says which requirements of OWASP ASVS 5.0.0 a test proves; docs/asvs.md is made of them."""

import pytest

asvs = pytest.mark.asvs
