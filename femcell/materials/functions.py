"""Properties as files of parameters hold them: numbers, formulas and tables; and the ranges that they must serve."""

import math
from dataclasses import dataclass

import numpy as np

from femcell.errors import InputError
from femcell.materials.formulas import Formula, kept
from femcell.materials.kinetics import STOICHIOMETRY_FLOOR
from femcell.materials.laws import CONCENTRATION_FLOOR, Expression, Law, apply
from femcell.materials.tables import Table

type Function = float | Formula | Table

LATTICE = (STOICHIOMETRY_FLOOR, 1 - STOICHIOMETRY_FLOOR)
"""Where formulas of the stoichiometry that leave the reals outside are evaluated."""

SALT = (CONCENTRATION_FLOOR, math.inf)
"""mol/m3; where functions of the salt concentration are evaluated."""

SALT_CHECKED = (0.5, 1.5)
"""The salt concentrations, over the initial one, at which the properties of the electrolyte must be above zero."""


@dataclass(frozen=True)
class NamedLaw:
    """A law that takes its arguments in the order of its property, and hands them by name to a formula or a table.

    Attributes:
        function: the formula or the table.
        takes: names of its arguments.
        arguments: names of what the law is called with; of a solid, x = c_s / c_max may be taken as well.
        maximum_concentration: c_max of a solid, mol/m3.
    """

    function: Formula | Table
    takes: tuple[str, ...]
    arguments: tuple[str, ...]
    maximum_concentration: float

    def __call__(self, *values: Expression) -> Expression:
        """The property in its SI unit; salt is not taken below `laws.CONCENTRATION_FLOOR`."""
        names = dict(zip(self.arguments, values, strict=True))
        if "c_s" in names:
            names["x"] = names["c_s"] / self.maximum_concentration
        if "c_e" in names:
            names["c_e"] = kept(names["c_e"], SALT)
        return self.function(*(names[name] for name in self.takes))


def require_range(
    place: str, function: Function | Law, argument: str, points: np.ndarray, positive: bool = True
) -> None:
    """The function must be finite, and above zero if `positive`, at the points.

    Raises:
        InputError: it is not; `place` and `argument` name the function and what it is of.
    """
    for x in points.tolist():
        value = apply(function, x)
        if not np.isfinite(value) or (positive and value <= 0):
            wanted = "above 0" if positive else "finite"
            raise InputError(
                f"{place} is {value:g} at {argument} = {x:g}, but must be {wanted} from {points[0]:g} to "
                f"{points[-1]:g}; mend the function or these limits."
            )
