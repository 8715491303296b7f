"""Both scales on one microstructure: numbers of a simple cubic array, and what homogenisation leaves out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import femcell as fc
from femcell.bridge import (
    LADDER,
    Bridge,
    Numerics,
    Textbook,
    averaged_cell,
    bridge,
    difference,
    measure,
    rate,
    smaller,
)
from femcell.errors import InputError
from femcell.geometry.generators import Electrode, MeshSize, Particles, particle_cell
from femcell.parallel import on_root

COLUMN = Path(__file__).resolve().parents[2] / "meshes" / "column_half_cell.msh"
UM = 1e-6
SPACING, RADIUS = 20 * UM, 10.6 * UM
CHEN = fc.library.chen2020()
COMM = fc.MPI.COMM_WORLD


def half_cell(geometry: fc.Geometry) -> fc.ResolvedCell:
    """Materials by the names of the regions."""
    return fc.ResolvedCell(
        geometry,
        electrolyte=fc.library.nyman2008(),
        regions={"separator": CHEN.separator, "nmc": CHEN.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


@pytest.fixture(scope="module")
def column() -> fc.ResolvedCell:
    """A quarter of a column of two spheres that overlap."""
    return half_cell(fc.read_msh(COLUMN, "um"))


@pytest.mark.mpi
def test_numbers_of_a_simple_cubic_array(column: fc.ResolvedCell) -> None:
    """Spheres without the six caps that their neighbours take; the flat ends at the separator are wetted, too.

    Conduction: femcell's voxel solver on an eighth of the unit cell of 144 voxels a side (porosity 0.38524), an
    independent discretisation: `effective_conductivity(image, {phase: 1.0}, Boundary.PLATES, (0,))`.
    """
    found = measure(replace(column, physics=[fc.Electrochemistry(degree=2)]))
    (electrode,) = found.electrodes
    (particles,) = electrode.particles
    cap = RADIUS - SPACING / 2
    solid = (4 / 3 * np.pi * RADIUS**3 - 6 * np.pi * cap**2 * (3 * RADIUS - cap) / 3) / SPACING**3
    area = (4 * np.pi * RADIUS**2 - 6 * 2 * np.pi * RADIUS * cap) / SPACING**3
    area += np.pi * (RADIUS**2 - (SPACING / 2) ** 2) / (2 * SPACING**3)
    print("fraction", particles.fraction / solid - 1, "area", particles.area / area - 1)
    print("pores", electrode.transport_factor / 0.24179 - 1, "at", electrode.porosity / 0.38524 - 1)
    print("solid", electrode.conductivity / electrode.bulk_conductivity / 0.32535 - 1)
    print("radius", particles.sauter_radius / RADIUS, particles.diffusion_radius / RADIUS)
    assert particles.fraction == pytest.approx(solid, rel=0.02)
    assert particles.area == pytest.approx(area, rel=0.02)
    assert electrode.porosity == pytest.approx(1 - particles.fraction, rel=1e-9)
    assert electrode.reaches_through
    # The facets of the mesh cut 1.1 % off the spheres, so that it has 1.7 % more pore than the voxels.
    by_porosity = 0.24179 * (electrode.porosity / 0.38524) ** 1.5
    assert electrode.transport_factor == pytest.approx(by_porosity, rel=0.01)
    assert electrode.conductivity / electrode.bulk_conductivity == pytest.approx(0.32535, rel=0.02)
    assert found.separator == CHEN.separator
    assert (found.separator_thickness, electrode.thickness) == pytest.approx((12 * UM, 2 * SPACING))


def two_electrodes(path: Path) -> None:
    """A sphere of graphite from foil to separator, and one of NMC that hangs on its foil alone."""
    edge = 1.4 * UM
    particle_cell(
        path,
        positive=Electrode("nmc", Particles([[0, 0, 5.5 * UM]], [5 * UM], [10 * UM] * 3)),
        negative=Electrode(
            "graphite", Particles([[0, 0, 10 * UM]], [10.6 * UM], [10 * UM, 10 * UM, 20 * UM]), "copper"
        ),
        separator=10 * UM,
        size=MeshSize(particle=2 * edge, pore=2 * edge, interface=edge, separator=3 * edge, foil=3 * edge),
    )


def test_full_cell_and_a_solid_that_does_not_lead_through(tmp_path: Path) -> None:
    """Each electrode has its own numbers, and both models the same capacity."""
    path = Path(COMM.bcast(str(tmp_path / "full.msh")))
    on_root(COMM, lambda: two_electrodes(path))
    cell = fc.ResolvedCell(
        fc.read_msh(path, "um"),
        electrolyte=fc.library.nyman2008(),
        regions={
            "separator": CHEN.separator,
            "nmc": CHEN.positive.active,
            "graphite": CHEN.negative.active,
            "copper": fc.library.copper(),
            "foil": fc.library.aluminium(),
        },
        terminals={"positive": "positive_terminal", "negative": "negative_terminal"},
    )
    found = measure(cell)
    negative, positive = found.electrodes
    assert (negative.name, positive.name) == ("negative", "positive")
    assert (negative.thickness, positive.thickness) == pytest.approx((20 * UM, 10 * UM))
    assert (negative.reaches_through, positive.reaches_through) == (True, False)
    print("hanging on the foil", positive.conductivity / positive.bulk_conductivity, positive.active_fraction)
    assert 0.0 < positive.conductivity < positive.bulk_conductivity * positive.active_fraction
    (sphere,) = positive.particles
    print("radius", sphere.sauter_radius / UM, sphere.diffusion_radius / UM)
    assert sphere.diffusion_radius == pytest.approx(5 * UM, rel=0.1)  # a twentieth of the sphere is on the foil
    model = averaged_cell(cell, found, LADDER[-1].known, Textbook())
    for electrode in model.layout.electrodes:
        assert electrode.capacity(model.cell.area) == pytest.approx(cell.capacities_Ah[electrode.name], rel=1e-9)
    assert model.cell.negative.transport_factor == negative.transport_factor
    with pytest.raises(InputError, match="does not hang together"):
        smaller(cell, ["Discharge at 1C until 3.0 V"], 3)


COARSE = fc.TimeSettings(tolerance=5e-4)
STEPS = ("Discharge at 1C for 4 minutes",)


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Bridge]:
    """One sphere across the electrode, on a coarse mesh, and three of a third of its size."""
    path = Path(COMM.bcast(str(tmp_path_factory.mktemp("bridge") / "sphere.msh")))
    spacing, radius, edge = 8 * UM, 4.24 * UM, 1.2 * UM
    sphere = Particles([[0, 0, spacing / 2]], [radius], np.array([0.5, 0.5, 1.0]) * spacing)
    size = MeshSize(particle=2 * edge, pore=1.5 * edge, interface=edge, separator=2 * edge, foil=2 * edge)
    on_root(COMM, lambda: particle_cell(path, positive=Electrode("nmc", sphere), separator=6 * UM, size=size))
    whole = half_cell(fc.read_msh(path, "um"))
    guess, numerics = Textbook(radius=radius, bruggeman=2.0), Numerics(time=COARSE, progress=False)
    cells = {times: smaller(whole, STEPS, times) for times in (1, 3)}
    return {n: bridge(c, STEPS, textbook=guess.smaller(n), numerics=numerics) for n, c in cells.items()}


def test_the_last_rung_is_nearest(bridges: dict[int, Bridge]) -> None:
    """Both models hold as much lithium; once particles have come to a steady pace, the shape helps as well."""
    for times, found in bridges.items():
        gaps = [step.difference.mean for step in found.averaged]
        print(times, [f"{1e3 * gap:.3f} mV" for gap in gaps], f"capacity {found.capacity:.1e}")
        assert found.capacity < 1e-9
    assert gaps[-1] == min(gaps)
    assert gaps[-1] < 0.5 * gaps[0]


def test_small_particles_are_what_homogenisation_assumes(bridges: dict[int, Bridge]) -> None:
    """A third of the size takes the difference down at least by the first power."""
    print("rate", rate(bridges))
    assert rate(bridges) > 1.0
    one, three = (found.found.electrodes[0] for found in bridges.values())
    assert three.thickness == pytest.approx(one.thickness)
    assert three.transport_factor == pytest.approx(one.transport_factor, rel=1e-6)
    assert three.conductivity == pytest.approx(one.conductivity, rel=1e-6)
    assert three.particles[0].diffusion_radius == pytest.approx(one.particles[0].diffusion_radius / 3, rel=0.02)


def test_differences_are_of_steps_from_where_they_begin() -> None:
    """A second step that begins later is compared from its beginning on."""
    t = np.linspace(0.0, 1.0, 41)

    def series(first: float, gap: float) -> dict[str, np.ndarray]:
        time, second = first * t, first + 2 * t
        return {
            "time_s": np.concatenate([time, second]),
            "step": np.repeat([1.0, 2.0], len(t)),
            "voltage_V": np.concatenate([4.0 - time, 3.0 + 0.1 * t + gap]),
        }

    same = difference(series(10.0, 0.0), series(10.0, 0.0))
    assert (same.mean, same.rms, same.largest, same.end) == (0.0,) * 4
    found = difference(series(10.0, 0.0), series(7.0, 0.5))
    assert found.largest == pytest.approx(0.5)
    assert found.mean == pytest.approx(0.5 * 2 / 9)
    assert found.rms == pytest.approx(0.5 * np.sqrt(2 / 9))  # of the 2 s of the second step, beside 7 s alike
    assert found.end == pytest.approx(9 / 12 - 1)


def test_what_has_no_counterpart(column: fc.ResolvedCell) -> None:
    """Refused before anything is solved."""
    for steps, times, said in (
        (["Discharge at 1 mA until 3.0 V"], 3, "give C-rates"),
        (["Discharge at 1C for 10 minutes", "Hold at 3.0 V until 1 uA"], 3, "give C-rates"),
        (["Discharge at 1C until 3.0 V"], 2, "not 2 times"),
    ):
        with pytest.raises(InputError, match=said):
            smaller(column, steps, times)
    for numbers, said in (({"porosity": 1.0}, "porosity"), ({"radius": 0.0}, "radius"), ({"bruggeman": -1.0}, "Brugg")):
        with pytest.raises(InputError, match=said):
            Textbook(**numbers)
