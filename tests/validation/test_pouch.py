"""A pouch with tabs and resistive collectors, in two and three dimensions."""

from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

import femcell as fc
from femcell.compiled import compiled
from femcell.geometry.generators import Tab, pouch_stack
from femcell.solvers.newton import Newton

CHEN = fc.library.chen2020()
HEIGHT = 0.1
"""m."""

FOILS = {"negative_foil": fc.library.copper(), "positive_foil": fc.library.aluminium()}
STEPS = ["Discharge at 1C for 60 seconds"]


def pouch(dim: int, better: float = 1.0, lateral: int = 4, through: int = 4) -> fc.DFN:
    """A sheet with tabs at its upper edge.

    Args:
        dim: 2 or 3.
        better: multiplies the conductivity of the collectors.
        lateral: cells along height and width.
        through: cells through each electrode.
    """
    layers = [
        ("negative_foil", 12e-6, 1),
        ("negative", CHEN.negative.thickness, through),
        ("separator", CHEN.separator_thickness, 2),
        ("positive", CHEN.positive.thickness, through),
        ("positive_foil", 16e-6, 1),
    ]
    tabs = [
        Tab("negative_foil", "negative_tab", 0.0, 0.5 * HEIGHT),
        Tab("positive_foil", "positive_tab", 0.5 * HEIGHT, HEIGHT),
    ]
    geometry = pouch_stack(
        layers, tabs, height=HEIGHT, width=HEIGHT if dim == 3 else None, cells=(lateral, lateral), comm=MPI.COMM_WORLD
    )
    foils = {name: replace(metal, conductivity=better * metal.conductivity) for name, metal in FOILS.items()}
    return fc.DFN(CHEN, fc.Resolution(radial=5), pouch=fc.Pouch(geometry, foils))


def discharge(model: fc.DFN) -> fc.Result:
    return fc.simulate(model, STEPS, progress=False)


def gap(dim: int, through: int) -> float:
    """Voltage of a sheet with perfect collectors above that of the line with the same cells, V."""
    line = discharge(fc.DFN(CHEN, fc.Resolution(through, 2, through, degree=1, radial=5)))
    sheet = discharge(pouch(dim, better=1e6, lateral=2, through=through))
    assert max(sheet.summary["worst_audit"].values()) < 1e-9
    return float(sheet.voltage[-1] - line.voltage[-1])


@pytest.mark.parametrize("dim", [2, pytest.param(3, marks=pytest.mark.mpi)])
def test_perfect_collectors_make_it_one_dimensional(dim: int) -> None:
    """Collectors a million times better; simplices sample the salt at other points than intervals, to order h^2."""
    assert abs(gap(dim, 8)) < 1e-4


def test_what_is_left_falls_with_the_square_of_the_mesh() -> None:
    assert gap(2, 4) / gap(2, 8) == pytest.approx(4.0, rel=0.1)


def test_collectors_cost_voltage_as_resistors_do() -> None:
    """Current that is uniform over the height meets R = h / (3 sigma d) per depth in each foil: 2D, tab at one edge.

    Newman and Balsara (2021), section 22: a foil that collects a uniform current density i over its height h loses
    int_0^h i y dy / (sigma d) = i h^2 / (2 sigma d) at its far end and i h^2 / (3 sigma d) in the mean that counts for
    heat and for the voltage of a cell whose reaction is uniform to first order.
    """
    real, perfect = discharge(pouch(2, lateral=16)), discharge(pouch(2, better=1e6, lateral=16))
    model = pouch(2)
    density = model.c_rate_capacity_Ah / HEIGHT  # A per m2
    lost = sum(
        density * HEIGHT**2 / (3 * FOILS[name].conductivity * thickness)
        for name, thickness in (("negative_foil", 12e-6), ("positive_foil", 16e-6))
    )
    assert perfect.voltage[-1] - real.voltage[-1] == pytest.approx(lost, rel=0.02)


def test_contacts_cost_voltage_as_resistors_do() -> None:
    """What is lost evenly along a foil, and all at once in the small face of a tab."""
    plain, foil, tab = pouch(2, lateral=4), 1e-3, 1e-8
    assert plain.pouch is not None
    held = replace(plain.pouch, positive=fc.Equipotential("positive_tab", tab))
    touching = replace(plain, pouch=held, contacts={"positive": foil, "negative": foil})
    voltages = [discharge(model).voltage[0] for model in (plain, touching)]
    lost = plain.c_rate_capacity_Ah * (2 * foil / HEIGHT + tab / 16e-6)
    assert voltages[0] - voltages[1] == pytest.approx(lost, rel=1e-2)


def integral(function: fem.Function, component: int | None = None) -> float:
    """Of a field, or of one component of a vector, over the region it lives on."""
    integrand = function if component is None else function[component]
    local = fem.assemble_scalar(compiled(integrand * ufl.dx))
    return float(function.function_space.mesh.comm.allreduce(local))


@pytest.mark.mpi
def test_currents_along_and_through() -> None:
    """Exactly the cell's current passes the separator, and its mean height in each foil is half of the foil's.

    What perfect foils collect is uniform: int_0^h i y / h dy = i h / 2, downwards in the negative foil, upwards in the
    positive one; nodes at the ends weigh unlike ones by their triangles, an error of first order. That through the
    separator is the weak balance of charge tested with the depth in it.
    """
    model = pouch(2, better=1e6, lateral=32)
    discharge(model)
    current = model.c_rate_capacity_Ah
    fields = {e.name: e for e in model.system.exports if "current" in e.name}
    for field in fields.values():
        field.refresh()
    through = fields["through_plane_current"].function
    assert integral(through) == pytest.approx(current * CHEN.separator_thickness, rel=1e-9)
    for name, sign in (("negative_foil", -1.0), ("positive_foil", 1.0)):
        along = integral(fields[f"collector_current_{name}"].function, 1)
        assert along == pytest.approx(sign * current * HEIGHT / 2, rel=1e-3)


def test_current_crowds_at_the_tabs() -> None:
    """Of foils that are fifty times worse, both tabs at the top; it rises all the way."""
    model = pouch(2, better=0.02, lateral=8)
    discharge(model)
    (field,) = (e for e in model.system.exports if e.name == "through_plane_current")
    field.refresh()
    height = field.function.function_space.tabulate_dof_coordinates()[:, 1]
    levels = np.unique(np.round(height, 9))
    means = [field.function.x.array[np.abs(height - z) < 1e-6].mean() for z in levels]
    assert len(levels) == 9
    assert (np.diff(means) > 0.0).all() and means[-1] > 1.2 * means[0]


def test_iterations_do_not_grow_with_the_mesh() -> None:
    settings = fc.SolverSettings(linear=fc.LinearSolver.ITERATIVE)
    found = []
    for lateral in (8, 32):
        summary = fc.simulate(pouch(2, lateral=lateral), STEPS, progress=False, solver=settings).summary
        found.append(summary["iterations"]["krylov"] / summary["iterations"]["newton"])
    assert np.ptp(found) < 0.25 * found[0]


def test_multigrid_of_flat_cells_stays_small() -> None:
    """Smoothed interpolation would have many times the entries of the matrix, and more on finer meshes."""
    prepared = fc.prepare(pouch(3, lateral=14, through=6), fc.SolverSettings(linear=fc.LinearSolver.ITERATIVE))
    fc.simulate(prepared, ["Discharge at 1C for 1 second"], progress=False)
    assert isinstance(prepared.newton, Newton) and prepared.newton.bordered is not None
    inner = prepared.newton.bordered.inner
    assert inner is not None
    multigrid = inner.getPC().getFieldSplitSubKSP()[0].getPC()
    matrices = [multigrid.getMGSmoother(level).getOperators()[0] for level in range(multigrid.getMGLevels())]
    entries = [matrix.getInfo()["nz_used"] for matrix in matrices]
    assert len(entries) > 1
    assert sum(entries) < 2 * max(entries)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"collectors": {}}, "neither a layer"),
        ({"positive": "nowhere"}, "surface 'nowhere' is not in mesh"),
        ({"collectors": {**FOILS, "casing": fc.library.copper()}}, "region 'casing' is not in mesh"),
    ],
)
def test_what_does_not_fit(change: dict[str, object], words: str) -> None:
    model = pouch(2)
    assert model.pouch is not None
    with pytest.raises(fc.InputError, match=words):
        _ = replace(model, pouch=replace(model.pouch, **change)).layout
