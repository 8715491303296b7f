"""Jacobian blocks of laws that are integrated by nodes: unknowns of one node alone, assembled as vectors.

With unknowns of degree 1 and the vertex rule, a law on an interface, or one in a volume that takes no derivative in
space, couples an unknown with those at its own node and with no others. Assembled as a matrix, each facet would insert
the 64 couplings of the two cells beside it, all but three of them zero, and each cell with particles of 8 radial points
1024 couplings, all but a quarter of them zero: most of the time, and half of the memory, of the Jacobian. Assembled as
a vector, the block's product with ones is the block; where a node has several columns, the products of all of them are
the components of one vector.
"""

from collections.abc import Sequence
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import cpp, fem
from petsc4py import PETSc

from femcell.parallel import together

ROUNDING = 0.25
"""How far the mean of the numbers (or squared numbers) of a row's nodes may be from that of one node."""

Indices = npt.NDArray[np.int32]


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


class NodalBlock:
    """A block that couples the components of a row's node with those of one column's node, or a scalar with any node.

    Attributes:
        place: (row, column) of the block.
    """

    def __init__(self, block: ufl.Form, place: tuple[int, int], column: ufl.Argument | None, maps: list[Any]) -> None:
        """Compile the sums of the rows or, where the test function of the columns is given, of the columns."""
        self.place, self._by_column = place, column is not None
        test, trial = block.arguments()
        rows, columns = (v.ufl_function_space() for v in (test, trial))
        if column is not None:
            self._ones = fem.Function(rows)
            sums = ufl.replace(block, {test: self._ones, trial: column})
        else:
            self._ones = fem.Function(_with_components(columns, 1))
            sums = _products(block, self._ones)
        self._components = 1 if column is not None else rows.dofmap.index_map_bs, columns.dofmap.index_map_bs
        self._form = fem.form(sums, entity_maps=maps)
        dofmap = self._form.function_spaces[0].dofmaps[0]
        nodes = dofmap.index_map.size_local + dofmap.index_map.num_ghosts
        self._sums = np.zeros(nodes * dofmap.index_map_bs)
        self._at: Indices = np.empty(0, np.int32)

    def locate(self) -> tuple[Indices, Indices]:
        """Local (rows, columns) of the entries that are not zero at the present functions.

        The mean of the partners' numbers over a row, weighted by their entries, is the number of the one partner.
        """
        numbers = np.arange(len(self._ones.x.array), dtype=np.float64)
        sums, firsts, seconds = (self._assemble(numbers**power) for power in (0, 1, 2))
        self._ones.x.array[:] = 1.0
        if not np.isfinite([sums, firsts, seconds]).all():
            raise AssertionError("a law by nodes has no value within the bounds of the fields")
        self._at = np.flatnonzero(sums).astype(np.int32)
        mean, square = firsts[self._at] / sums[self._at], seconds[self._at] / sums[self._at]
        partner = np.rint(mean)
        if (np.abs(mean - partner) > ROUNDING).any() or (np.abs(square - partner**2) > ROUNDING * (1 + partner)).any():
            raise AssertionError("an integral by nodes couples different nodes")
        there = partner.astype(np.int32)
        if self._by_column:
            return there, self._at
        n, m = self._components
        node, component = np.divmod(self._at, n * m)
        j, i = np.divmod(component, n)
        return node * n + i, there * m + j

    def values(self) -> npt.NDArray[np.float64]:
        """The entries in the order of `locate`, this rank's contributions, at the present functions."""
        return self._assemble(None)[self._at]

    def _assemble(self, ones: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
        if ones is not None:
            self._ones.x.array[:] = ones
        self._sums[:] = 0.0
        fem.assemble_vector(self._sums, self._form)
        return self._sums.copy() if ones is not None else self._sums


def _products(block: ufl.Form, q: fem.Function) -> ufl.Form:
    """Products of a block with q in one of the m components of a column's node and 0 in the others, m times n rows."""
    test, trial = block.arguments()
    n, m = (v.ufl_function_space().dofmap.index_map_bs for v in (test, trial))
    w = ufl.TestFunction(_with_components(test.ufl_function_space(), n * m))
    parts = [w] if n * m == 1 else [w[k] for k in range(n * m)]
    zero = ufl.as_ufl(0.0)
    products = [
        ufl.replace(
            block, {test: _joined(parts[j * n : (j + 1) * n]), trial: _joined([zero] * j + [q] + [zero] * (m - j - 1))}
        )
        for j in range(m)
    ]
    return sum(products[1:], products[0])


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else ufl.as_vector(parts)


def _with_components(V: fem.FunctionSpace, count: int) -> fem.FunctionSpace:
    """The space with so many components at each node, its nodes numbered as in V."""
    if V.dofmap.index_map_bs == count:
        return V
    element = basix.ufl.element("Lagrange", V.mesh.basix_cell(), 1)
    other = fem.functionspace(V.mesh, element if count == 1 else basix.ufl.blocked_element(element, shape=(count,)))
    if not np.array_equal(other.dofmap.list, V.dofmap.list):
        raise AssertionError("nodes are numbered by the number of their unknowns")
    return other


class NodalBlocks:
    """All of them, added to a matrix in one go."""

    def __init__(self, blocks: Sequence[NodalBlock], constrained: Sequence[npt.NDArray[np.bool_]]) -> None:
        """Take blocks, and per field which local unknowns a Dirichlet condition holds: they get no entries."""
        self._blocks, self._constrained = tuple(blocks), constrained

    def locate(self, spaces: Sequence[fem.FunctionSpace], numbering: PETSc.LGMap) -> None:
        """Find where the entries go, at a state where none of them vanishes."""
        maps = [(V.dofmap.index_map, V.dofmap.index_map_bs) for V in spaces]
        whole = [numbering.apply(i.indices) for i in cpp.la.petsc.create_index_sets(maps)]
        rows, columns, free = [], [], []
        with together(spaces[0].mesh.comm):
            places = [block.locate() for block in self._blocks]
        for block, (row, column) in zip(self._blocks, places, strict=True):
            i, j = block.place
            rows.append(whole[i][row])
            columns.append(whole[j][column])
            free.append(~(self._constrained[i][row] | self._constrained[j][column]))
        none = np.empty(0, PETSc.IntType)
        all_rows = np.concatenate([*rows, none])
        chosen = np.flatnonzero(np.concatenate([*free, none]))
        self._order = chosen[np.argsort(all_rows[chosen], kind="stable")]
        self._rows, counts = np.unique(all_rows[self._order], return_counts=True)
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(PETSc.IntType)
        self._columns = np.concatenate([*columns, none])[self._order]

    def add(self, A: PETSc.Mat) -> None:
        """Add the entries at the present functions; A is to be assembled after."""
        values = np.concatenate([*[block.values() for block in self._blocks], np.empty(0)])[self._order]
        A.setValuesIJV(self._starts, self._columns, values, addv=True, rowmap=self._rows)
