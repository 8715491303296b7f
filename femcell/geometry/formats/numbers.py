"""A run of numbers in a file, as text or as bytes, taken from its beginning."""

import warnings
from typing import Any

import numpy as np

from femcell.geometry.formats.elements import Floats, Ints


def numbers_of(text: bytes | str) -> Floats:
    """All numbers of a text that is blanks and numbers.

    Raises:
        ValueError: something else stands in it.
    """
    words = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # what numpy 2 before 2.3 does in place of an error
            return np.fromstring(words, dtype=np.float64, sep=" ") if words.strip() else np.empty(0)
    except (DeprecationWarning, ValueError):
        raise ValueError("it holds words where numbers belong") from None


class Numbers:
    """Takes integers, sizes and coordinates from one section of an `.msh` file."""

    def __init__(self, data: bytes, start: int, end: int, binary: bool, order: str, size_bytes: int) -> None:
        """The bytes from `start`; text ends at `end`, and so may bytes at the earliest."""
        self._at = start if binary else 0
        self._data: Any = data if binary else numbers_of(data[start:end])
        self._types = [np.dtype(f"{order}{kind}") for kind in ("i4", f"u{size_bytes}", "f8")] if binary else None

    def integers(self, count: int) -> Ints:
        """The next `count` integers of 4 bytes."""
        return self._take(count, 0).astype(np.int64)

    def sizes(self, count: int) -> Ints:
        """The next `count` numbers that may be as long as an address."""
        return self._take(count, 1).astype(np.int64)

    def reals(self, count: int) -> Floats:
        """The next `count` real numbers."""
        return self._take(count, 2).astype(np.float64)

    def records(self, count: int) -> tuple[Ints, Floats]:
        """The next `count` times a number and three coordinates."""
        if self._types is None:
            rows = self._take(4 * count, 2).reshape(count, 4)
            return rows[:, 0].astype(np.int64), np.array(rows[:, 1:])
        kind = np.dtype([("number", self._types[0]), ("x", self._types[2], (3,))])
        rows = self._bytes(count, kind)
        return rows["number"].astype(np.int64), rows["x"].astype(np.float64)

    def integers_until(self, end: int) -> Ints:
        """All further integers, of bytes up to `end`."""
        count = len(self._data) - self._at if self._types is None else (end - self._at) // 4
        return self.integers(count)

    def _take(self, count: int, kind: int) -> Any:
        if self._types is not None:
            return self._bytes(count, self._types[kind])
        if count < 0 or self._at + count > len(self._data):
            raise ValueError("it ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def _bytes(self, count: int, kind: np.dtype[Any]) -> Any:
        if count < 0 or self._at + count * kind.itemsize > len(self._data):
            raise ValueError("it ends early")
        found = np.frombuffer(self._data, dtype=kind, count=count, offset=self._at)
        self._at += count * kind.itemsize
        return found
