import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.language.numbers import decode_metrics, encode_json, encode_metrics


def bits(value: float) -> bytes:
    """A float's bits, all kinds of NaN being one."""
    return struct.pack("d", math.nan if math.isnan(value) else value)


@given(st.dictionaries(st.text(), st.floats()))
def test_metrics_come_back_to_the_bit(metrics: dict[str, float]) -> None:
    text = encode_metrics(metrics)
    json.loads(text, parse_constant=pytest.fail)  # strict JSON
    back = decode_metrics(text)
    assert list(back) == list(metrics)
    assert [bits(value) for value in back.values()] == [bits(value) for value in metrics.values()]


def test_numbers_that_are_not_finite_are_the_contract_s_strings() -> None:
    assert encode_metrics({"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1}) == (
        '{"a":"NaN","b":"Infinity","c":"-Infinity","d":1.0}'
    )
    assert encode_json({"a": [math.nan, (math.inf, -math.inf), {"b": math.nan}], "c": "x", "d": None, "e": True}) == (
        '{"a":["NaN",["Infinity","-Infinity"],{"b":"NaN"}],"c":"x","d":null,"e":true}'
    )


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        encode_json({"a": {1, 2}})
