"""What a job says of the coach: faults say where they are, and once."""

from typing import Any

import pytest

from tests.spec.jobs import check, job

DENSE = [{"type": "Flatten"}, {"type": "Dense", "units": 10, "activation": "softmax"}]
AT = "/coach/rules/dead_units"


@pytest.mark.parametrize(
    ("rules", "faults"),
    [
        ({"dead_units": 0.5}, [(AT, "rule_type", None)]),
        ({"dead_units": None}, [(AT, "rule_type", None)]),
        ({"dead_units": "off"}, [(AT, "rule_type", None)]),
        ({"dead_units": {"threshold": "a half"}}, [(f"{AT}/threshold", "float_type", None)]),
        ({"dead_units": {}}, [(f"{AT}/threshold", "missing", None)]),
        (
            {"dead_units": {"treshold": 0.5}},
            [(f"{AT}/treshold", "unknown_field", "threshold"), (f"{AT}/threshold", "missing", None)],
        ),
        ({"dead_units": {"threshold": 2}}, [(f"{AT}/threshold", "threshold_range", None)]),
        ({"dead_unit": False}, [("/coach/rules/dead_unit", "unknown_rule", "dead_units")]),
        ({"dead_units": {"threshold": 0.25}, "overfitting": False, "diverged": True}, []),
    ],
)
def test_faults_of_rules_say_where_they_are(rules: dict[str, Any], faults: list[tuple[str, str, str | None]]) -> None:
    found = check({**job("digits", DENSE), "coach": {"rules": rules}}).faults
    assert sorted((one.pointer, one.code, one.suggestion) for one in found) == sorted(faults)
