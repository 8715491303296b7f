"""Numbers of a model's forms that can change without a new compilation, each with what it may be."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dolfinx import fem

type Check = Callable[[float], object]
"""Raises InputError for a number that the model would not have been made with."""


def anything(value: float) -> None:
    """Every finite number will do."""


def rebuilt(owner: Any, name: str) -> Check:
    """A check by the dataclass that a number is of: it is made anew with it, and says itself what is wrong."""
    return lambda value: replace(owner, **{name: value})


class Parameter(fem.Constant):
    """A constant of the forms.

    Attributes:
        check: of the values that it may be given.
    """

    def __init__(self, domain: Any, value: float, check: Check = anything) -> None:
        """A number on a mesh."""
        super().__init__(domain, float(value))
        self.check = check
