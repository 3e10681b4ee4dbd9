import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.answers.errors import BodyMalformed
from api.requests.bodies import _faults_within, _Repeated, parse_json
from services.errors import BodyFaulty
from spec.language.json_bounds import MAX_DEPTH, MAX_VALUES


def faults_of(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(BodyFaulty) as caught:
        parse_json(raw)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_what_is_sound_comes_back_as_json_reads_it() -> None:
    text = '{"a": [1, 2.5, null, true, "\\u00e9\\ud83d\\ude00"], "b": {"": -0.0}}'
    assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"a": ', "line 1, column 7 (character 6)"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b'{"a": 1} x', "column 10"),
        (b"{'a': 1}", "column 2"),
        (b'{"a": "\x01"}', "control character"),
        (b'{"a": "\xff"}', "UTF-8 at byte 7"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (b"\xff\xfe{\x00}\x00", "UTF-8 at byte 0"),
    ],
)
def test_what_is_no_json_is_told_with_its_position(raw: bytes, told: str) -> None:
    with pytest.raises(BodyMalformed, match=re.escape(told)):
        parse_json(raw)


def test_numbers_that_are_not_finite_are_named() -> None:
    raw = b'{"a": [NaN, 1], "b": Infinity, "c": -Infinity, "d": 1e999}'
    assert faults_of(raw) == [(pointer, "finite_number") for pointer in ("/a/0", "/b", "/c", "/d")]


def test_keys_said_twice_are_named() -> None:
    raw = b'{"a": 1, "b": {"c": 1, "d": 2, "c": 3}, "e/f": 0, "a": 2, "e/f": 1}'
    assert sorted(faults_of(raw)) == [("/a", "duplicate_key"), ("/b/c", "duplicate_key"), ("/e~1f", "duplicate_key")]


def test_text_that_no_database_takes_is_named() -> None:
    raw = b'{"a": ["ok", "\\u0000"], "b": "\\ud800", "c": {"\\u0000": 1, "\\udfff": NaN}}'
    assert faults_of(raw) == [("/a/1", "unstorable_text"), ("/b", "unstorable_text"), ("/c", "unstorable_text")]


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.sampled_from(["\0", "\ud800", "NaN", "\\u"]),
        lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    ),
    st.sampled_from(["1", "1e308", "1e309", "-1E+400", "1e-400", "9" * 199, "9" * 250 + "e99", "9" * 400 + ".0"]),
)
def test_a_body_that_is_not_looked_through_has_no_fault(value: object, number: str) -> None:
    text = f"[{json.dumps(value)}, {number}]"
    faults = list(_faults_within(json.loads(text), _Repeated()))
    if faults:
        assert faults_of(text.encode()) == [(fault.pointer, fault.code) for fault in faults]
    else:
        assert repr(parse_json(text.encode())) == repr(json.loads(text))


def test_an_integer_too_long_to_read_is_a_fault() -> None:
    assert faults_of(b'{"a": ' + b"9" * 5000 + b"}") == [("", "number_too_long")]


def test_depth_is_bounded() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse_json(deepest) is not None
    assert faults_of(b"[" + deepest + b"]") == [("", "nested_too_deeply")]


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" + b"[]," * 300_000 + b"[]]",
        b"[" + b"0," * 500_000 + b"0]",
        b"{" + b",".join(b'"a%d":NaN' % number for number in range(80_000)) + b"}",
    ],
)
def test_nothing_within_the_size_limit_takes_long(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(BodyFaulty):
        parse_json(raw)
    assert time.process_time() - started < 1.0


def test_the_number_of_values_is_bounded() -> None:
    assert len(parse_json(b"[" + b"0," * (MAX_VALUES - 2) + b"0]")) == MAX_VALUES - 1
    assert faults_of(b"[" + b"0," * MAX_VALUES + b"0]") == [("", "too_many_values")]
