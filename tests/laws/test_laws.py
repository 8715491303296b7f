"""The tutorial of laws: each of its files does what it says, in as few lines as docs/extending.md says."""

import ast
import importlib.util
import io
import os
import re
import signal
import subprocess
import sys
import time
import tokenize
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import femcell as fc
from femcell.constants import FARADAY
from femcell.geometry.generators import Tab, pouch_stack
from femcell.io.series import read_series
from femcell.materials import Electrolyte
from tests.cli.conftest import MESHES, environment

ROOT = Path(__file__).resolve().parents[2]
LAWS = ROOT / "demos" / "laws"
CLOSED = 1e-9
"""Worst audit of any step."""


def load(name: str) -> ModuleType:
    """A file of the tutorial as a module."""
    spec = importlib.util.spec_from_file_location(name, LAWS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def lines_of_code(path: Path) -> int:
    """Lines that hold code: no blank ones, comments or docstrings."""
    source = path.read_text()
    prose: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            first = node.body[0]
            prose |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    kinds = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    held = {n for t in tokens if t.type not in kinds for n in range(t.start[0], t.end[0] + 1)}
    return len(held - prose)


def test_lines_are_those_of_the_docs() -> None:
    told = dict(re.findall(r"\(\.\./demos/laws/(\w+)\.py\) \| (\d+)", (ROOT / "docs" / "extending.md").read_text()))
    assert {p.stem: str(lines_of_code(p)) for p in sorted(LAWS.glob("*.py"))} == dict(sorted(told.items()))


IONS = {"D_plus": 1.5e-10, "D_minus": 3e-10}


def half_cell(electrolyte: object, name: str = "small_half_cell_2d.msh") -> fc.ResolvedCell:
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(MESHES / name, unit="um"),
        electrolyte=electrolyte,  # type: ignore[arg-type]
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


@pytest.mark.parametrize("kind", ["resolved", "dfn"])
def test_two_ions_are_the_dilute_electrolyte(kind: str) -> None:
    """The same equations by another way: the same voltage at every step, far below what tolerances allow."""
    dilute = Electrolyte.dilute(name="dilute", initial_concentration=1000.0, source="this test", **IONS)
    own, chen = load("two_ions").TwoIons(start=1000.0, **IONS), fc.library.chen2020()
    if kind == "resolved":
        models: tuple[fc.ResolvedCell | fc.DFN, ...] = (half_cell(dilute), half_cell(own))
    else:
        models = (fc.DFN(replace(chen, electrolyte=dilute)), fc.DFN(chen, electrolyte=own))
    steps = ["Discharge at C/2 for 5 minutes", "Rest for 1 minute"]
    one, other = (fc.simulate(model, steps, progress=False) for model in models)
    np.testing.assert_array_equal(one.series["step"], other.series["step"])
    assert np.abs(one.voltage - other.voltage).max() < 1e-9
    assert max(other.summary["worst_audit"].values()) < CLOSED


def test_a_parasitic_reaction_closes_in_a_dfn() -> None:
    """An hour of rest loses what Faraday says, all over the particles."""
    module, chen = load("parasitic_reaction"), fc.library.chen2020()
    result = fc.simulate(fc.DFN(module.with_side_reaction(chen)), ["Rest for 10 minutes"], progress=False)
    assert max(result.summary["worst_audit"].values()) < CLOSED
    negative = chen.negative
    surface = sum(p.specific_surface for p in negative.particles) * negative.thickness * chen.area
    assert result.series["parasitic_current_negative_A"] == pytest.approx(-module.RATE * surface, rel=1e-9)
    totals = [n for n in result.series if n.startswith("lithium_") and n.endswith("_mol")]
    lost = sum(result.series[n][0] - result.series[n][-1] for n in totals)
    assert lost == pytest.approx(module.RATE * surface * 600.0 / FARADAY, rel=1e-7)


def test_a_parasitic_reaction_closes_in_a_resolved_cell() -> None:
    module, chen = load("parasitic_reaction"), fc.library.chen2020()
    graphite = replace(chen.negative.active, side_reactions=(module.parasitic,))
    cell = fc.ResolvedCell(
        fc.read_msh(MESHES / "small_full_cell_2d.msh", unit="um"),
        electrolyte=chen.electrolyte,
        regions={
            "separator": chen.separator,
            "graphite": graphite,
            "nmc": chen.positive.active,
            "foil_negative": fc.library.copper(),
            "foil_positive": fc.library.aluminium(),
        },
        terminals={"positive": "positive_terminal", "negative": "negative_terminal"},
    )
    result = fc.simulate(cell, ["Discharge at 1C for 1 minute"], progress=False)
    assert max(result.summary["worst_audit"].values()) < CLOSED
    area = sum(a for pair, a in cell.geometry.summary.interfaces.items() if set(pair) == {"electrolyte", "graphite"})
    assert result.series["parasitic_current_negative_A"] == pytest.approx(-module.RATE * area, rel=1e-9)


def test_a_parasitic_reaction_closes_in_a_pouch(tmp_path: Path) -> None:
    module, chen = load("parasitic_reaction"), fc.library.chen2020()
    thickness = (10e-6, chen.negative.thickness, chen.separator_thickness, chen.positive.thickness, 10e-6)
    names = ("negative_foil", "negative", "separator", "positive", "positive_foil")
    layers = [(name, t, 2) for name, t in zip(names, thickness, strict=True)]
    tabs = [Tab("negative_foil", "negative_tab", 0.0, 0.01), Tab("positive_foil", "positive_tab", 0.01, 0.02)]
    geometry = pouch_stack(layers, tabs, height=0.02, width=0.02, cells=(2, 2))
    foils = {"negative_foil": fc.library.copper(), "positive_foil": fc.library.aluminium()}
    cell = fc.DFN(module.with_side_reaction(chen), fc.Resolution(radial=4), pouch=fc.Pouch(geometry, foils))
    result = fc.simulate(cell, ["Discharge at 1C for 20 seconds"], progress=False)
    assert max(result.summary["worst_audit"].values()) < CLOSED
    volume = geometry.summary.volumes["negative"]
    surface = sum(p.specific_surface for p in chen.negative.particles) * volume
    assert result.series["parasitic_current_negative_A"] == pytest.approx(-module.RATE * surface, rel=1e-9)


def test_heat_of_a_parasitic_reaction_is_accounted_for() -> None:
    """The audit of energy closes with the reaction's own equilibrium potential."""
    module, chen = load("parasitic_reaction"), fc.library.chen2020()
    heat = fc.LumpedHeat(60.0, fc.Exchange(5e-3, (fc.Convection(10.0),)), ambient=298.15)
    cell = fc.DFN(module.with_side_reaction(chen), physics=[fc.Electrochemistry(), heat])
    result = fc.simulate(cell, ["Discharge at 1C for 5 minutes"], progress=False)
    assert {"heat", "energy"} <= set(result.summary["worst_audit"])
    assert max(result.summary["worst_audit"].values()) < CLOSED


FILM = """
import sys
sys.path.insert(0, {laws!r})
import femcell as fc
from growing_film import half_cell
fc.simulate(half_cell({mesh!r}), ["Discharge at 1C for 60 seconds", "Rest for 20 seconds"], output="out",
    time=fc.TimeSettings(max_step=2.0), record=fc.OutputSettings(checkpoint_every_s=0.0),
    resume={resume}, progress=False)
"""


def film(folder: Path, ranks: int, *, resume: bool, rows: int | None = None) -> None:
    """Run the coated half cell in a process of its own; with `rows` it is killed once it has written so many."""
    code = FILM.format(laws=str(LAWS), mesh=str(MESHES / "small_half_cell_2d.msh"), resume=resume)
    python = [sys.executable, "-c", code]
    command = ["mpirun", "-n", str(ranks), *python] if ranks > 1 else python
    out = subprocess.PIPE if rows is None else subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=out, stderr=out, text=True, start_new_session=True
    )
    series = folder / "out" / "series.csv"
    if rows is None:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return
    deadline = time.monotonic() + 120.0
    while not series.exists() or series.read_text().count("\n") <= rows:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_film_survives_a_kill_on_other_ranks(tmp_path: Path) -> None:
    """Its unknowns are in the checkpoint by their place: 1 rank, killed, then 2 ranks, killed, then 1."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    film(whole, 1, resume=False)
    film(cut, 1, resume=False, rows=12)
    film(cut, 2, resume=True, rows=24)
    film(cut, 1, resume=True)
    one, other = read_series(whole / "out"), read_series(cut / "out")
    assert len(one["time_s"]) == len(other["time_s"])
    for name in ("voltage_V", "thickness_SEI_positive_m"):
        assert np.abs(one[name] / other[name] - 1.0).max() < 1e-7
    assert list((whole / "out").glob("**/thickness_SEI_positive*.png"))


def test_a_film_grows_as_its_closed_form() -> None:
    module = load("growing_film")
    cell = module.half_cell(str(MESHES / "small_half_cell_2d.msh"))
    result = fc.simulate(cell, ["Rest for 10 minutes"], time=fc.TimeSettings(tolerance=1e-6), progress=False)
    assert result.series["thickness_SEI_positive_m"][-1] == pytest.approx(module.thickness(600.0), rel=1e-5)
    assert max(result.summary["worst_audit"].values()) < CLOSED


def test_a_film_resists_the_current() -> None:
    """A film that does not grow drops what a constant resistance of its size does: R i where reactions are uniform."""
    chen = fc.library.chen2020()
    layer = fc.Film(name="layer", molar_volume=1e-4, conductivity=1e-6, initial_thickness=2e-9, source="this test")

    def cell(reduction: fc.Reduction, **more: object) -> fc.DFN:
        particles = tuple(
            replace(p, active=replace(p.active, **more))  # type: ignore[arg-type]
            for p in chen.negative.particles
        )
        return fc.DFN(replace(chen, negative=replace(chen.negative, particles=particles)), reduction=reduction)

    steps = ["Discharge at 1C for 1 minute"]
    resistance = {"films": (layer,)}, {"film_resistance": 2e-9 / 1e-6}
    full, uniform = fc.Reduction.NONE, fc.Reduction.SPM
    grown, constant = (fc.simulate(cell(full, **given), steps, progress=False) for given in resistance)
    assert np.abs(grown.voltage - constant.voltage).max() < 1e-8
    bare, coated = (fc.simulate(cell(uniform, **given), steps, progress=False) for given in ({}, resistance[0]))
    surface = sum(p.specific_surface for p in chen.negative.particles) * chen.negative.thickness * chen.area
    drop = 2e-3 * coated.series["current_A"][-1] / surface
    assert bare.voltage[-1] - coated.voltage[-1] == pytest.approx(drop, rel=1e-6)


def test_a_species_that_is_not_there_is_named() -> None:
    chen = fc.library.chen2020()
    wrong = replace(load("parasitic_reaction").parasitic, stoichiometry={"Mn2+": 1})
    cell = half_cell(chen.electrolyte)
    regions = {**cell.regions, "nmc": replace(chen.positive.active, side_reactions=(wrong,))}
    with pytest.raises(fc.InputError, match=r"'parasitic' at 'positive' has the species 'Mn2\+'.*there are Li\+"):
        _ = replace(cell, regions=regions).system


def test_the_linearised_rc_element_is_its_closed_form() -> None:
    module = load("rc_element")
    f = np.logspace(-5, 4, 19)
    closed = module.R / (1 + 2j * np.pi * f * module.R * module.C)
    assert np.abs(module.impedance(f) / closed - 1.0).max() < 1e-9
