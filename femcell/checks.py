"""Checks of what users hand over: each raises InputError in one sentence that names place and mend."""

from numbers import Integral, Real
from types import UnionType
from typing import Any

from femcell.errors import InputError

LONG = 80
"""Letters; what takes more to be written down would drown the sentence."""


def is_number(value: Any) -> bool:
    """Whether it is a real number, of Python or NumPy, and not a truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def told(value: Any) -> str:
    """What it is, or only its type where that takes long or says no more."""
    if callable(value) and not isinstance(value, type) and hasattr(value, "__name__"):
        return f"the function {value.__name__} itself"
    words = repr(value)
    if isinstance(value, type) or (len(words) <= LONG and not words.startswith("<")):
        return words
    return f"a {type(value).__name__}"


def require_kind(place: str, value: Any, kind: type | UnionType, wanted: str) -> None:
    """`value` must be of a kind, which `wanted` says in words, e.g. "an Exchange"."""
    if not isinstance(value, kind):
        raise InputError(f"{place} must be {wanted}, not {told(value)}.")


def require_whole(place: str, value: Any) -> None:
    """`value` must be a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InputError(f"{place} must be a whole number, not {value!r}.")
