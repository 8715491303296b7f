"""Short representations: what a person looks for first, with units, on one line."""

from collections.abc import Iterable
from typing import Any

LONGEST = 240
"""Letters of a representation."""

NAMED = 60
"""Letters of a name in it."""


def angled(thing: Any, name: str, *facts: str) -> str:
    """`<Kind name: fact, fact>`, cut off where it gets long; empty facts and names are left out.

    Args:
        thing: what is represented.
        name: of it, or "".
        facts: with their units.
    """
    head = f"{type(thing).__name__} {name if len(name) <= NAMED else name[: NAMED - 3] + '...'}".rstrip()
    tail = ", ".join(fact for fact in facts if fact)
    text = f"{head}: {tail}" if tail else head
    return f"<{text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'}>"


def counted(number: int, what: str) -> str:
    """How many there are: 1 field, 3 fields."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def property_in(value: Any, unit: str) -> str:
    """A number with its unit, or that it is a law."""
    return "a law" if callable(value) else f"{value:.4g} {unit}"


def names(found: Iterable[str]) -> str:
    """Names in a row."""
    return ", ".join(found)
