"""Whether what users hand over is of the kind that the annotation of a field or an argument states.

The annotation is the one place that says it: classes of the interface call `require_fields` first in `__post_init__`,
functions are decorated with
`arguments_of_their_kind()`. Ranges, and what must fit together, are checks of their own.
"""

import functools
import inspect
import typing
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from numbers import Integral
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeAliasType, TypeVar, Union

import numpy as np

from femcell.checks import is_number, told
from femcell.errors import InputError

EXAMPLES = {
    "Cell": "library.chen2020()",
    "Electrolyte": "library.chen2020().electrolyte",
    "Geometry": 'read_msh("cell.msh")',
    "Image": 'read_image("scan.tif", ...)',
    "Model": "DFN(...) or ResolvedCell(...)",
}
"""How people come by the objects that are most often given as a name or a path instead."""

PLAIN: Mapping[Any, tuple[Callable[[Any], bool], str]] = {
    float: (is_number, "a number"),
    int: (lambda v: isinstance(v, Integral) and not isinstance(v, bool), "a whole number"),
    bool: (lambda v: isinstance(v, bool | np.bool_), "True or False"),
    str: (lambda v: isinstance(v, str), "a text"),
    NoneType: (lambda v: v is None, "None"),
    Path: (lambda v: isinstance(v, Path), "a path"),
}
"""Kinds that are looked at with more care, or called by other words, than their class says."""


class Fault(NamedTuple):
    """Where in a value (`['nmc']`, `[2]`) something is of another kind than wanted, and what it is."""

    where: str
    wanted: str
    value: Any


def require_fields(thing: Any, *names: str) -> None:
    """Raise InputError for the first field of a dataclass that is not of its kind; of all fields, or those named."""
    kind: Any = type(thing)
    hints = _hints(kind)
    for name in names or [f.name for f in fields(thing) if f.init]:
        _require(f"{type(thing).__name__}: {name}", getattr(thing, name), hints[name])


def arguments_of_their_kind[F: Callable[..., Any]](*, apart: Sequence[str] = ()) -> Callable[[F], F]:
    """Decorate a function so that it raises InputError for the first argument that is not of its kind.

    Args:
        apart: arguments that the function looks at itself.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            bound, hints = signature.bind(*args, **kwargs), _hints(function)
            for name, value in bound.arguments.items():
                if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
                    for each in value:
                        _require(f"{function.__name__}(...): each of {name}", each, hints[name])
                elif name not in apart:
                    _require(f"{function.__name__}(...): {name}", value, hints[name])
            return function(*args, **kwargs)

        return typing.cast(F, checked)

    return decorate


@functools.cache
def _hints(owner: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(owner)


def _require(place: str, value: Any, hint: Any) -> None:
    fault = _fault(value, hint)
    if fault is not None:
        raise InputError(f"{place}{fault.where} must be {fault.wanted}, not {told(fault.value)}.")


def _fault(value: Any, hint: Any) -> Fault | None:
    """What is not of its kind, or None; what the annotation leaves open is of any kind."""
    hint = _opened(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return None
    if origin in (UnionType, Union):
        return _fault_of_union(value, hint)
    if hint in PLAIN:
        return None if PLAIN[hint][0](value) else Fault("", _words(hint), value)
    if origin is Literal:
        return None if value in arguments else Fault("", _words(hint), value)
    kind = origin or hint
    if not isinstance(kind, type) or (
        getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False)
    ):
        return None
    if not _is_of(value, kind):
        return Fault("", _words(hint), value)
    return _fault_inside(value, kind, arguments)


def _is_protocol(kind: type) -> bool:
    return getattr(kind, "_is_protocol", False)


def _is_of(value: Any, kind: type) -> bool:
    if kind is tuple or kind is Sequence:  # any row does, but a text is none
        return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)
    if kind is Iterable:
        return isinstance(value, Iterable) and not isinstance(value, str | bytes)
    if _is_protocol(kind) and isinstance(value, type):
        return False  # a class has the names of its objects
    return isinstance(value, kind)


def _fault_inside(value: Any, kind: type, arguments: tuple[Any, ...]) -> Fault | None:
    """The first fault among the items of a container."""
    items: Iterable[tuple[str, Any, Any]] = ()
    if arguments and issubclass(kind, Mapping):
        for key in value:
            if (fault := _fault(key, arguments[0])) is not None:
                return Fault("", f"a dictionary whose keys are {fault.wanted}", key)
        items = ((f"[{key!r}]", item, arguments[1]) for key, item in value.items())
    elif arguments and kind is tuple and arguments[-1] is not Ellipsis:
        if len(value) != len(arguments):
            return Fault("", f"a tuple of {len(arguments)}", value)
        items = ((f"[{i}]", *pair) for i, pair in enumerate(zip(value, arguments, strict=True)))
    elif arguments and kind in (tuple, Sequence, Iterable) and isinstance(value, Collection):
        items = ((f"[{i}]", item, arguments[0]) for i, item in enumerate(value))
    for where, item, hint in items:
        if (fault := _fault(item, hint)) is not None:
            return fault._replace(where=where + fault.where)
    return None


def _fault_of_union(value: Any, hint: Any) -> Fault | None:
    """None where a member takes the value; else the fault within the one container that fits, if one does."""
    faults = [_fault(value, member) for member in typing.get_args(hint)]
    if None in faults:
        return None
    inside = [fault for fault in faults if fault is not None and fault.value is not value]
    return inside[0] if len(inside) == 1 else Fault("", _words(hint), value)


def _words(hint: Any) -> str:
    """What an annotation asks for, in words."""
    hint = _opened(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (UnionType, Union):
        return _or(dict.fromkeys(_words(member) for member in arguments))
    if hint in PLAIN:
        return PLAIN[hint][1]
    if origin is Literal:
        return _or(map(repr, arguments))
    kind = origin or hint
    if kind is tuple or kind is Sequence or kind is Iterable:
        return "a tuple or list"
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return "a dictionary"
    if kind is np.ndarray:
        return "an array"
    if kind is Callable:
        return "a function"
    name = str(kind.__name__)
    if issubclass(kind, Enum):
        return _or(str(member) for member in kind)
    example = f", as {EXAMPLES[name]}" if name in EXAMPLES else ""
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}{example}"


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _opened(hint: Any) -> Any:
    """What an alias stands for."""
    while isinstance(hint, TypeAliasType) or isinstance(typing.get_origin(hint), TypeAliasType):
        alias = typing.get_origin(hint)
        hint = hint.__value__ if alias is None else alias.__value__[typing.get_args(hint)]
    return NoneType if hint is None else hint
