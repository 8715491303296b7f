"""Checks of what users hand over: each raises InputError in one sentence that names place and mend."""

from numbers import Integral, Real
from types import UnionType
from typing import Any

from femcell.errors import InputError


def is_number(value: Any) -> bool:
    """Whether it is a real number, of Python or NumPy, and not a truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def require_kind(place: str, value: Any, kind: type | UnionType, wanted: str) -> None:
    """`value` must be of a kind, which `wanted` says in words, e.g. "an Exchange"."""
    if not isinstance(value, kind):
        raise InputError(f"{place} must be {wanted}, not {value!r}.")


def require_whole(place: str, value: Any) -> None:
    """`value` must be a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InputError(f"{place} must be a whole number, not {value!r}.")
