"""What cannot be a cell is said before the solve, in one sentence that names the place and the mend."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials import library
from femcell.models.layout import Islands, Layout, Material, lay_out
from femcell.models.terminals import Equipotential, LithiumMetal, Terminal

CHEN = library.chen2020()
MATERIALS: Mapping[str, Material] = {
    "separator": CHEN.separator,
    "nmc": CHEN.positive.active,
    "nmc2": CHEN.positive.active,
    "graphite": CHEN.negative.active,
    "foil": library.aluminium(),
    "copper": library.copper(),
}
LAYER = 2e-6
Layers = Callable[..., Geometry]
FOIL, LITHIUM = Equipotential("foil_top"), LithiumMetal("lithium")


def cell(
    geometry: Geometry,
    positive: Terminal = FOIL,
    negative: Terminal | LithiumMetal = LITHIUM,
    islands: Islands = Islands.ERROR,
    contacts: Mapping[tuple[str, str], float] | None = None,
    accept: tuple[str, ...] = (),
    **changes: Material | None,
) -> Layout:
    """The geometry with the material that each region's name stands for."""
    regions = {name: MATERIALS[name] for name in geometry.regions if name in MATERIALS} | changes
    return lay_out(
        geometry,
        CHEN.electrolyte,
        {k: v for k, v in regions.items() if v is not None},
        positive,
        negative,
        islands,
        contacts,
        accept,
    )


def test_half_cell(layers: Layers) -> None:
    layout = cell(layers(2))
    assert layout.electrolyte_regions == ("separator",)
    assert set(layout.porous) == {"separator"}
    assert [e.name for e in layout.electrodes] == ["positive"]
    assert layout.positive.regions == ("nmc", "foil")
    assert [(a.name, a.regions) for a in layout.positive.actives] == [("positive", ("nmc",))]
    assert layout.counter == LITHIUM
    assert layout.left_out == ()
    assert layout.conductors == {"nmc": 0.18, "foil": library.aluminium().conductivity}
    material = CHEN.positive.active
    assert layout.positive.capacity(3.0) == pytest.approx(material.volumetric_capacity * LAYER**2 * 3.0 / 3600)


def test_full_cell(layers: Layers) -> None:
    layout = cell(layers(2, ("copper", "graphite", "separator", "nmc", "foil")), negative=Equipotential("lithium"))
    assert [(e.name, e.regions) for e in layout.electrodes] == [
        ("negative", ("copper", "graphite")),
        ("positive", ("nmc", "foil")),
    ]
    assert layout.counter is None


def test_pores_named_electrolyte_need_no_material(layers: Layers) -> None:
    layout = cell(layers(2, ("electrolyte", "nmc", "foil")))
    assert layout.electrolyte_regions == ("electrolyte",)
    assert not layout.porous


def test_two_materials_in_an_electrode_have_a_field_each(layers: Layers) -> None:
    geometry = layers(2, ("separator", "nmc", "graphite", "separator", "graphite", "foil"))
    with pytest.raises(InputError, match="is connected to no terminal"):
        cell(geometry)
    same = cell(layers(2, ("separator", "nmc", "nmc2", "foil")))
    assert [a.regions for a in same.positive.actives] == [("nmc", "nmc2")]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("separator", "ghost", "foil"), "Region 'ghost' of mesh 'layers' has no material; add it"),
        (("separator", "foil"), r"The positive electrode \(foil\) holds no active material"),
        (("nmc", "foil"), "No region holds electrolyte"),
        (
            ("nmc", "separator", "nmc", "foil"),
            "The lithium surface 'lithium' touches a piece of 'nmc' .* shorted to it",
        ),
        (("separator", "nmc", "separator"), "The positive terminal 'foil_top' touches no solid region"),
        (
            ("separator", "nmc", "separator", "nmc", "foil"),
            r"a piece of 'nmc' of 4 um2 at \(3, 1\) um is connected to no terminal.*set islands = \"drop\"",
        ),
    ],
)
def test_half_cells_that_cannot_work(layers: Layers, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        cell(layers(2, names))


def test_short_circuit(layers: Layers) -> None:
    geometry = layers(2, ("copper", "graphite", "nmc", "foil"))
    with pytest.raises(InputError, match="No region holds electrolyte"):
        cell(geometry, negative=Equipotential("lithium"))
    geometry = layers(2, ("separator", "nmc", "foil"))
    with pytest.raises(InputError, match=r"Both terminals name the surface 'foil_top'; the cell needs two\."):
        cell(geometry, negative=Equipotential("foil_top"))


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_terminals_are_looked_for(layers: Layers, label: str) -> None:
    wrong = Equipotential("tab")
    with pytest.raises(InputError, match=f"The {label} terminal: surface 'tab' is not in mesh 'layers', which has"):
        cell(layers(1), **({"positive": wrong} if label == "positive" else {"negative": wrong}))


def test_materials_for_no_region_are_told(layers: Layers) -> None:
    with pytest.raises(InputError, match="The study: region 'nmd' is not in mesh 'layers', which has"):
        cell(layers(1), nmd=MATERIALS["nmc"])


def test_solids_on_two_sides_of_a_contact_have_two_potentials(layers: Layers) -> None:
    """A foil between active material and a tab: what is beyond both contacts is apart from the foil only."""
    geometry = layers(2, ("separator", "nmc", "foil", "copper"))
    layout = cell(geometry, contacts={("foil", "nmc"): 1e-3, ("foil", "copper"): 1e-4})
    assert layout.potentials == {"phi_s": ("nmc", "copper"), "phi_s_2": ("foil",)}
    assert layout.potential_at("foil_top") == "phi_s"
    one = cell(geometry, contacts={("nmc", "foil"): 1e-3})
    assert one.potentials == {"phi_s": ("nmc",), "phi_s_2": ("foil", "copper")}
    assert one.potential_at("foil_top") == "phi_s_2"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (("nmc", "nmc2"), "parts 'nmc2' from other active material"),
        (("nmc", "foil"), "do not touch"),
        (("nmc", "separator"), "conducts no electrons"),
    ],
)
def test_contacts_that_cannot_be_are_named(layers: Layers, pair: tuple[str, str], words: str) -> None:
    layout = cell(layers(2, ("separator", "nmc", "nmc2", "foil")), contacts={pair: 1e-3})
    with pytest.raises(InputError, match=words):
        _ = layout.potentials


def test_another_electrolyte_is_refused(layers: Layers) -> None:
    with pytest.raises(InputError, match="Region 'separator' has another electrolyte than the cell"):
        cell(layers(1), separator=library.landesfeind2019())


@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_a_wrong_length_unit_is_noticed(layers: Layers, scale: float) -> None:
    with pytest.raises(InputError, match="check the length unit"):
        cell(layers(2, scale=scale))


def test_what_is_meant_is_accepted_by_name(layers: Layers) -> None:
    """2 mm of solid material behind a separator are refused, and are a cell where the user says so."""
    with pytest.raises(InputError, match=r'which no particle has.*; if it is meant, accept = \["particle_size"\]\.'):
        cell(layers(2, scale=1000.0))
    active = cell(layers(2, scale=1000.0), accept=("particle_size",)).positive.actives[0]
    assert active.volume == pytest.approx(1e6 * LAYER**2)
    with pytest.raises(InputError, match=r'accept = \["mesh_extent"\]'):
        cell(layers(2, scale=1e6), accept=("particle_size",))
    cell(layers(2, scale=1e6), accept=("particle_size", "mesh_extent"))


def test_what_is_unusual_is_a_warning(layers: Layers, recwarn: pytest.WarningsRecorder) -> None:
    """0.4 mm of solid material: no particle of an electrode, but a host that can be made."""
    with pytest.warns(UserWarning, match=r"0.0004 m of volume per wetted area, which few particles have; check"):
        cell(layers(2, scale=200.0))
    cell(layers(2, scale=200.0), accept=("particle_size",))
    assert not recwarn


def test_islands_are_dropped_on_demand(layers: Layers) -> None:
    raw = layers(2, n=4).raw
    assert raw is not None
    square = LAYER / 4
    column, row = np.floor(raw.points[raw.cells].mean(axis=1) / square).astype(int).T
    tags = raw.cell_tags.copy()
    tags[(column == 1) & (row == 1)] = raw.region_tags["nmc"]
    tags[(column == 6) & (row == 2)] = raw.region_tags["separator"]
    geometry = Geometry.from_root(MPI.COMM_SELF, replace(raw, cell_tags=tags), "swiss cheese")
    with pytest.raises(InputError, match=r"is connected to no terminal: no electron reaches it \(and 1 more\);"):
        cell(geometry)
    layout = cell(geometry, islands=Islands.DROP)
    assert len(layout.left_out) == 2
    assert layout.left_out[0].startswith("a piece of 'nmc' of 0.25 um2 at (0.75, 0.75) um")
    assert layout.left_out[1].endswith("is a sealed pore: no ion reaches it")
    assert layout.geometry.summary.volumes["separator"] == pytest.approx(15 * square**2)
    assert layout.positive.actives[0].volume == pytest.approx(15 * square**2)
