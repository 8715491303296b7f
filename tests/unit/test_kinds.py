"""Wrong kinds for every argument of the public interface: one sentence at once, no error from deep inside."""

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import femcell as fc
from femcell import images, library
from femcell.bridge import Numerics, Textbook
from femcell.experiments.steps import CapacityLimit, CurrentLimit, VoltageLimit
from femcell.geometry import generators as meshes
from femcell.geometry.generators.pouch import pouch_stack
from femcell.geometry.tetrahedra import ImageMeshSettings
from femcell.images import generators as made
from femcell.materials import Electrode, Particles
from femcell.materials.mechanical import Isotropic, Mechanical

CHEN = library.chen2020()
STUFF = fc.Thermal(name="stuff", density=2000.0, heat_capacity=1000.0, conductivity=1.0, source="made up")
STACK = pouch_stack(
    [("negative", 1e-4, 1), ("separator", 1e-5, 1), ("positive", 1e-4, 1)],
    [meshes.Tab("negative", "negative_tab", 0.0, 0.1), meshes.Tab("positive", "positive_tab", 0.0, 0.1)],
    height=0.1,
    cells=(1, 1),
)
IMAGE = images.Image(np.random.default_rng(0).integers(0, 2, (4, 5, 6)).astype(np.uint8), (1e-6,) * 3, {"a": 0, "b": 1})
SOLID = Mechanical(stiffness=Isotropic(youngs_modulus=1e9, poissons_ratio=0.3), source="made up")
EATING = fc.Reaction(name="a", electrons=1, stoichiometry={"Li+": 1}, rate=lambda state: -1.0, source="made up")
SEI = fc.Decomposition(
    name="SEI", frequency_factor=1e15, activation_energy=1e5, heat=1e5, content=100.0, source="made up"
)
LUMP = fc.LumpedCell(volume=1e-5, material=STUFF)
REST = fc.parse_experiment(["Rest for 1 second"]).steps[0].step
LFP = library.lfp_mpet()

CLASSES: Mapping[type, Mapping[str, Any]] = {
    fc.DFN: {"cell": CHEN},
    fc.ResolvedCell: {
        "geometry": STACK,
        "electrolyte": CHEN.electrolyte,
        "regions": {"separator": CHEN.separator},
        "terminals": {"positive": "positive_tab", "negative": "negative_tab"},
    },
    fc.Resolution: {},
    fc.Pouch: {"geometry": STACK},
    fc.Electrochemistry: {},
    fc.Heat: {"materials": {"a": STUFF}},
    fc.LumpedHeat: {"heat_capacity": 40.0},
    fc.ThermalBody: {"geometry": STACK, "materials": {"negative": STUFF}},
    fc.ChemoMechanics: {},
    fc.Host: {"mechanical": SOLID, "diffusivity": 1e-14},
    fc.StressedBody: {"geometry": STACK, "regions": {"negative": SOLID}},
    fc.LumpedCell: {"volume": 1e-5, "material": STUFF},
    fc.Module: {"cells": {"a": LUMP}},
    fc.SurfaceReaction: {"surface": "surface"},
    fc.DepthReaction: {"depth": 1e-6},
    fc.ParticleStudy: {"geometry": STACK, "material": LFP, "reaction": fc.DepthReaction(1e-8), "shape": fc.Shape.PLATE},
    fc.Foundation: {"stiffness": 1e9},
    fc.Pressure: {"pressure": 1e5},
    fc.Equipotential: {"surface": "foil"},
    fc.UniformCurrent: {"surface": "foil"},
    fc.LithiumMetal: {"surface": "foil"},
    fc.Convection: {"coefficient": 10.0},
    fc.Radiation: {"emissivity": 0.5},
    fc.FixedTemperature: {"kelvin": 300.0},
    fc.Exchange: {"area": 1e-2, "laws": (fc.Convection(10.0),)},
    fc.Thermal: dataclasses.asdict(STUFF),
    fc.Reaction: {f.name: getattr(EATING, f.name) for f in dataclasses.fields(EATING)},
    fc.Film: {"name": "SEI", "molar_volume": 1e-4, "source": "made up"},
    fc.Decomposition: {f.name: getattr(SEI, f.name) for f in dataclasses.fields(SEI)},
    fc.SolverSettings: {},
    fc.TimeSettings: {},
    fc.OutputSettings: {},
    fc.Staggered: {},
    fc.Lie: {},
    fc.Strang: {},
    fc.Step: {f.name: getattr(REST, f.name) for f in dataclasses.fields(REST)},
    fc.Experiment: {"cycles": ((REST,),)},
    VoltageLimit: {"volts": 3.0},
    CurrentLimit: {"current": fc.parse_experiment(["Discharge at 1 A for 1 s"]).steps[0].step.control.current},  # type: ignore[union-attr]
    CapacityLimit: {"ampere_hours": 1.0},
    images.Image: {"labels": IMAGE.labels, "voxel": IMAGE.voxel, "phases": {"a": 0, "b": 1}},
    images.Layer: {"phase": "foil", "thickness": 1e-6},
    images.RawLayout: {"shape": (2, 2, 2)},
    made.Ellipsoid: {"semi_axes": (3e-6, 3e-6, 3e-6)},
    meshes.Tab: {"foil": "foil", "name": "tab", "start": 0.0, "end": 0.1},
    meshes.Layer: {"region": "foil", "thickness": 1e-6, "cells": 2},
    meshes.MeshSize: {"particle": 1e-6, "pore": 1e-6},
    meshes.ElectrodePacking: {"region": "nmc", "thickness": 3e-5, "porosity": 0.4, "mean_radius": 3e-6},
    ImageMeshSettings: {},
    Textbook: {},
    Numerics: {},
    Isotropic: {"youngs_modulus": 1e9, "poissons_ratio": 0.3},
    Mechanical: {f.name: getattr(SOLID, f.name) for f in dataclasses.fields(SOLID) if f.init},
    **{
        type(thing): {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing) if f.init}
        for thing in (
            CHEN,
            CHEN.positive,
            CHEN.positive.particles[0],
            CHEN.positive.active,
            CHEN.electrolyte,
            CHEN.separator,
            library.copper(),
            library.lithium_metal(),
            LFP.phase_field,
        )
        if thing is not None
    },
}
"""What every class of the interface can be made with."""

FUNCTIONS: Mapping[Callable[..., Any], Mapping[str, Any]] = {
    fc.simulate: {"model": fc.DFN(CHEN), "experiment": ["Rest for 1 second"]},
    fc.prepare: {"model": fc.DFN(CHEN)},
    fc.parse_experiment: {"items": ["Rest for 1 second"]},
    fc.read_msh: {"path": "missing.msh"},
    fc.read_bpx: {"path": "missing.json"},
    fc.write_bpx: {"cell": CHEN, "path": "missing/cell.json"},
    images.read_image: {"path": "missing.tif", "voxel": 1.0, "phases": {"a": 0}},
    images.crop: {"image": IMAGE, "start": (0, 0, 0), "stop": (2, 2, 2)},
    images.resample: {"image": IMAGE, "voxel": (2e-6, 2e-6, 2e-6)},
    images.with_layers: {"image": IMAGE, "axis": 0},
    images.without_islands: {"image": IMAGE, "phase": "a", "into": "b"},
    images.joined: {"image": IMAGE, "phase": "a"},
    made.bicontinuous: {"shape": (8, 8, 8), "voxel": 1e-6, "fraction": 0.5, "length": 4e-6, "seed": 1},
    made.with_binder: {"image": IMAGE, "fraction": 0.1, "length": 2e-6, "seed": 1},
    pouch_stack: {"layers": [("a", 1e-4, 1)], "tabs": [meshes.Tab("a", "t", 0.0, 0.1)], "height": 0.1},
    meshes.planar_stack: {"path": "missing/a.msh", "layers": [("a", 1e-4, 1)]},
}

WRONG = ("chen2020", True, 3, 2.5, None, ["x"], {"x": "y"}, Path("cell.msh"), object(), fc.DFN, library.chen2020)


def cases() -> Iterator[Any]:
    for make, given in {**CLASSES, **FUNCTIONS}.items():
        for name in inspect.signature(make).parameters:
            yield pytest.param(make, given, name, id=f"{make.__name__}-{name}")


def stopped(*arguments: Any) -> None:
    """In place of a solve: what comes here was right."""
    raise fc.InputError("It is right.")


@pytest.mark.filterwarnings("ignore:.*as BPX cannot hold it")
@pytest.mark.parametrize(("make", "given", "name"), list(cases()))
def test_a_wrong_kind_is_refused_in_one_sentence_or_is_right(
    make: Callable[..., Any], given: Mapping[str, Any], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "femcell.simulation.prepare", lambda *rest: (_ for _ in ()).throw(fc.InputError("It is right."))
    )
    monkeypatch.setattr("femcell.prepared.Discrete", lambda *rest: (_ for _ in ()).throw(fc.InputError("It is right.")))
    refused = 0
    for wrong in WRONG:
        try:
            make(**{**given, name: wrong})
        except fc.InputError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 400, error
    assert refused >= 6, f"{refused} of {len(WRONG)} wrong kinds were refused"


def test_every_class_of_the_interface_is_looked_at() -> None:
    exported = {getattr(fc, name) for name in fc.__all__}
    classes = {c for c in exported if dataclasses.is_dataclass(c) and dataclasses.fields(c)}
    # What users are given, and do not make.
    assert classes - set(CLASSES) == {fc.Geometry, fc.Prepared, fc.Result, fc.CahnHilliard}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: fc.DFN("chen2020"), r"DFN: cell must be a Cell, as library.chen2020\(\), not 'chen2020'"),
        (lambda: fc.DFN(library.chen2020), "DFN: cell must be .*, not the function chen2020 itself"),
        (lambda: fc.Resolution(negative="4"), "Resolution: negative must be a whole number, not '4'"),
        (lambda: fc.Resolution(negative=2.5), "negative must be a whole number, not 2.5"),
        (lambda: fc.Resolution(negative=True), "negative must be a whole number, not True"),
        (lambda: fc.Pouch("cell.msh"), r"Pouch: geometry must be a Geometry, as read_msh\(\"cell.msh\"\), not"),
        (lambda: fc.Pouch(STACK, {"foil": "copper"}), r"collectors\['foil'\] must be a Metal, not 'copper'"),
        (lambda: fc.Pouch(STACK, {1: library.copper()}), "a dictionary whose keys are a text, not 1"),
        (lambda: fc.simulate(fc.DFN, ["Rest for 1 s"]), r"simulate\(...\): model must be .*, not <class"),
        (lambda: fc.simulate("dfn.toml", ["Rest for 1 s"]), r"model must be a Model, as DFN\(...\)"),
        (lambda: fc.ChemoMechanics(two_way="no"), "two_way must be True or False, not 'no'"),
        (lambda: fc.DFN(CHEN, reduction="spm"), "reduction must be Reduction.NONE, Reduction.SPME or Reduction.SPM"),
        (lambda: images.Image(IMAGE.labels, (1e-6, 1e-6), {"a": 0}), "voxel must be a tuple of 3"),
    ],
)
def test_what_was_expected_is_named(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(fc.InputError, match=words):
        make()


def test_numbers_of_numpy_are_numbers() -> None:
    assert fc.Resolution(negative=np.int64(3)).negative == 3
    assert fc.LumpedHeat(np.float32(40.0)).heat_capacity == 40.0
    assert fc.OutputSettings(fields_at_s=[1, 2.0]).fields_at_s == [1, 2.0]  # type: ignore[arg-type]
    assert Electrode(particles=[CHEN.positive.particles[0]], thickness=1e-4, porosity=0.2).particles  # type: ignore[arg-type]
    assert isinstance(CHEN.positive.particles[0], Particles)
