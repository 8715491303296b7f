"""Forms on spaces that are alike, assembled as one: what they have in common is computed once.

The balances of salt and charge share the electrolyte and its laws, all balances the reaction on the interface, and so
do the columns of their derivatives. As rows of one vector-valued form they share the kernel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import basix
import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from femcell.compiled import compiled

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Alike[Key]:
    """Spaces of one element on one mesh, side by side as the components of one space.

    Attributes:
        keys: of the spaces.
        space: of all of them; the space itself where there is only one.
        orders: node of `space` at which each unknown of each space is kept; None where they are numbered alike.
    """

    keys: tuple[Key, ...]
    space: fem.FunctionSpace
    orders: tuple[npt.NDArray[np.int32] | None, ...]

    @classmethod
    def groups(cls, spaces: Mapping[Key, fem.FunctionSpace]) -> "list[Alike[Key]]":
        """Put those together that can be: Lagrange elements of scalars."""
        found: dict[Any, list[Key]] = {}
        for key, V in spaces.items():
            scalar = V.dofmap.index_map_bs == 1 and V.ufl_element().element_family == basix.ElementFamily.P
            found.setdefault((id(V.mesh), V.ufl_element()) if scalar else (key,), []).append(key)
        return [cls.side_by_side({key: spaces[key] for key in keys}) for keys in found.values()]

    @classmethod
    def side_by_side(cls, spaces: Mapping[Key, fem.FunctionSpace]) -> "Alike[Key]":
        """Of spaces that are known to be alike."""
        first = next(iter(spaces.values()))
        if len(spaces) == 1:
            return cls(tuple(spaces), first, (None,))
        whole = fem.functionspace(first.mesh, basix.ufl.blocked_element(first.ufl_element(), shape=(len(spaces),)))
        return cls(tuple(spaces), whole, tuple(order(V, whole) for V in spaces.values()))

    @property
    def size(self) -> int:
        """Unknowns of this rank, ghosts among them, in the space of all."""
        dofmap = self.space.dofmap
        return int((dofmap.index_map.size_local + dofmap.index_map.num_ghosts) * dofmap.index_map_bs)

    def components(self, argument: ufl.Argument) -> dict[Key, Any]:
        """Of an argument of the space of all, by the key of the space that each stands for."""
        return {k: argument[i] if len(self.keys) > 1 else argument for i, k in enumerate(self.keys)}

    def split(self, values: npt.NDArray[Any]) -> dict[Key, npt.NDArray[Any]]:
        """Values of the space of all by space."""
        if len(self.keys) == 1:
            return {self.keys[0]: values}
        parts = values.reshape(-1, len(self.keys)).T
        return {k: v if o is None else v[o] for k, v, o in zip(self.keys, parts, self.orders, strict=True)}

    def join(self, values: Mapping[Key, npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Values of the space of all from those of the spaces."""
        if len(self.keys) == 1:
            return values[self.keys[0]]
        first = values[self.keys[0]]
        parts = np.empty((len(first), len(self.keys)), dtype=first.dtype)
        for i, (key, order) in enumerate(zip(self.keys, self.orders, strict=True)):
            parts[slice(None) if order is None else order, i] = values[key]
        return parts.ravel()


def order(V: fem.FunctionSpace, whole: fem.FunctionSpace) -> npt.NDArray[np.int32] | None:
    """Node of a blocked space for each unknown of the space of its parts; None where they are numbered alike."""
    mine, other = V.dofmap.list, whole.dofmap.list
    if np.array_equal(mine, other):
        return None
    found = np.zeros(V.dofmap.index_map.size_local + V.dofmap.index_map.num_ghosts, dtype=np.int32)
    found[mine.ravel()] = other.ravel()
    return found


class Stack[Key]:
    """Linear forms by some key, assembled group by group."""

    def __init__(self, forms: Mapping[Key, ufl.Form], maps: Sequence[Any]) -> None:
        """Compile them; collective.

        Args:
            forms: with one argument each.
            maps: entity maps of the forms.
        """
        self._groups: list[tuple[Alike[Key], fem.Form, Floats]] = []
        for group in Alike.groups({key: f.arguments()[0].ufl_function_space() for key, f in forms.items()}):
            parts = group.components(ufl.TestFunction(group.space))
            whole = sum((ufl.replace(forms[k], {forms[k].arguments()[0]: v}) for k, v in parts.items()), ufl.Form([]))
            self._groups.append((group, compiled(whole, maps), np.zeros(group.size)))

    def assemble(self) -> dict[Key, Floats]:
        """Their values at the present functions, ghosts last, not summed over the ranks; valid until the next call."""
        found: dict[Key, Floats] = {}
        for group, form, values in self._groups:
            values[:] = 0.0
            fem.assemble_vector(values, form)
            found.update(group.split(values))
        return found


def bilinear[Key](
    forms: Mapping[tuple[Key, Key], ufl.Form], spaces: Mapping[Key, fem.FunctionSpace], maps: Sequence[Any]
) -> list[tuple[Alike[Key], Alike[Key], fem.Form]]:
    """Compile the blocks of a matrix, by (row, column), so that alike rows and columns share a form; collective."""
    groups = Alike.groups(spaces)
    found = []
    for one in groups:
        tests = one.components(ufl.TestFunction(one.space))
        for other in groups:
            trials = other.components(ufl.TrialFunction(other.space))
            whole = ufl.Form([])
            for (i, j), form in forms.items():
                if i in tests and j in trials:
                    test, trial = form.arguments()
                    whole += ufl.replace(form, {test: tests[i], trial: trials[j]})
            if not whole.empty():
                found.append((one, other, compiled(whole, maps)))
    return found
