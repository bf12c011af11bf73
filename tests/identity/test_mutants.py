"""The faults in the policies that the matrix must notice: a forgotten condition, a kind that became everybody."""

import re

import pytest

from safehand.identity.actions import Action
from safehand.identity.policy import Policies, policies_text
from tests.identity.test_matrix import PERMITS, answered, asker, cells


@pytest.mark.parametrize("id", [id for id, _, condition in PERMITS if condition])
def test_a_policy_that_forgot_its_condition_is_noticed(id: str) -> None:
    """The mutants that the table is for."""
    [(scope, condition)] = [(scope, condition) for name, scope, condition in PERMITS if name == id]
    text = policies_text().replace(f"({scope}) when {{{condition}}};", f"({scope});")
    assert text != policies_text()
    mutant = Policies.of(text)
    named = [Action(name) for name in re.findall(r'Action::"([^"]+)"', scope)]
    assert any(
        answered(mutant, asker(column), action, thing) is not right for column, action, thing, right in cells(named)
    )


@pytest.mark.parametrize("id", [id for id, scope, condition in PERMITS if not condition and "principal is" in scope])
def test_a_policy_for_everybody_instead_of_one_kind_is_noticed(id: str) -> None:
    [scope] = [scope for name, scope, _ in PERMITS if name == id]
    mutant = Policies.of(policies_text().replace(scope, re.sub(r"principal is \w+", "principal", scope)))
    named = [Action(name) for name in re.findall(r'Action::"([^"]+)"', scope)]
    assert any(
        answered(mutant, asker(column), action, thing) is not right for column, action, thing, right in cells(named)
    )
