"""Reads pickles of plain data without ever running what a pickle may say.

A pickle is a program. Unpickling what a web application has once stored means to run code that whoever could write
into that table has chosen. Here the program is stepped through on a machine of our own that knows only the opcodes
for plain values; everything that names, builds or calls something is refused, not skipped. Plain opcodes alone can
still hurt: a few bytes describe a list that contains itself, a value that is exponentially large when walked, or a
key whose hash never ends; so depth, items and keys are limited too.

Python 2 wrote text as bytes: those opcodes are read as UTF-8, with replacement. Sets before protocol 4 and bytes
before protocol 3 are pickled as calls and therefore refused.
"""

from __future__ import annotations

import pickletools
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reporting_pollster.errors import PollsterError


class PlainDataError(PollsterError):
    """Not a pickle of plain data, or not one of a sane size."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a pickle of plain data: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How much is enough: far above any attribute dictionary, far below what takes noticeable time."""

    size: int = 1 << 20  # bytes of the pickle
    opcodes: int = 10_000
    items: int = 100_000  # values met when everything is walked, shared ones each time
    depth: int = 32


_DEFAULT = Limits()
_KEY = Limits(items=100, depth=8)  # hashing is as deep as the key, and done again for every use


def loads(data: object, limits: Limits = _DEFAULT) -> Any:
    """The value of a pickle given as bytes, or as text from a text column (one character per byte).

    Raises PlainDataError, and nothing else, for whatever is not plain data.
    """
    raw = _as_bytes(data)
    if len(raw) > limits.size:
        raise PlainDataError(f"{len(raw)} bytes, at most {limits.size} are read")
    try:
        value = _run(raw, limits)
    except (ValueError, OverflowError, struct.error) as error:  # the readers of arguments
        raise PlainDataError(f"malformed: {type(error).__name__}") from error
    _measure(value, limits)
    return value


def _as_bytes(data: object) -> bytes:
    if isinstance(data, bytes | bytearray):
        return bytes(data)
    if not isinstance(data, str):
        raise PlainDataError(f"{type(data).__name__} instead of bytes or text")
    try:
        return data.encode("latin-1")
    except UnicodeEncodeError as error:
        raise PlainDataError("text with characters that are no bytes") from error


def _run(raw: bytes, limits: Limits) -> Any:
    stream, machine = BytesIO(raw), _Machine()
    for _ in range(limits.opcodes):
        opcode = _OPCODES.get(stream.read(1))
        if opcode is None:
            raise PlainDataError(f"no opcode at byte {stream.tell()}")
        if opcode.name == "STOP":
            if stream.read().strip(b"\0 \t\r\n"):
                raise PlainDataError("more after its end")
            return machine.result()
        step = _STEPS.get(opcode.name)
        if step is None:
            raise PlainDataError(f"{opcode.name} at byte {stream.tell() - 1} is not plain data")
        step(machine, _argument(opcode, stream))
    raise PlainDataError(f"more than {limits.opcodes} opcodes")


def _argument(opcode: Any, stream: BytesIO) -> Any:
    if opcode.name == "STRING":
        return _quoted(stream.readline())  # pickletools reads ASCII only, Python 2 wrote any bytes
    return opcode.arg.reader(stream) if opcode.arg is not None else None


class _Machine:
    """The stack machine of the pickle format, as far as plain data needs it."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # what lies under each open mark
        self._memo: dict[int, Any] = {}

    def result(self) -> Any:
        value = self.pop()
        if self._stack or self._below:
            raise PlainDataError("values left over")
        return value

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        if not self._stack:
            raise PlainDataError("a value is missing")
        return self._stack.pop()

    def top(self, kind: type | None = None) -> Any:
        value = self.pop()
        self.push(value)
        if kind is not None and type(value) is not kind:
            raise PlainDataError(f"{type(value).__name__} where {kind.__name__} belongs")
        return value

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def since_mark(self) -> list[Any]:
        if not self._below:
            raise PlainDataError("a mark is missing")
        items, self._stack = self._stack, self._below.pop()
        return items

    def drop(self) -> None:
        if self._stack:
            self.pop()
        else:
            self.since_mark()

    def remember(self, number: int | None) -> None:
        place = len(self._memo) if number is None else number
        if place < 0:
            raise PlainDataError("negative place in the memo")
        self._memo[place] = self.top()

    def recall(self, number: int) -> None:
        if number not in self._memo:
            raise PlainDataError(f"nothing at place {number} of the memo")
        self.push(self._memo[number])

    def wrap(self, count: int) -> None:
        items = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def put_pairs(self, pairs: list[Any]) -> None:
        if len(pairs) % 2:
            raise PlainDataError("a key without a value")
        for key in pairs[::2]:
            _check_key(key)
        self.top(dict).update(zip(pairs[::2], pairs[1::2], strict=True))

    def put_pair(self) -> None:
        value, key = self.pop(), self.pop()
        self.put_pairs([key, value])

    def add_members(self, members: list[Any]) -> None:
        self.top(set).update(_checked_keys(members))

    def append(self, values: list[Any]) -> None:
        self.top(list).extend(values)

    def make_dict(self) -> None:
        pairs = self.since_mark()
        self.push({})
        self.put_pairs(pairs)


def _measure(value: Any, limits: Limits) -> None:
    """Walks everything once per way to it: cycles are too deep, shared values that multiply are too many."""
    waiting, met = [(value, 0)], 1
    while waiting:
        at, depth = waiting.pop()
        children = _children(at)
        met += len(children)
        if depth > limits.depth or met > limits.items:
            raise PlainDataError(f"more than {limits.items} items or {limits.depth} levels")
        waiting += [(child, depth + 1) for child in children]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


def _check_key(key: Any) -> None:
    """Refuses what cannot be hashed, and what would be hashed for long."""
    if isinstance(key, tuple | frozenset):
        _measure(key, _KEY)
    try:
        hash(key)
    except TypeError as error:
        raise PlainDataError(f"{type(key).__name__} as a key") from error


def _checked_keys(members: list[Any]) -> list[Any]:
    for member in members:
        _check_key(member)
    return members


_ESCAPES = {b"\\": b"\\", b"'": b"'", b'"': b'"', b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[\\'\"nrt])")
_QUOTED = re.compile(rb"""(['"])((?:[^\\]|\\x[0-9a-fA-F]{2}|\\[\\'"nrt])*)\1\r?\n""")


def _quoted(line: bytes) -> str:
    """Python 2's repr of a string."""
    found = _QUOTED.fullmatch(line)
    if found is None:
        raise PlainDataError("a string without its quotes")
    return _ESCAPE.sub(_unescaped, found[2]).decode(errors="replace")


def _unescaped(found: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(found[1]) or bytes([int(found[1][1:], 16)])


def _old_text(machine: _Machine, text: str) -> None:
    machine.push(text.encode("latin-1").decode(errors="replace"))


def _proto(machine: _Machine, version: int) -> None:
    if version > 5:
        raise PlainDataError(f"protocol {version}")


_Step = Callable[[_Machine, Any], None]

_SCALARS = """
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8
    SHORT_BINBYTES BINBYTES BINBYTES8
"""


def _each(names: str, step: _Step) -> Iterable[tuple[str, _Step]]:
    return ((name, step) for name in names.split())


_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_STEPS: dict[str, _Step] = {
    "PROTO": _proto,
    "FRAME": lambda machine, size: None,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    **dict(_each(_SCALARS, _Machine.push)),
    **dict(_each("BINSTRING SHORT_BINSTRING", _old_text)),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_SET": lambda machine, _: machine.push(set()),
    "MARK": lambda machine, _: machine.mark(),
    "POP": lambda machine, _: machine.drop(),
    "POP_MARK": lambda machine, _: machine.since_mark().clear(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.wrap(1),
    "TUPLE2": lambda machine, _: machine.wrap(2),
    "TUPLE3": lambda machine, _: machine.wrap(3),
    "FROZENSET": lambda machine, _: machine.push(frozenset(_checked_keys(machine.since_mark()))),
    "DICT": lambda machine, _: machine.make_dict(),
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.put_pair(),
    "SETITEMS": lambda machine, _: machine.put_pairs(machine.since_mark()),
    "ADDITEMS": lambda machine, _: machine.add_members(machine.since_mark()),
    **dict(_each("PUT BINPUT LONG_BINPUT MEMOIZE", _Machine.remember)),
    **dict(_each("GET BINGET LONG_BINGET", _Machine.recall)),
}
