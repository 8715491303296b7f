"""Jacobian blocks of laws that are integrated by nodes: unknowns of one node alone, assembled as vectors.

With unknowns of degree 1 and the vertex rule, a law on an interface, or one in a volume that takes no derivative in
space, couples an unknown with those at its own node and with no others. Assembled as a matrix, each facet would insert
the 64 couplings of the two cells beside it, all but three of them zero, and each cell with particles of 8 radial points
1024 couplings, all but a quarter of them zero: most of the time, and half of the memory, of the Jacobian. Assembled as
a vector, the block's product with ones is the block; where a node has several unknowns, there is a component for each
pair of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import basix
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from femcell.compiled import compiled
from femcell.parallel import together
from femcell.solvers.stacked import Alike, order

ROUNDING = 0.25
"""How far the mean of the numbers (or squared numbers) of a row's nodes may be from that of one node."""

Indices = npt.NDArray[np.integer]
Component = tuple[tuple[int, int], int]
"""(row, column) of a block, and which pair of the unknowns of a node: column by column."""


def split(block: ufl.Form) -> tuple[ufl.Form, ufl.Form]:
    """A block's integrals in general, and those by nodes; over cells, only where there are no others.

    What is inserted into a matrix cell by cell takes other integrals over the cells along.
    """
    integrals: dict[bool, list[ufl.Integral]] = {False: [], True: []}
    for i in block.integrals():
        integrals[_by_nodes(i)].append(i)
    if integrals[False]:
        integrals[False] += [i for i in integrals[True] if i.integral_type() == "cell"]
        integrals[True] = [i for i in integrals[True] if i.integral_type() != "cell"]
    return ufl.Form(integrals[False]), ufl.Form(integrals[True])


def _by_nodes(integral: ufl.Integral) -> bool:
    """Whether it couples the unknowns of each node alone."""
    if integral.metadata().get("quadrature_rule") != "vertex":
        return False
    if integral.integral_type() not in ("cell", "interior_facet"):
        return False
    slopes = ufl.algorithms.extract_type(integral.integrand(), ufl.classes.Grad)
    return not any(ufl.algorithms.extract_arguments(slope) for slope in slopes)


@dataclass(frozen=True, eq=False)
class Nodes:
    """The nodes of a space.

    Attributes:
        space: of one scalar for each of them.
        order: number in the whole space of each node of `space`; None where they are numbered alike.
    """

    space: fem.FunctionSpace
    order: Indices | None = None

    @classmethod
    def of(cls, V: fem.FunctionSpace) -> "Nodes | None":
        """Of the unknowns of a space; a global scalar is a node, several of them or values at points are none."""
        if V.dofmap.index_map_bs == 1:
            return cls(V)
        element = V.ufl_element().sub_elements[0]
        if element.element_family != basix.ElementFamily.P:
            return None
        one = fem.functionspace(V.mesh, element)
        return cls(one, order(one, V))

    @cached_property
    def ones(self) -> fem.Function:
        """A function of one scalar for each node, to multiply blocks with."""
        return fem.Function(self.space)

    def numbers(self, nodes: Indices) -> Indices:
        """In the whole space, of nodes of `space`."""
        return nodes if self.order is None else self.order[nodes]


@dataclass(frozen=True, eq=False)
class NodalBlock:
    """A block that couples the unknowns of a row's node with those of one column's node, or a scalar with any node.

    Attributes:
        place: (row, column) of the block.
        block: its form, of integrals by nodes only.
        column: test function of the columns where the row is one scalar, whose sums are those of the columns.
        sources: nodes of the columns (the scalar itself, by column).
        targets: nodes of what is summed.
    """

    place: tuple[int, int]
    block: ufl.Form
    column: ufl.Argument | None
    sources: Nodes
    targets: Nodes

    @property
    def sizes(self) -> tuple[int, int]:
        """Unknowns of a node in the rows, and in the columns; by column each is a node."""
        if self.column is not None:
            return 1, 1
        n, m = (v.ufl_function_space().dofmap.index_map_bs for v in self.block.arguments())
        return n, m

    @property
    def keys(self) -> list[Component]:
        """Of the vectors that are its entries."""
        n, m = self.sizes
        return [(self.place, k) for k in range(n * m)]

    def products(self, parts: Mapping[Component, Any]) -> ufl.Form:
        """The block times ones in one of the unknowns of a column's node and 0 in the others, tested by `parts`."""
        test, trial = self.block.arguments()
        (n, m), tests, zero = self.sizes, [parts[key] for key in self.keys], ufl.as_ufl(0.0)
        if self.column is not None:
            return ufl.replace(self.block, {test: self.sources.ones, trial: tests[0]})
        found = ufl.Form([])
        for j in range(m):
            inner = _joined([zero] * j + [self.sources.ones] + [zero] * (m - j - 1))
            found += ufl.replace(self.block, {test: _joined(tests[j * n : (j + 1) * n]), trial: inner})
        return found

    def entries(self, component: int, at: Indices, partner: Indices) -> tuple[Indices, Indices]:
        """Local rows and columns of the entries of a component from their nodes."""
        at, partner = self.targets.numbers(at), self.sources.numbers(partner)
        if self.column is not None:
            return partner, at
        n, m = self.sizes
        j, i = divmod(component, n)
        return at * n + i, partner * m + j


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else ufl.as_vector(parts)


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
        self._functions = list({id(b.sources): b.sources.ones for b in blocks}.values())
        self._groups: list[tuple[Alike[Component], fem.Form, npt.NDArray[np.float64]]] = []
        for group in Alike.groups({key: b.targets.space for b in blocks for key in b.keys}):
            parts = group.components(ufl.TestFunction(group.space))
            whole = sum((b.products(parts) for b in blocks if b.keys[0] in parts), ufl.Form([]))
            self._groups.append((group, compiled(whole, maps), np.zeros(group.size)))
        self._at: dict[Component, Indices] = {}
        self._free: Indices = np.empty(0, np.int32)

    def locate(
        self, comm: MPI.Intracomm, numbers: Sequence[Indices], states: Callable[[], Iterator[None]]
    ) -> tuple[Indices, Indices]:
        """Where the entries go, found at states at one of which each of them is not zero; collective.

        The mean of the partners' numbers over a row, weighted by their entries, is the number of the one partner.

        Args:
            comm: of the mesh.
            numbers: global row of every local unknown, ghosts among them, of each field.
            states: brings the functions to one state after the other, and back.

        Returns:
            Global rows and columns of this rank's entries.
        """
        found = [[self._multiplied(power) for power in (0, 1, 2)] for _ in states()]
        self._multiplied(0)
        rows, columns, free = [], [], []
        with together(comm):
            for block in self._blocks:
                for key in block.keys:
                    at, partner = together_at([one_partner(*[sums[key] for sums in powers]) for powers in found])
                    self._at[key] = at
                    (i, j), (row, column) = block.place, block.entries(key[1], at, partner)
                    rows.append(numbers[i][row])
                    columns.append(numbers[j][column])
                    free.append(~(self._constrained[i][row] | self._constrained[j][column]))
        none = np.empty(0, np.int32)
        self._free = np.flatnonzero(np.concatenate([*free, none]))
        return np.concatenate([*rows, none])[self._free], np.concatenate([*columns, none])[self._free]

    def _multiplied(self, power: int) -> dict[Component, npt.NDArray[np.float64]]:
        """Products of the blocks with a power of the nodes' local numbers."""
        for ones in self._functions:
            ones.x.array[:] = np.arange(len(ones.x.array), dtype=np.float64) ** power
        return {key: values.copy() for key, values in self._assembled().items()}

    def _assembled(self) -> dict[Component, npt.NDArray[np.float64]]:
        found: dict[Component, npt.NDArray[np.float64]] = {}
        for group, form, values in self._groups:
            values[:] = 0.0
            fem.assemble_vector(values, form)
            found.update(group.split(values))
        return found

    def values(self) -> npt.NDArray[np.float64]:
        """The entries at the present functions, as they were located."""
        found = self._assembled()
        return np.concatenate([*[found[key][at] for key, at in self._at.items()], np.empty(0)])[self._free]


def together_at(found: Sequence[tuple[Indices, Indices]]) -> tuple[Indices, Indices]:
    """The rows that have an entry at any of some states, and the number of its column."""
    rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    at, first = np.unique(rows, return_index=True)
    return at, columns[first]


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
        raise AssertionError("a law by nodes has no value within the bounds of the fields")
    at = np.flatnonzero(sums).astype(np.int32)
    mean, square = firsts[at] / sums[at], seconds[at] / sums[at]
    partner = np.rint(mean)
    if (np.abs(mean - partner) > ROUNDING).any() or (np.abs(square - partner**2) > ROUNDING * (1 + partner)).any():
        raise AssertionError("an integral by nodes couples different nodes")
    return at, partner.astype(np.int32)
