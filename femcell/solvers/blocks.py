"""What the block preconditioner does to each group of fields: its rows, and PETSc's options for it."""

import itertools

import numpy as np
import numpy.typing as npt
from dolfinx import mesh
from mpi4py import MPI
from petsc4py import PETSc

from femcell.solvers.discrete import Discrete
from femcell.system import Block, BlockMethod, System

Options = dict[str, object]

FLAT = 0.1
"""Shortest over longest edge of a cell that counts as flat."""

THIN: Options = {
    "pc_gamg_agg_nsmooths": 0,
    "pc_gamg_threshold": ",".join(6 * ["0.01"] + ["0.0"]),
    "pc_gamg_coarse_eq_limit": 5000,
    "pc_mg_cycle_type": "w",
    "mg_levels_ksp_max_it": 3,
}
"""Multigrid between flat cells. Nodes are bound a thousand times more strongly across layers than along them, and only
those across are merged on the finer levels. Smoothed interpolation would couple ever more columns meanwhile; plain
aggregates do not, and W-cycles and one more step of the smoother make up for their slower convergence."""


def splits(discrete: Discrete) -> list[tuple[str, PETSc.IS]]:
    """Named rows of every block, among those of all fields that are not scalars."""
    fields = list(zip(discrete.slices(), discrete.system.fields, strict=True))
    local = sum(s.stop - s.start for s, f in fields if not f.scalar)
    first = int(discrete.comm.scan(local) - local)
    found = []
    for block in discrete.system.blocks:
        rows = [np.arange(s.start, s.stop, dtype=PETSc.IntType) + first for s, f in fields if f.name in block.names]
        index_set = PETSc.IS().createGeneral(np.concatenate(rows), comm=discrete.comm)
        if block.near_null_space is not None:
            # A node's displacements stay together.
            index_set.setBlockSize(discrete.system.field(block.names[0]).components)
            index_set.compose("nearnullspace", _near_null_space(block.near_null_space(), discrete.comm))
        found.append((_name(block), index_set))
    return found


def is_thin(domain: mesh.Mesh) -> bool:
    """Whether most cells are flat, as in the layers of a pouch; the same on all ranks, collective."""
    corners = domain.geometry.x[domain.geometry.dofmaps[0][: domain.topology.index_map(domain.topology.dim).size_local]]
    pairs = itertools.combinations(range(corners.shape[1]), 2)
    edges = np.stack([np.linalg.norm(corners[:, a] - corners[:, b], axis=1) for a, b in pairs])
    flat = int(np.count_nonzero(edges.min(axis=0) < FLAT * edges.max(axis=0)))
    return bool(2 * domain.comm.allreduce(flat) > domain.comm.allreduce(corners.shape[0]))


def direct_options(A: PETSc.Mat, cheap: bool) -> Options:
    """PETSc's options for a factorisation; its own is quick on a small matrix (`cheap`), but does not pivot."""
    pivots = bool((A.getDiagonal().array_r != 0.0).all())
    if cheap and pivots and A.getComm().getSize() == 1:
        # A held voltage leaves no diagonal in the equation of the current.
        return {
            "ksp_type": "preonly",
            "pc_type": "lu",
            "pc_factor_mat_solver_type": "petsc",
            "pc_factor_nonzeros_along_diagonal": 1e-12,
        }
    # Pivoting between fields fills more than MUMPS reckons with, and fails.
    return {
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
        "mat_mumps_icntl_14": 100,
    }


def iterative_options(system: System) -> Options:
    """PETSc's options for FGMRES with the block preconditioner of a system."""
    chosen: Options = {
        "ksp_type": "fgmres",
        "ksp_rtol": 1e-2,
        "ksp_max_it": 200,
        "ksp_gmres_restart": 60,
        "fields_ksp_type": "fgmres",
        "fields_ksp_rtol": 1e-2,
        "fields_ksp_max_it": 30,
        "fields_pc_fieldsplit_type": "multiplicative",
    }
    thin = is_thin(system.mesh)
    for block in system.blocks:
        chosen |= {f"fields_{name}": value for name, value in options(block, thin).items()}
    return chosen


def options(block: Block, thin: bool = False) -> Options:
    """PETSc's options for one block, named as within the preconditioner of all fields; `thin`: see `is_thin`."""
    split = f"fieldsplit_{_name(block)}_"
    chosen: Options
    match block.method:
        case BlockMethod.MULTIGRID:
            chosen = multigrid("") | (THIN if thin and block.near_null_space is None else {})
        case BlockMethod.POINTWISE:  # a block for each node, without fill
            chosen = {"ksp_type": "preonly", "pc_type": "bjacobi", "sub_ksp_type": "preonly", "sub_pc_type": "ilu"}
        case BlockMethod.SEPARATING:
            context = "femcell.solvers.separating.SeparatingPC"
            chosen = {"ksp_type": "preonly", "pc_type": "python", "pc_python_type": context}
            chosen |= {"mass_ksp_type": "cg", "mass_ksp_rtol": 1e-2, "mass_pc_type": "jacobi"}
            chosen |= multigrid("flow_") | multigrid("energy_")
    return {split + name: value for name, value in chosen.items()}


def multigrid(prefix: str) -> Options:
    """Algebraic multigrid whose interpolation is kept from one matrix to the next."""
    return {
        prefix + "ksp_type": "preonly",
        prefix + "pc_type": "gamg",
        prefix + "pc_gamg_threshold": 0.01,
        prefix + "pc_gamg_reuse_interpolation": True,
        prefix + "mg_levels_ksp_type": "chebyshev",
        prefix + "mg_levels_ksp_max_it": 2,
        prefix + "mg_levels_pc_type": "sor",
    }


def _name(block: Block) -> str:
    return "_".join(block.names)


def _near_null_space(vectors: tuple[npt.NDArray[np.float64], ...], comm: MPI.Intracomm) -> PETSc.NullSpace:
    """Owned values as an orthonormal basis that multigrid takes its coarse functions from."""
    rows = np.stack(vectors)
    rows = np.linalg.solve(np.linalg.cholesky(comm.allreduce(rows @ rows.T)), rows)
    return PETSc.NullSpace().create(vectors=[PETSc.Vec().createWithArray(row, comm=comm) for row in rows], comm=comm)
