"""Multigrid for elasticity: iterations from 30,000 to 1,000,000 displacements, with and without rigid-body motions.

A cube of a swelling solid, clamped at one face; its lithium rises along a diagonal. One Newton step is solved to a
relative residual of 1e-8 by FGMRES with algebraic multigrid as the models set it up (`rigid_block`).

    python benchmarks/elastic.py [unknowns ...]        mpirun -n 2 python benchmarks/elastic.py 30000 200000
"""

import argparse
import time
from dataclasses import replace

import basix.ufl
import numpy as np
import ufl
from mpi4py import MPI

from dolfinx import fem, mesh  # isort: skip

from femcell.materials.mechanical import Isotropic, PartialMolarVolume
from femcell.models.mechanics.supports import rigid_block
from femcell.physics import elasticity
from femcell.physics.kinematics import Symmetry, displacement_gradient
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import LinearSolver, SolverSettings
from femcell.system import Field, System

E, NU, OMEGA, C, L = 199e9, 0.25, 1.23e-6, 3e4, 1e-5
"""Of the library's NMC; concentration (mol/m3) and edge (m) of the cube."""

GROWTH = 1.25
"""Of the iterations from the first size to the last that counts as mesh independent."""


def cube(unknowns: int) -> System:
    """About that many displacements of degree 1 on Kuhn's tetrahedra."""
    n = round((unknowns / 3) ** (1 / 3)) - 1
    domain = mesh.create_box(MPI.COMM_WORLD, [np.zeros(3), np.full(3, L)], (n, n, n))
    V = fem.functionspace(domain, basix.ufl.element("Lagrange", "tetrahedron", 1, shape=(3,)))
    (v,) = ufl.TestFunctions(ufl.MixedFunctionSpace(V))
    v = fem.Constant(domain, 1 / (E * OMEGA * C / 3 * L**2)) * v
    u, x = fem.Function(V, name="u"), ufl.SpatialCoordinate(domain)
    swelling = PartialMolarVolume(omega=OMEGA)
    solid = Isotropic(youngs_modulus=E, poissons_ratio=NU)

    def plain(name: str, value: float) -> fem.Constant:
        return fem.Constant(domain, value)

    energy = elasticity.small_strain_energy(
        lambda c: solid.voigt(c, plain), lambda c: swelling.eigenstrain(c, 0.0, plain), solid.orientation, Symmetry.NONE
    )
    c = fem.Constant(domain, C / (3 * L)) * (x[0] + x[1] + x[2])
    stress = elasticity.respond(energy, c, displacement_gradient(u, x, Symmetry.NONE)).stress
    dx = ufl.Measure("dx", domain=domain, metadata={"quadrature_degree": 2})
    form = elasticity.virtual_work(stress, displacement_gradient(v, x, Symmetry.NONE), 1.0, dx)
    dofs = fem.locate_dofs_geometrical(V, lambda x: x[0] < 1e-6 * L)
    return System(
        domain,
        (Field("u", "m", u, v, OMEGA * C / 3 * L),),
        fem.Constant(domain, 0.0) * ufl.inner(u, v) * dx,
        form,
        (fem.dirichletbc(np.zeros(3), dofs, V),),
        blocks=(rigid_block("u", u, Symmetry.NONE),),
    )


def iterations(system: System) -> tuple[int, float]:
    """Of one solve, and its seconds with the set-up of multigrid."""
    petsc = {"ksp_rtol": 1e-8, "fields_ksp_rtol": 1e-8}
    settings = SolverSettings(LinearSolver.ITERATIVE, residual_tolerance=1e-5, petsc=petsc)
    discrete = Discrete(system, Clock())
    newton = Newton(discrete, settings)
    nothing = np.zeros(discrete.offsets[-1])
    begun = time.monotonic()
    report = newton.solve(1.0, nothing, nothing)
    seconds = time.monotonic() - begun
    newton.release()
    if report.iterations != 1:
        raise SystemExit(f"a linear problem took {report.iterations} Newton iterations")
    return report.krylov, seconds


def main() -> int:
    """Print the table; 1 where the iterations grow by more than GROWTH."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unknowns", type=int, nargs="*", default=[30_000, 200_000, 1_000_000])
    root = MPI.COMM_WORLD.rank == 0
    found = []
    if root:
        print(f"{'unknowns':>10} {'iterations':>11} {'without rigid motions':>22} {'seconds':>9}")
    for unknowns in parser.parse_args().unknowns:
        system = cube(unknowns)
        with_them, seconds = iterations(system)
        bare = replace(system, blocks=(replace(system.blocks[0], near_null_space=None),))
        system.field("u").function.x.array[:] = 0.0
        without = iterations(bare)[0] if unknowns < 500_000 else None
        found.append(with_them)
        if root:
            print(f"{system.size():>10} {with_them:>11} {without or '-':>22} {seconds:>9.1f}", flush=True)
    return 0 if max(found) <= GROWTH * found[0] else 1


if __name__ == "__main__":
    raise SystemExit(main())
