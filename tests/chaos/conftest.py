"""Failed assertions of the rules show their values, as those of tests do."""

import pytest

pytest.register_assert_rewrite("tests.chaos.invariants")
