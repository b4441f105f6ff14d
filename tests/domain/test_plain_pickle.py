"""Plain data comes out of a pickle; nothing in it is ever run, and nothing in it can make us hang."""

from __future__ import annotations

import collections
import datetime
import os
import pickle
import pickletools
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_pollster.domain.plain_pickle import Limits, PlainDataError, loads

PROTOCOLS = range(6)
PLAIN = {type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.text(max_size=300),
)
keys = scalars | st.tuples(scalars, scalars)


def nested(leaves: st.SearchStrategy[Any], *, with_sets: bool) -> st.SearchStrategy[Any]:
    sets = (st.sets(keys, max_size=4), st.frozensets(keys, max_size=4)) if with_sets else ()
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=5),
            st.lists(inner, max_size=5).map(tuple),
            st.dictionaries(keys, inner, max_size=5),
            *sets,
        ),
        max_leaves=20,
    )


@settings(deadline=None)
@given(nested(scalars, with_sets=False), st.sampled_from(PROTOCOLS))
def test_plain_data_survives_every_protocol(value: Any, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol)) == value


@settings(deadline=None)
@given(nested(scalars | st.binary(max_size=300), with_sets=True), st.sampled_from([4, 5]))
def test_sets_and_bytes_survive_the_protocols_that_have_them(value: Any, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol)) == value


@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_a_pickle_may_come_as_text_with_a_character_per_byte(value: Any) -> None:
    assert loads(pickle.dumps(value, 0).decode("latin-1")) == value


def test_types_are_kept_and_not_only_equal() -> None:
    value = [True, 1, 1.0, "1", None, (), [], {}]

    for protocol in PROTOCOLS:
        assert repr(loads(pickle.dumps(value, protocol))) == repr(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (
            b"(dp0\nS'mail'\np1\nS'a@b.org'\np2\nsS'o'\np3\n(lp4\nS'caf\\xc3\\xa9'\np5\nas.",
            {"mail": "a@b.org", "o": ["café"]},
        ),
        (
            b"\x80\x02}q\x00(U\x04mailq\x01U\x07a@b.orgq\x02U\x01oq\x03]q\x04U\x05caf\xc3\xa9q\x05au.",
            {"mail": "a@b.org", "o": ["café"]},
        ),
        (b"T\x05\x00\x00\x00caf\xc3\xa9.", "café"),
        (b"S'caf\\xe9'\np0\n.", "caf\ufffd"),
        (b"U\x04caf\xe9.", "caf\ufffd"),
        (b'S"it\'s\\n\\t\\\\ \\"so\\""\n.', 'it\'s\n\t\\ "so"'),
        (b"Vcaf\xe9 \\u20ac\np0\n.", "café €"),
        (b"L12345678901234567890L\n.", 12345678901234567890),
        (b"I01\n.", True),
        (b"I1\n.", 1),
    ],
)
def test_text_of_python_2_is_read_as_utf8(written: bytes, value: Any) -> None:
    found = loads(written)

    assert (type(found), found) == (type(value), value)


def test_blanks_after_the_end_do_not_matter_and_anything_else_does() -> None:
    assert loads(b"N.\n ") is None
    with pytest.raises(PlainDataError, match="more after its end"):
        loads(b"N.N.")


# --- what is refused -----------------------------------------------------------------------------------------------

CODE = [
    "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX",
    "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER", "BYTEARRAY8",
]  # fmt: skip
HARMLESS = """
    PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT
    BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 SHORT_BINBYTES BINBYTES
    BINBYTES8 EMPTY_LIST EMPTY_TUPLE EMPTY_DICT EMPTY_SET APPEND APPENDS LIST TUPLE TUPLE1 TUPLE2 TUPLE3 DICT SETITEM
    SETITEMS ADDITEMS FROZENSET PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET
"""


def test_every_opcode_there_is_has_been_judged() -> None:
    names = {opcode.name for opcode in pickletools.opcodes}

    assert names == set(CODE) | set(HARMLESS.split())


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("before", [b"", b"N", b"(NN", b"\x80\x04\x8c\x02os\x8c\x06system", b"(cos\nsystem\n"])
def test_every_opcode_that_bears_code_is_refused(name: str, before: bytes) -> None:
    code = {opcode.name: opcode.code.encode("latin-1") for opcode in pickletools.opcodes}[name]

    with pytest.raises(PlainDataError, match=name if b"cos" not in before else "GLOBAL"):
        loads(before + code + b"os\nsystem\n\x01\x01\x01\x01\x01\x01\x01\x01.")


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_with_a_call_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    with pytest.raises(PlainDataError, match="GLOBAL"):
        loads(pickle.dumps({"mail": [Bomb(tmp_path / "boom")]}, protocol))

    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "value", [datetime.date(2024, 1, 1), Decimal(1), collections.OrderedDict(a=1), bytearray(b"x"), 1j, len]
)
def test_objects_are_not_plain_data(value: object, protocol: int) -> None:
    with pytest.raises(PlainDataError):
        loads(pickle.dumps(value, protocol))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"", "no opcode"),
        (b".", "a value is missing"),
        (b"NN.", "values left over"),
        (b"(N.", "values left over"),
        (b"N", "no opcode"),
        (b"\xff", "no opcode"),
        (b"t.", "a mark is missing"),
        (b"0.", "a mark is missing"),
        (b"g0\n.", "nothing at place 0"),
        (b"Np-1\n.", "negative place"),
        (b"]NNs.", "dict belongs"),
        (b"}(Nu.", "a key without a value"),
        (b"}]Ns.", "list as a key"),
        (b"}]\x85Ns.", "tuple as a key"),
        (b"\x8f(]\x90.", "list as a key"),
        (b"(]\x91.", "list as a key"),
        (b"(Nd.", "a key without a value"),
        (b"NNa.", "list belongs"),
        (b"I\n.", "malformed"),
        (b"Ix\n.", "malformed"),
        (b"I" + b"9" * 5000 + b"\n.", "malformed"),
        (b"Fx\n.", "malformed"),
        (b"X\xff\xff\xff\xff.", "malformed"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "malformed"),
        (b"\x8b\xff\xff\xff\xff.", "malformed"),
        (b"X\x01\x00\x00\x00\xff.", "malformed"),
        (b"Sabc\n.", "without its quotes"),
        (b"S'abc\n.", "without its quotes"),
        (b"S'\\q'\n.", "without its quotes"),
        (b"S'abc'", "without its quotes"),
        (b"\x80\x06N.", "protocol 6"),
        (None, "NoneType instead"),
        (7, "int instead"),
        ("€", "no bytes"),
    ],
)
def test_what_is_malformed_is_told(written: Any, reason: str) -> None:
    with pytest.raises(PlainDataError, match=reason) as error:
        loads(written)

    assert error.value.reason in str(error.value)


def laughs(levels: int) -> bytes:
    """A list of two lists of two lists…, written once per level."""
    return (
        b"]q\x00"
        + b"".join(b"]q%c(h%ch%ce" % (n, n - 1, n - 1) for n in range(1, levels))
        + b"\x86" * (levels - 1)
        + b"."
    )


EVIL = {
    "deep lists": b"(l" * 3000 + b"a" * 2999 + b".",
    "deep tuples": b")" + b"\x85" * 9_000 + b".",
    "deep tuple as a key": b"})" + b"\x85" * 9_000 + b"Ns.",
    "a list in itself": b"]q\x00h\x00a.",
    "a dictionary in itself": b"}q\x00Nh\x00s.",
    "multiplying lists": laughs(60),
    "multiplying tuple": b")" + b"2\x86" * 4000 + b".",
    "multiplying key": b"})" + b"2\x86" * 40 + b"Ns.",
    "multiplying set": b"\x8f()" + b"2\x86" * 40 + b"\x90.",
    "marks without end": b"(" * 30_000,
    "too many opcodes": b"N0" * 15_000 + b"N.",
    "too many bytes": b"X\x00\x00\x20\x00" + b"x" * (2 << 20) + b".",
    "memo of a large place": b"Nr\xff\xff\xff\xff0" * 3000 + b"0.",
}


@pytest.mark.parametrize("name", EVIL)
def test_a_small_pickle_cannot_take_long(name: str) -> None:
    start = time.process_time()

    with pytest.raises(PlainDataError):
        loads(EVIL[name])

    assert time.process_time() - start < 2


def test_keys_that_collide_take_bounded_time() -> None:
    same = [(2**61 - 1) * n for n in range(1, 4500)]
    start = time.process_time()

    assert len(loads(pickle.dumps(dict.fromkeys(same), 2))) == 4499
    assert time.process_time() - start < 5


def test_limits_can_be_said() -> None:
    assert loads(pickle.dumps([[1]], 2), Limits(depth=2)) == [[1]]
    for limits in (Limits(depth=1), Limits(items=2), Limits(opcodes=4), Limits(size=8)):
        with pytest.raises(PlainDataError):
            loads(pickle.dumps([[1]], 2), limits)


def is_plain(value: Any) -> bool:
    inside = [*value, *value.values()] if isinstance(value, dict) else value
    within = inside if isinstance(value, dict | list | tuple | set | frozenset) else ()
    return type(value) in PLAIN and all(is_plain(one) for one in within)


def read_or_refuse(raw: bytes) -> None:
    """Plain data or PlainDataError, and where we read something, Python (safely, then) reads the same."""
    try:
        value = loads(raw)
    except PlainDataError:
        return
    assert is_plain(value)
    try:
        expected = pickle.loads(raw, encoding="utf-8", errors="replace")
    except (pickle.UnpicklingError, EOFError, ValueError, OverflowError, MemoryError):
        return  # we do not mind the frames
    assert repr(value) == repr(expected)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refuse(raw)


opcodes = st.sampled_from([opcode.code.encode("latin-1") for opcode in pickletools.opcodes])
arguments = st.sampled_from(
    [b"", b"", b"", b"\x00", b"\x01", b"0\n", b"01\n", b"'a'\n", b"\x01a", b"\x01\0\0\0a", b"1L\n"]
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.tuples(opcodes, arguments), max_size=25))
def test_random_programs_are_read_or_refused(steps: list[tuple[bytes, bytes]]) -> None:
    read_or_refuse(b"".join(code + argument for code, argument in steps) + b".")


@settings(max_examples=300, deadline=None)
@given(
    nested(scalars, with_sets=False),
    st.sampled_from(PROTOCOLS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
    st.none() | st.integers(0, 400),
)
def test_damaged_pickles_are_read_or_refused(value: Any, protocol: int, damage: Any, cut: int | None) -> None:
    raw = bytearray(pickle.dumps(value, protocol))
    for at, byte in damage:
        raw[at % len(raw)] = byte

    read_or_refuse(bytes(raw[:cut]))
