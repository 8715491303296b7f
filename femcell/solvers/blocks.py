"""What the block preconditioner does to each group of fields: its rows, and PETSc's options for it."""

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

from femcell.solvers.discrete import Discrete
from femcell.system import Block, BlockMethod

Options = dict[str, object]


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


def options(block: Block) -> Options:
    """PETSc's options for one block, named as within the preconditioner of all fields."""
    split = f"fieldsplit_{_name(block)}_"
    chosen: Options
    match block.method:
        case BlockMethod.MULTIGRID:
            chosen = multigrid("")
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
