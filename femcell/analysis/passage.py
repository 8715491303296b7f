"""Mean first-passage times: how long what is everywhere in some regions takes to diffuse out of them.

    -div(D grad T) = 1,  T = 0 at the exits, no flux through all other walls

T(x) is the mean time until a random walker that starts at x first reaches an exit. Its volume average is the time by
which concentration lags behind its surface in quasi-steady intercalation: with dc/dt the same everywhere and one
concentration at the surface, mean(c) - c_surface = -mean(T) dc/dt. It is R^2 / (15 D) in a sphere whose surface is the
exit, and L^2 / (3 D) in a slab with one open end.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem
from mpi4py import MPI

from femcell.compiled import compiled
from femcell.errors import InputError, SolveError
from femcell.geometry import Geometry, distribute
from femcell.parallel import check
from femcell.physics.solid import electronic_conduction

TOLERANCE = 1e-10
_prefix = itertools.count()


def mean_passage_time(
    geometry: Geometry, diffusivities: Mapping[str, float], exits: Sequence[str], degree: int = 1
) -> float:
    """Solve for the mean first-passage time; collective.

    Args:
        geometry: mesh with the regions and their neighbours.
        diffusivities: of the regions, m2/s, above 0.
        exits: neighbouring regions, into which one leaves, or surfaces of the mesh.
        degree: of the Lagrange elements.

    Returns:
        The volume average of T, s.

    Raises:
        InputError: an unknown name, a diffusivity that is not positive, or no exit.
        SolveError: the linear solver did not converge, as where a piece has no exit.
    """
    surfaces = [name for name in exits if name in geometry.surfaces]
    beyond = [name for name in exits if name not in surfaces]
    names = list(diffusivities)
    geometry.require_regions([*names, *beyond], "First passage")
    if not names or not all(math.isfinite(D) and D > 0 for D in diffusivities.values()):
        raise InputError("First passage: give at least one region, with a finite diffusivity above 0.")
    domain = distribute(geometry)
    comm, sub = domain.comm, domain.submesh(names)
    V = fem.functionspace(sub.mesh, ("Lagrange", degree))
    facets = [domain.sub_facets(sub, name) for name in surfaces] + [domain.sub_interface(sub, names, beyond)]
    dofs = fem.locate_dofs_topological(V, domain.dim - 1, np.unique(np.concatenate(facets)), remote=True)
    if comm.allreduce(len(dofs), op=MPI.SUM) == 0:
        raise InputError(f"First passage: '{' + '.join(names)}' has no facet at {', '.join(exits) or 'any exit'}.")
    largest = max(diffusivities.values())
    D = domain.cellwise({name: value / largest for name, value in diffusivities.items()}, sub)
    # In units of a length of the mesh, which keeps the matrix away from 1e-18.
    volume = sum(geometry.summary.volumes[name] for name in names)
    unit = volume ** (1 / domain.dim)
    T, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    dx = ufl.Measure("dx", domain=sub.mesh, metadata={"quadrature_degree": 2 * degree})
    stiffness, source = (fem.Constant(sub.mesh, unit ** (power - domain.dim)) for power in (2.0, 0.0))
    options = {"ksp_type": "cg", "pc_type": "gamg", "pc_gamg_threshold": 0.01, "ksp_rtol": TOLERANCE, "ksp_max_it": 500}
    time = fem.Function(V)
    problem = LinearProblem(
        compiled(electronic_conduction(T, v, dx, conductivity=stiffness * D)),
        compiled(source * v * dx),
        u=time,
        bcs=[fem.dirichletbc(np.float64(0.0), dofs, V)],
        petsc_options_prefix=f"femcell_passage_{next(_prefix)}_",
        petsc_options=options,
    )
    problem.solve()
    reason = int(problem.solver.getConvergedReason())
    words = f"First passage in '{' + '.join(names)}': the linear solve ended with {reason}; has every piece an exit?"
    check(comm, SolveError(words) if reason < 0 else None)
    total = comm.allreduce(fem.assemble_scalar(compiled(source * time * dx)), op=MPI.SUM)
    return float(total * unit**domain.dim / volume * unit**2 / largest)
