"""Checks of what users hand over: each raises InputError in one sentence that names place and mend."""

import dataclasses
import re
from numbers import Integral, Real
from types import UnionType
from typing import Any, TypeGuard

from femcell.errors import InputError

LONG = 80
"""Letters; what takes more to be written down would drown the sentence."""

_WRITTEN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a real number, of Python or NumPy, and not a truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def number_of(text: str) -> float | None:
    """The number that a text writes in decimal digits; None for any other, such as '1_0', '0,5', 'nan' or '1 A'."""
    return float(text) if _WRITTEN.fullmatch(text) else None


def told(value: Any) -> str:
    """What it is, or only its type where that takes long or says no more."""
    if callable(value) and not isinstance(value, type) and hasattr(value, "__name__"):
        return f"the function {value.__name__} itself"
    try:
        words = repr(value)
    except (RecursionError, ValueError):  # deeper, or of more digits, than Python writes down
        return f"a {type(value).__name__}"
    if isinstance(value, type) or (len(words) <= LONG and not words.startswith("<")):
        return words
    return f"a {type(value).__name__}"


def require_kind(place: str, value: Any, kind: type | UnionType, wanted: str) -> None:
    """`value` must be of a kind, which `wanted` says in words, e.g. "an Exchange"."""
    if not isinstance(value, kind):
        raise InputError(f"{place} must be {wanted}, not {told(value)}.")


def require_number(place: str, value: Any) -> None:
    """`value` must be a number, and no truth value."""
    if not is_number(value):
        raise InputError(f"{place} must be a number, not {told(value)}.")


def require_whole(place: str, value: Any) -> None:
    """`value` must be a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InputError(f"{place} must be a whole number, not {told(value)}.")


def refuse_truth(owner: str, thing: Any) -> None:
    """No number of a dataclass, alone or in a tuple, may be a truth value, which Python would take for 1 or 0."""
    for field in dataclasses.fields(thing):
        if "bool" in str(field.type):
            continue
        value = getattr(thing, field.name)
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, bool):
                raise InputError(f"{owner}: {field.name} must be a number, not {part}.")
