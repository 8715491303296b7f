"""Jacobian blocks of interfaces that are integrated by their nodes: one entry a row, assembled as vectors.

With unknowns of degree 1 and the vertex rule, a law on an interface couples an unknown with those at its own node
and with no others. Assembled as a matrix, each facet would insert the 64 couplings of the two cells beside it, all
but three of them zero: most of the time, and half of the memory, of the Jacobian of a resolved cell. Assembled as a
vector, the block's product with ones is the block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from femcell.parallel import together
from femcell.solvers.stacked import Stack

ROUNDING = 0.25
"""How far the mean of the numbers (or squared numbers) of a row's nodes may be from that of one node."""

Indices = npt.NDArray[np.integer]


def split(block: ufl.Form) -> tuple[ufl.Form, ufl.Form]:
    """A block's integrals in general, and those over interfaces by nodes."""
    integrals: dict[bool, list[ufl.Integral]] = {False: [], True: []}
    for i in block.integrals():
        nodal = i.integral_type() == "interior_facet" and i.metadata().get("quadrature_rule") == "vertex"
        integrals[nodal].append(i)
    return ufl.Form(integrals[False]), ufl.Form(integrals[True])


@dataclass(frozen=True, eq=False)
class NodalBlock:
    """A block each row of which has at most one entry or, where the row is one scalar, each column.

    Attributes:
        place: (row, column) of the block.
        by_column: whether `sums` are those of the columns.
        ones: function of the trial space (of the test space, by column) that the block is multiplied with.
        sums: the product, a linear form.
    """

    place: tuple[int, int]
    by_column: bool
    ones: fem.Function
    sums: ufl.Form

    @classmethod
    def build(
        cls, block: ufl.Form, place: tuple[int, int], column: ufl.Argument | None, ones: Sequence[fem.Function]
    ) -> "NodalBlock":
        """Of a bilinear form; `column` is the test function of the columns, where these are summed.

        Args:
            block: integrals by nodes only.
            place: of the block.
            column: see above.
            ones: a function of each field's space, shared by all blocks.
        """
        test, trial = block.arguments()
        if column is None:
            return cls(place, False, ones[place[1]], ufl.replace(block, {trial: ones[place[1]]}))
        return cls(place, True, ones[place[0]], ufl.replace(block, {test: ones[place[0]], trial: column}))


class NodalBlocks:
    """All of them."""

    def __init__(
        self, blocks: Sequence[NodalBlock], constrained: Sequence[npt.NDArray[np.bool_]], maps: Sequence[Any]
    ) -> None:
        """Compile blocks; collective.

        Args:
            blocks: all of the Jacobian.
            constrained: which local unknowns of each field a Dirichlet condition holds: they get no entries.
            maps: entity maps of the forms.
        """
        self._blocks, self._constrained = tuple(blocks), constrained
        self._functions = list({id(b.ones): b.ones for b in blocks}.values())
        self._stack = Stack({b.place: b.sums for b in blocks}, maps)
        self._at: dict[tuple[int, int], Indices] = {}
        self._free: Indices = np.empty(0, np.int32)

    def locate(self, comm: MPI.Intracomm, numbers: Sequence[Indices]) -> tuple[Indices, Indices]:
        """Where the entries go, found at a state where none of them vanishes; collective.

        The mean of the partners' numbers over a row, weighted by their entries, is the number of the one partner.

        Args:
            comm: of the mesh.
            numbers: global row of every local unknown, ghosts among them, of each field.

        Returns:
            Global rows and columns of this rank's entries.
        """
        powers = [self._multiplied(power) for power in (0, 1, 2)]
        self._multiplied(0)
        rows, columns, free = [], [], []
        with together(comm):
            for block in self._blocks:
                at, partner = one_partner(*[sums[block.place] for sums in powers])
                self._at[block.place] = at
                (i, j), (row, column) = block.place, (partner, at) if block.by_column else (at, partner)
                rows.append(numbers[i][row])
                columns.append(numbers[j][column])
                free.append(~(self._constrained[i][row] | self._constrained[j][column]))
        none = np.empty(0, np.int32)
        self._free = np.flatnonzero(np.concatenate([*free, none]))
        return np.concatenate([*rows, none])[self._free], np.concatenate([*columns, none])[self._free]

    def _multiplied(self, power: int) -> dict[tuple[int, int], npt.NDArray[np.float64]]:
        """Products of the blocks with a power of the unknowns' local numbers."""
        for ones in self._functions:
            ones.x.array[:] = np.arange(len(ones.x.array), dtype=np.float64) ** power
        return {place: values.copy() for place, values in self._stack.assemble().items()}

    def values(self) -> npt.NDArray[np.float64]:
        """The entries at the present functions, as they were located."""
        found = self._stack.assemble()
        return np.concatenate([*[found[b.place][self._at[b.place]] for b in self._blocks], np.empty(0)])[self._free]


def one_partner(
    sums: npt.NDArray[np.float64], firsts: npt.NDArray[np.float64], seconds: npt.NDArray[np.float64]
) -> tuple[Indices, Indices]:
    """Which rows have an entry, and the number of its column.

    Args:
        sums: of each row.
        firsts: of the entries times the numbers of their columns.
        seconds: of the entries times the squares of these.

    Raises:
        AssertionError: where a row has no value, or more than one partner.
    """
    if not np.isfinite([sums, firsts, seconds]).all():
        raise AssertionError("a law on an interface has no value within the bounds of the fields")
    at = np.flatnonzero(sums).astype(np.int32)
    mean, square = firsts[at] / sums[at], seconds[at] / sums[at]
    partner = np.rint(mean)
    if (np.abs(mean - partner) > ROUNDING).any() or (np.abs(square - partner**2) > ROUNDING * (1 + partner)).any():
        raise AssertionError("an integral by nodes couples different nodes")
    return at, partner.astype(np.int32)
