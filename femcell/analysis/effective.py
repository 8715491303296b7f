"""Effective conductivity, diffusivity or heat conductivity of a mesh: div(k grad u) = 0 on its cells.

The potential is that of the mean field plus w: w = 0 at two opposite ends (plates) or on all faces (potential), w the
same at opposite points (periodic), or w free where a uniform flux is forced through two ends (flux). Lagrange elements;
the flows are those of the weak form, so they balance to the tolerance of the solve whatever the mesh.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem.petsc import assemble_matrix, assemble_vector
from mpi4py import MPI
from petsc4py import PETSc

from femcell.analysis.conduction import FLOOR, Boundary, Conductivity
from femcell.compiled import compiled
from femcell.errors import InputError, SolveError
from femcell.geometry import Geometry, distribute
from femcell.parallel import check, on_root
from femcell.physics.solid import electronic_conduction

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

AXES = "xyz"
NEAR = 1e-6
"""Share of a side of the box within which nodes are one."""
TOLERANCE = 1e-9
SOLVER = {
    "ksp_type": "cg",
    "ksp_max_it": 2000,
    "pc_type": "gamg",
    "pc_gamg_threshold": 0.01,
    # Not Chebyshev, which GAMG takes by itself: its range is estimated from a random vector, which shows little more
    # than the poor phase where conductivities differ by 1e3 or more; what lies beyond it makes the cycle indefinite.
    "mg_levels_ksp_type": "richardson",
    "mg_levels_pc_type": "sor",
    # A periodic box may hold pieces that nothing ties down: the coarsest problem is solved in the least squares.
    "mg_coarse_pc_type": "redundant",
    "mg_coarse_redundant_pc_type": "svd",
}
_prefix = itertools.count()


def mesh_conductivity(
    geometry: Geometry,
    conductivities: Mapping[str, float],
    boundary: Boundary = Boundary.PLATES,
    axes: Sequence[int] = (0, 1, 2),
    degree: int = 1,
    tolerance: float = TOLERANCE,
) -> Conductivity:
    """Solve for the effective conductivity of a mesh that fills a box; collective.

    Args:
        geometry: three-dimensional mesh of a box.
        conductivities: of each region, any unit; regions that are not named insulate.
        boundary: what is held at the faces of the box. Flux enters the conducting part of each end evenly.
        axes: directions of the mean field, 0 to 2; the columns of the tensor that are wanted.
        degree: of the elements, 1 or 2.
        tolerance: of the linear solves, relative.

    Returns:
        The tensor (per area of the box, insulators included), the imbalance and the iterations of all solves.

    Raises:
        InputError: an unknown region or axis, a negative conductivity, no conducting piece that reaches from end to
            end, opposite faces that do not match (periodic).
        SolveError: the linear solver did not converge.
    """
    geometry.require_regions(conductivities, "Effective conductivity")
    values = list(conductivities.values())
    if not all(math.isfinite(k) and k >= 0 for k in values) or not any(values):
        raise InputError("Conductivities are 0 or more, finite, and not all 0.")
    if geometry.summary.dim != 3 or degree not in (1, 2) or not axes or not set(axes) <= {0, 1, 2}:
        raise InputError("Effective conductivity: give a 3D mesh, degree 1 or 2, and axes among 0, 1 and 2.")
    conducting = [name for name, k in conductivities.items() if k > 0]
    apart = boundary in (Boundary.PLATES, Boundary.FLUX)
    box = on_root(geometry.comm, lambda: _box(geometry))
    tensor, imbalance, iterations = np.full((3, 3), np.nan), 0.0, 0
    problem: _Problem | None = None
    for axis in axes:
        if problem is None or apart:
            problem = _Problem.of(
                _reached(geometry, conducting, box, axis if apart else None), conductivities, degree, box
            )
        column, lack, count = problem.solve(boundary, axis, tolerance)
        tensor[:, axis] = column
        imbalance, iterations = max(imbalance, lack), iterations + count
    whole = len(conducting) == len(geometry.regions)
    if apart and not (whole and boundary is Boundary.FLUX):
        tensor = np.where(np.eye(3, dtype=bool), tensor, np.nan)
    if boundary is Boundary.FLUX:
        full = np.isfinite(tensor).all()
        tensor = np.linalg.inv(tensor) if full else np.where(np.eye(3, dtype=bool), 1 / tensor, np.nan)
    return Conductivity(tensor, imbalance, iterations)


def _box(geometry: Geometry) -> Floats:
    """Lowest and highest coordinates of the mesh, shape (2, 3); on rank 0."""
    assert geometry.raw is not None
    return np.stack([geometry.raw.points.min(axis=0), geometry.raw.points.max(axis=0)])


def _reached(geometry: Geometry, regions: Sequence[str], box: Floats, axis: int | None) -> Geometry:
    """Without the pieces that insulators cut off: from either end of the axis, or from all faces where it is None."""
    pieces = geometry.components(regions)

    def away() -> list[int]:
        raw = geometry.raw
        assert raw is not None
        gone = []
        for number, piece in enumerate(pieces):
            x = raw.points[raw.cells[piece.cells].ravel()]
            at = np.abs(np.stack([x.min(axis=0), x.max(axis=0)]) - box) < NEAR * (box[1] - box[0])
            if not (at.any() if axis is None else at[:, axis].all()):
                gone.append(number)
        return gone

    gone = on_root(geometry.comm, away)
    if len(gone) == len(pieces):
        share = sum(geometry.summary.volumes[name] for name in regions) / sum(geometry.summary.volumes.values())
        where = "touches a face of the box" if axis is None else f"reaches from end to end along {AXES[axis]}"
        raise InputError(
            f"No piece of '{' + '.join(regions)}' ({100 * share:.2f} % of mesh '{geometry.source}') {where}."
        )
    return geometry.without(pieces[number] for number in gone) if gone else geometry


@dataclass(frozen=True, eq=False)
class _Problem:
    """The conducting part of a mesh.

    Attributes:
        V: potentials.
        A: weak form of -div(k grad u), of all unknowns.
        x: coordinates of the unknowns that this rank owns, shape (owned, 3).
        box: lowest and highest coordinates, shape (2, 3).
    """

    V: fem.FunctionSpace
    A: PETSc.Mat
    x: Floats
    box: Floats

    @classmethod
    def of(cls, geometry: Geometry, conductivities: Mapping[str, float], degree: int, box: Floats) -> "_Problem":
        """Distribute and assemble; collective."""
        domain = distribute(geometry)
        regions = [name for name, k in conductivities.items() if k > 0]
        sub = domain.submesh(regions)
        V = fem.functionspace(sub.mesh, ("Lagrange", degree))
        k = domain.cellwise({name: conductivities[name] for name in regions}, sub)
        order = degree - 1 if sub.mesh.basix_cell().name == "tetrahedron" else degree  # of the gradient
        dx = ufl.Measure("dx", domain=sub.mesh, metadata={"quadrature_degree": 2 * order})
        # Lengths in units of the box keep the matrix away from 1e-18.
        scale = fem.Constant(sub.mesh, float(1.0 / np.prod(box[1] - box[0]) ** (1 / 3)))
        u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
        A = assemble_matrix(compiled(electronic_conduction(u, v, dx, conductivity=scale * k)))
        A.assemble()
        owned = V.dofmap.index_map.size_local
        return cls(V, A, (V.tabulate_dof_coordinates()[:owned] - box[0]) / (box[1] - box[0]), box)

    def solve(self, boundary: Boundary, axis: int, tolerance: float) -> tuple[Floats, float, int]:
        """One load: a column of the tensor (of its inverse for flux), the imbalance and the iterations."""
        sides = self.box[1] - self.box[0]
        unit = float(np.prod(sides) ** (1 / 3))
        volume = float(np.prod(sides / unit))
        fields = [self._vector(self.x[:, a] * sides[a] / unit) for a in range(3)]
        if boundary is Boundary.FLUX:
            loads = [self._load(a, sides / unit) for a in range(3)]
            u, count = self._solved(self.A, loads[axis], tolerance, boundary, axis)
            lack = (self.A * u - loads[axis]).norm(PETSc.NormType.N1) / loads[axis].norm(PETSc.NormType.N1)
            return np.array([load.dot(u) for load in loads]) / volume, 2 * lack, count
        P = self._free(boundary, axis)
        drive = self.A * fields[axis]
        b = P.createVecRight()
        P.multTranspose(drive, b)
        b.scale(-1.0)
        reduced = self.A.ptap(P)
        w, count = self._solved(reduced, b, tolerance, boundary, axis)
        flows = self.A * (fields[axis] + P * w)
        rest = P.createVecRight()
        P.multTranspose(flows, rest)
        column = np.array([field.dot(flows) for field in fields]) / volume
        through = max(abs(column[axis]) * volume * unit / sides[axis], FLOOR * b.norm(PETSc.NormType.N1))
        return column, rest.norm(PETSc.NormType.N1) / through if through > 0 else 0.0, count

    def _solved(
        self, A: PETSc.Mat, b: PETSc.Vec, tolerance: float, boundary: Boundary, axis: int
    ) -> tuple[PETSc.Vec, int]:
        """Conjugate gradients with algebraic multigrid; SolveError where they do not converge."""
        comm = self.V.mesh.comm
        floating = boundary in (Boundary.PERIODIC, Boundary.FLUX)
        A.setOption(PETSc.Mat.Option.SPD, not floating)
        if floating:
            constant = PETSc.NullSpace().create(constant=True, comm=comm)
            A.setNullSpace(constant)
            constant.remove(b)
        u = b.duplicate()
        u.set(0.0)
        ksp = PETSc.KSP().create(comm)
        prefix = f"femcell_effective_{next(_prefix)}_"
        ksp.setOptionsPrefix(prefix)
        options = PETSc.Options(prefix)
        given = {**SOLVER, "ksp_rtol": tolerance}
        for name, value in given.items():
            options[name] = value
        ksp.setOperators(A)
        ksp.setFromOptions()
        ksp.solve(b, u)
        reason, count = int(ksp.getConvergedReason()), int(ksp.getIterationNumber())
        for name in given:
            options.delValue(name)
        ksp.destroy()
        mend = "take a larger tolerance, or a mesh with better cells"
        if boundary is Boundary.FLUX:
            mend = "of separate pieces, each must have as much area at one end as at the other; else take plates"
        failed = (
            f"Effective conductivity ({boundary.value}) along {AXES[axis]}: the linear solve ended after {count} "
            f"iterations with PETSc's reason {reason}; {mend}."
        )
        check(comm, SolveError(failed) if reason < 0 else None)
        return u, count

    def _vector(self, values: Floats) -> PETSc.Vec:
        vector = self.A.createVecRight()
        vector.array[:] = values
        return vector

    def _load(self, axis: int, sides: Floats) -> PETSc.Vec:
        """Test functions under the flux through both ends of an axis, one per area of the box, in units of the box."""
        mesh = self.V.mesh
        mesh.topology.create_connectivity(2, 3)
        length = self.box[1] - self.box[0]
        area = float(np.prod(sides) / sides[axis])
        total = None
        v = ufl.TestFunction(self.V)
        for sign, end in ((-1.0, 0), (1.0, 1)):
            place = self.box[end, axis]

            def here(x: Floats, place: float = place) -> Mask:
                return np.abs(x[axis] - place) < NEAR * length[axis]

            facets = np.sort(dmesh.locate_entities_boundary(mesh, 2, here))
            tags = dmesh.meshtags(mesh, 2, facets, np.ones(len(facets), dtype=np.int32))
            ds = ufl.Measure("ds", domain=mesh, subdomain_data=tags, metadata={"quadrature_degree": 2})(1)
            factor = fem.Constant(mesh, 1.0)
            covered = mesh.comm.allreduce(fem.assemble_scalar(compiled(factor * ds)), op=MPI.SUM)
            factor.value = sign * area / covered if covered > 0 else 0.0  # nothing conducts at the ends of other axes
            part = assemble_vector(compiled(factor * v * ds))
            part.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            total = part if total is None else total + part
        result = self.A.createVecRight()
        assert total is not None
        result.array[:] = total.array[:]
        return result

    def _free(self, boundary: Boundary, axis: int) -> PETSc.Mat:
        """All unknowns from those that are free: one row per unknown, with its own or its partner's column or none."""
        comm, index_map = self.V.mesh.comm, self.V.dofmap.index_map
        owned, first = len(self.x), index_map.local_range[0]
        low, high = np.abs(self.x) < NEAR, np.abs(self.x - 1.0) < NEAR
        keep = np.ones(owned, dtype=bool)
        partner = first + np.arange(owned, dtype=np.int64)
        if boundary is Boundary.PERIODIC:
            edge = np.flatnonzero((low | high).any(axis=1))
            places = np.rint(np.where(high[edge], 0.0, self.x[edge]) * 0.1 / NEAR).astype(np.int64)
            partner[edge] = self._partners(comm, places, partner[edge], high[edge].any(axis=1))
            keep = partner == first + np.arange(owned)
        elif boundary is Boundary.POTENTIAL:
            keep = ~(low | high).any(axis=1)
        else:
            keep = ~(low | high)[:, axis]
        count = int(np.count_nonzero(keep))
        offset = comm.exscan(count, op=MPI.SUM) or 0
        column = np.full(owned, -1, dtype=np.int64)
        column[keep] = offset + np.arange(count)
        tied = np.flatnonzero(partner != first + np.arange(owned))
        if boundary is Boundary.PERIODIC:
            on_edge = keep & (low | high).any(axis=1)
            numbers = np.concatenate(comm.allgather(np.column_stack([partner[on_edge], column[on_edge]])))
            numbers = numbers[np.argsort(numbers[:, 0])]
            column[tied] = numbers[np.searchsorted(numbers[:, 0], partner[tied]), 1]
        some = column >= 0
        rows = np.concatenate([[0], np.cumsum(some)]).astype(np.int32)
        csr = (rows, column[some].astype(np.int32), np.ones(int(np.count_nonzero(some))))
        size = ((owned, index_map.size_global), (count, comm.allreduce(count, op=MPI.SUM)))
        return PETSc.Mat().createAIJ(size, csr=csr, comm=comm)

    @staticmethod
    def _partners(comm: MPI.Comm, places: Ints, mine: Ints, high: Mask) -> Ints:
        """The lowest number among the unknowns at the same place modulo the box; InputError where one is alone."""
        gathered = comm.allgather((places, mine, high))
        every, numbers, above = (np.concatenate(parts) for parts in zip(*gathered, strict=True))
        _, group = np.unique(every, axis=0, return_inverse=True)
        lowest = np.full(group.max(initial=0) + 1, np.iinfo(np.int64).max)
        np.minimum.at(lowest, group, numbers)
        # Alone is what has nothing on the low side, or nothing on the high side.
        sides = np.zeros((len(lowest), 2), dtype=bool)
        sides[group, above.astype(int)] = True
        alone = np.flatnonzero(~sides.all(axis=1))
        if len(alone):
            raise InputError(
                f"Periodic conditions: {len(alone)} nodes on the faces of the box have no partner opposite; "
                "take a mesh whose opposite faces match, or other conditions."
            )
        start = sum(len(part[0]) for part in gathered[: comm.rank])
        return lowest[group[start : start + len(mine)]]
