"""A ball of active material under constant flux, resolved in three dimensions, against the series solution.

J. Crank, The Mathematics of Diffusion, 2nd ed. (1975), eq. 6.45. An octant of the ball lies in an octant of a
shell of electrolyte with lithium around it; its cut faces are planes of symmetry, and one of them is the
terminal. Everything conducts far better than needed, so the flux is the same all over the surface.
"""

from pathlib import Path
from typing import Any

import gmsh
import numpy as np
import pytest
from mpi4py import MPI

import femcell as fc
from femcell.constants import FARADAY
from femcell.materials import ActiveMaterial, Electrolyte, constant
from femcell.materials import LithiumMetal as LithiumKinetics
from femcell.parallel import on_root
from tests.reference import analytic

R, SHELL = 5e-6, 6e-6
D = 1e-14
PUBLISHED = {0.01: 0.1236434, 0.1: 0.4867617}
"""D t / R^2 -> (c_s - c_0) / (J R / D), from the same series."""
RISE = 5000.0
"""mol/m3; J R / D."""

HOST = ActiveMaterial(
    name="host",
    maximum_concentration=50000.0,
    diffusivity=D,
    conductivity=1e3,
    open_circuit_potential=constant(3.7),
    exchange_current_density=constant(1.0),
    stoichiometry_full_charge=0.1,
    stoichiometry_full_discharge=0.9,
    initial_stoichiometry=0.3,
    source="chosen",
)
LIQUID = Electrolyte(name="fast", diffusivity=1e-6, conductivity=1e3, transference_number=0.5, source="chosen")
LITHIUM = LithiumKinetics(exchange_current_density=constant(1e3), source="chosen")


def _octant(path: Path, size: float) -> None:
    """Mesh of edge length `size` R, finer by half at the surface of the ball; coordinates in micrometres."""
    um = 1e6
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        occ, quarter = gmsh.model.occ, np.pi / 2
        inner = occ.addSphere(0, 0, 0, R * um, angle1=0, angle2=quarter, angle3=quarter)
        outer = occ.addSphere(0, 0, 0, SHELL * um, angle1=0, angle2=quarter, angle3=quarter)
        pieces, _ = occ.fragment([(3, outer)], [(3, inner)])
        occ.synchronize()
        volumes = sorted((tag for _, tag in pieces), key=lambda tag: gmsh.model.occ.getMass(3, tag))
        shell, ball = volumes  # the shell holds 73 % of what the ball does
        gmsh.model.addPhysicalGroup(3, [shell], name="electrolyte")
        gmsh.model.addPhysicalGroup(3, [ball], name="host")
        faces = {tag: occ.getCenterOfMass(2, tag) for _, tag in gmsh.model.getEntities(2)}
        around = [tag for tag, x in faces.items() if min(x) > 1e-6 and np.linalg.norm(x) > 0.8 * R * um]
        touching = {tag for _, tag in gmsh.model.getBoundary([(3, ball)], oriented=False)}
        shared = touching & {tag for _, tag in gmsh.model.getBoundary([(3, shell)], oriented=False)}
        outside = [tag for tag in around if tag not in shared]
        bottom = [tag for tag in touching if abs(faces[tag][2]) < 1e-6]
        gmsh.model.addPhysicalGroup(2, outside, name="lithium")
        gmsh.model.addPhysicalGroup(2, bottom, name="cut")
        gmsh.option.setNumber("Mesh.MeshSizeMax", size * R * um)
        gmsh.option.setNumber("Mesh.MeshSizeFromPoints", 0)
        field = gmsh.model.mesh.field.add("MathEval")
        away = f"Abs(Sqrt(x*x+y*y+z*z)-{R * um})/{R * um}"
        gmsh.model.mesh.field.setString(field, "F", f"{R * um * size}*(0.5+0.5*{away})")
        gmsh.model.mesh.field.setAsBackgroundMesh(field)
        gmsh.model.mesh.generate(3)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()


def _surface(folder: Path, size: float, dimensionless: float) -> float:
    """(c_s - c_0) / (J R / D) at the nodes of the surface, averaged, at T = D t / R^2."""
    path = folder / f"octant_{size}.msh"
    geometry = fc.read_msh(on_root(MPI.COMM_WORLD, lambda: _octant(path, size) or str(path)), unit="um")
    cell = fc.ResolvedCell(
        geometry,
        electrolyte=LIQUID,
        regions={"host": HOST},
        terminals={"positive": "cut", "negative": fc.LithiumMetal("lithium", LITHIUM)},
    )
    current = FARADAY * RISE * D / R * 0.5 * np.pi * R**2
    seconds = dimensionless * R**2 / D
    time = fc.TimeSettings(tolerance=1e-5, max_order=5)
    fc.simulate(cell, [f"Discharge at {current!r} A for {seconds!r} seconds"], time=time, progress=False)
    c: Any = cell.system.field("c_s_positive").function
    radius = np.linalg.norm(c.function_space.tabulate_dof_coordinates(), axis=1)
    values = c.x.array[radius > R * (1 - 1e-6)]
    # nodes of a coarse unstructured surface scatter, but no direction is preferred
    assert np.ptp(values) < 0.25 * RISE * PUBLISHED[dimensionless]
    return float((values.mean() - HOST.initial_concentration) / RISE)


@pytest.mark.parametrize("dimensionless", PUBLISHED)
def test_sphere_under_constant_flux(dimensionless: float, tmp_path: Path) -> None:
    """The error falls with the square of the mesh size, and what remains at the finer one is below 1 %."""
    exact = float(analytic.sphere_constant_flux(dimensionless)[0])
    assert exact == pytest.approx(PUBLISHED[dimensionless], abs=1e-7)
    coarse, fine = (_surface(tmp_path, size, dimensionless) / exact - 1.0 for size in (0.3, 0.15))
    print(f"relative error {coarse:.2e} and {fine:.2e} at half the mesh size")
    assert abs(fine) < 0.01
    assert abs(fine) < 0.4 * abs(coarse)
