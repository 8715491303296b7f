"""What a balance law declares of each of its unknowns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from femcell.models.core.place import Place
from femcell.system import BlockMethod


@dataclass(frozen=True)
class Unknown:
    """A field of a system before it has a mesh.

    Attributes:
        name: of the field.
        unit: SI.
        on: where it lives.
        scale: a variation of it that matters; local errors are judged against it.
        row: what a residual of 1 stands for, in the unit of its equation, integrated over the mesh.
        stored: whether the storage form holds its time derivative.
        initial: its value at the start; a function of the initial temperature (K) where it depends on that.
        bounds: values outside of which it is void.
        turn: distance from the bounds within which laws become much steeper.
        shape: of a vector.
        element: shape of cells -> element, of values at points within them; left out, Lagrange's.
        uniform: one value on all of its place.
        warming: whether it is the difference from the initial temperature.
        block: name of the group of unknowns that the block preconditioner treats together; left out, its own.
        method: what suits the matrix of that block.
        group: name of the group that coupling strategies solve in turn; all without one form a group.
    """

    name: str
    unit: str
    on: Place
    scale: float
    row: float
    stored: bool = False
    initial: float | Callable[[float], float] = 0.0
    bounds: tuple[float, float] | None = None
    turn: float = 0.0
    shape: tuple[int, ...] = ()
    element: Callable[[str], Any] | None = None
    uniform: bool = False
    warming: bool = False
    block: str = ""
    method: BlockMethod = BlockMethod.MULTIGRID
    group: str = ""
