"""What can go wrong with a file, by a seed: bytes, lines, kinds of values. The same seed makes the same file."""

import copy
import json
import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Bytes = Callable[[bytes, random.Random], bytes]

OTHER_FILES = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00",
    b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(60),
    b'{"Header": {"BPX": "1.1.0"}, "Parameterisation": [1, 2]}',
    b'[mesh]\nfile = "x.msh"\n',
    b"time_s,current_A\n0,1\n1,2\n",
    b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n",
    b"II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00",
    b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000, 1000), }\n",
    b"<html><body>404 Not Found</body></html>",
)


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Some bits turned."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20))):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def overwritten(data: bytes, chance: random.Random) -> bytes:
    """A run of bytes replaced by any others."""
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 8, 64))
    return data[:at] + chance.randbytes(length) + data[at + length :]


def truncated(data: bytes, chance: random.Random) -> bytes:
    """Cut short."""
    return data[: chance.randrange(len(data))]


def beheaded(data: bytes, chance: random.Random) -> bytes:
    """Without its beginning."""
    return data[chance.randrange(1, len(data)) :]


def _lines(change: Callable[[list[bytes], int, random.Random], None]) -> Bytes:
    def mutate(data: bytes, chance: random.Random) -> bytes:
        lines = data.splitlines(keepends=True)
        change(lines, chance.randrange(len(lines)), chance)
        return b"".join(lines)

    return mutate


def _delete(lines: list[bytes], at: int, chance: random.Random) -> None:
    del lines[at : at + chance.choice((1, 1, 5))]


def _double(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines.insert(at, lines[at])


def _swap(lines: list[bytes], at: int, chance: random.Random) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _number(lines: list[bytes], at: int, chance: random.Random) -> None:
    """The last word of a line becomes another."""
    words = lines[at].split()
    odd = chance.choice((b"nan", b"-1", b"0", b"1e999", b"9" * 400, b"99999999999", b"x", b"1_0", b"0,5", b"true", b""))
    lines[at] = b" ".join([*words[:-1], odd]) + b"\n"


def nested(data: bytes, chance: random.Random) -> bytes:
    """Brackets within brackets at some place."""
    at, depth = chance.randrange(len(data)), chance.choice((60, 900, 50_000))
    opening, closing = chance.choice(((b"[", b"]"), (b"{", b"}"), (b'{"a":', b"}"), (b"(", b")"), (b"{a=", b"}")))
    return data[:at] + opening * depth + chance.choice((b"", closing * depth)) + data[at:]


def odd_text(data: bytes, chance: random.Random) -> bytes:
    """Characters that nobody typed."""
    odd = (
        "\ufeff",
        "\0",
        "\u202e",
        "🔋",
        "é",
        "\u2028",
        "\x1b[2J",
        "\u0661",
        " " * 30_000,
    )
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(odd).encode() + data[at:]


def other_endings(data: bytes, chance: random.Random) -> bytes:
    """Lines as other systems end them."""
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"")))


def other_encoding(data: bytes, chance: random.Random) -> bytes:
    """As UTF-16, or with a mark of the byte order."""
    text = data.decode("latin-1")
    return chance.choice((text.encode("utf-16"), text.encode("utf-32"), b"\xef\xbb\xbf" + data, b"\xff" + data))


def empty(data: bytes, chance: random.Random) -> bytes:
    """Nothing, or blanks."""
    return chance.choice((b"", b"\n", b" " * 1000, bytes(1000)))


def another(data: bytes, chance: random.Random) -> bytes:
    """Another file altogether."""
    return chance.choice(OTHER_FILES)


BYTES: Mapping[str, Bytes] = {
    "flipped": flipped,
    "overwritten": overwritten,
    "truncated": truncated,
    "beheaded": beheaded,
    "without_lines": _lines(_delete),
    "doubled_line": _lines(_double),
    "swapped_lines": _lines(_swap),
    "odd_number": _lines(_number),
    "nested": nested,
    "odd_text": odd_text,
    "other_endings": other_endings,
    "other_encoding": other_encoding,
    "empty": empty,
    "another": another,
}

REMOVED = object()
VALUES: Mapping[str, Any] = {
    "removed": REMOVED,
    "text": "nonsense",
    "empty_text": "",
    "number_as_text": "1.0",
    "long_text": "x" * 5000,
    "odd_text": "\u202e🔋\t\x00é",
    "path_of_a_home": "~nobody_of_that_name/$NO_SUCH_NAME",
    "zero": 0,
    "one": 1,
    "negative": -1,
    "fraction": 2.5,
    "huge": 1e300,
    "tiny": 1e-300,
    "nan": math.nan,
    "infinite": math.inf,
    "digits": 10**400,
    "true": True,
    "false": False,
    "empty_list": [],
    "list": [1, "a", None],
    "list_of_tables": [{"a": 1}],
    "empty_table": {},
    "table": {"a": {"b": 1}},
    "deep": json.loads("[" * 40 + "]" * 40),
}


def places(content: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key and index of nested tables and lists; of lists the first two."""
    items = (
        content.items() if isinstance(content, dict) else enumerate(content[:2]) if isinstance(content, list) else ()
    )
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def changed(content: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """The content with another value at a place."""
    found = copy.deepcopy(content)
    section = found
    for key in place[:-1]:
        section = section[key]
    if value is REMOVED:
        del section[place[-1]]
    else:
        section[place[-1]] = copy.deepcopy(value)
    return found


def toml(content: Mapping[str, Any]) -> str:
    """As TOML, each top-level key on a line; what TOML has not is text."""
    return "".join(f"{json.dumps(key)} = {_inline(value)}\n" for key, value in content.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    return json.dumps("null" if value is None else value)
