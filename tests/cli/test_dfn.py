"""Studies of porous electrodes: they run, resume and are drawn, and what is wrong with them is one sentence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from femcell.io.series import read_series
from tests.cli.conftest import BPX, DFN, Done, Studies

STEPS = "experiment.steps"
SHORT = {**DFN, STEPS: ["Discharge at 1C for 20 seconds"]}

POUCH: dict[str, Any] = {
    "height": 0.1,
    "cells": [1, 4],
    "negative": {"material": "copper", "thickness": 12e-6},
    "positive": {"material": "aluminium", "thickness": 16e-6},
}

# (what is changed, words that the sentence must have)
BAD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "both kinds of cell": ({"mesh": {"file": "nowhere.msh"}}, ("both [mesh] and [dfn]",)),
    "tables of the other kind": ({"cell.temperature_K": 300.0}, ("[cell]", "resolved cell", "[dfn]")),
    "no cell": ({"dfn": None}, ("neither [mesh] nor [dfn]",)),
    "no name": ({"dfn": {}}, ("[dfn] names neither cell nor bpx",)),
    "two names": ({"dfn.bpx": "cell.json"}, ("[dfn] names both cell and bpx",)),
    "unknown cell": ({"dfn.cell": "chen2021"}, ("[dfn] cell", "did you mean 'chen2020'")),
    "unknown key": ({"dfn.temprature_K": 300.0}, ("'temprature_K' in [dfn]", "did you mean 'temperature_K'")),
    "unknown resolution": ({"dfn.resolution.seperator": 2}, ("[dfn.resolution]", "did you mean 'separator'")),
    "unknown layer": ({"dfn.replace.cathode.porosity": 0.3}, ("'cathode' in [dfn.replace]", "positive")),
    "unknown property": ({"dfn.replace.positive.porosty": 0.3}, ("[dfn.replace.positive]", "did you mean 'porosity'")),
    "text for a number": ({"dfn.replace.positive.porosity": "low"}, ("dfn.replace.positive.porosity", "'low'")),
    "porosity of 0": ({"dfn.replace.positive.porosity": 0.0}, ("[dfn.replace.positive]", "porosity", "0")),
    "porosity of 1": ({"dfn.replace.negative.porosity": 1.0}, ("[dfn.replace.negative]", "porosity", "1")),
    "porosity above 1": ({"dfn.replace.positive.porosity": 1.3}, ("[dfn.replace.positive]", "porosity", "1.3")),
    "porosity below 0": ({"dfn.replace.separator.porosity": -0.2}, ("[dfn.replace.separator]", "porosity", "-0.2")),
    "no room for the pores": ({"dfn.replace.positive.porosity": 0.5}, ("porosity and active_fraction", "1.165")),
    "no particles": ({"dfn.replace.negative.active_fraction": 0.0}, ("[dfn.replace.negative]", "active_fraction")),
    "particles of no size": ({"dfn.replace.negative.radius": 0.0}, ("[dfn.replace.negative]", "radius")),
    "thickness below 0": ({"dfn.replace.separator.thickness": -1e-6}, ("[dfn.replace.separator]", "thickness")),
    "state of charge above 1": ({"dfn.state_of_charge": 1.2}, ("dfn.state_of_charge", "1.2")),
    "two starts": (
        {"dfn.state_of_charge": 0.5, "dfn.replace.positive.initial_stoichiometry": 0.5},
        ("state_of_charge", "initial_stoichiometry", "one of them"),
    ),
    "unknown counter electrode": ({"dfn.negative": "sodium"}, ("dfn.negative", "'lithium'")),
    "replaced but absent": (
        {"dfn.negative": "lithium", "dfn.replace.negative.porosity": 0.3},
        ("[dfn.replace.negative]", "lithium"),
    ),
    "no elements": ({"dfn.resolution.positive": 0}, ("[dfn.resolution]", "'positive'", "0")),
    "one radial point": ({"dfn.resolution.radial": 1}, ("[dfn.resolution]", "'radial'")),
    "half an element": ({"dfn.resolution.positive": 2.5}, ("dfn.resolution.positive", "2.5")),
    "temperature in degrees": ({"dfn.temperature_K": 25.0}, ("[dfn]", "temperature", "25")),
    "unknown reduction": ({"dfn.reduction": "spmx"}, ("dfn.reduction", "'spmx'")),
    "reduced pouch": ({"dfn.pouch": POUCH, "dfn.reduction": "spm"}, ("[dfn]", "single-particle", "pouch")),
    "pouch against lithium": ({"dfn.pouch": POUCH, "dfn.negative": "lithium"}, ("[dfn] negative", "two collectors")),
    "collector of no metal": (
        {"dfn.pouch": {**POUCH, "positive": {"material": "chen2020.positive", "thickness": 16e-6}}},
        ("[dfn.pouch.positive] material", "no metal"),
    ),
    "tab beside the edge": (
        {"dfn.pouch": {**POUCH, "width": 0.1, "negative": {**POUCH["negative"], "tab": [0.05, 0.2]}}},
        ("[dfn.pouch]", "negative_tab", "not along the width"),
    ),
    "missing BPX file": ({"dfn": {"bpx": "nowhere.json"}}, ("[dfn] bpx", "nowhere.json", "does not exist")),
    "voltage out of reach": ({STEPS: ["Charge at 1C until 9 V"]}, ("9 V", "no cell is driven to")),
}


BUILT = ("two names", "porosity above 1", "no particles", "no elements", "voltage out of reach")
"""Found by all ranks for themselves; the others by the reader, on the first rank, as in test_bad_input.py."""


@pytest.mark.parametrize(("case", "ranks"), [*((case, 1) for case in BAD), *((case, 2) for case in BUILT)])
def test_bad_study(tmp_path: Path, case: str, ranks: int) -> None:
    changes, words = BAD[case]
    sentence = Studies(tmp_path, ranks).refused({**DFN, **changes})
    for word in words:
        assert word in sentence, sentence


def spoilt(folder: Path, place: tuple[str, ...], value: Any) -> Path:
    """The BPX file with one value changed, in the test's folder."""
    content = json.loads(BPX.read_text())
    at = content
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    path = folder / "cell.json"
    path.write_text(json.dumps(content))
    return path


POSITIVE = ("Parameterisation", "Positive electrode")
BAD_BPX: dict[str, tuple[tuple[str, ...], Any, tuple[str, ...]]] = {
    "porosity above 1": ((*POSITIVE, "Porosity"), 1.3, ("porosity", "1.3")),
    "porosity of 0": ((*POSITIVE, "Porosity"), 0.0, ("porosity", "0")),
    "no particles": ((*POSITIVE, "Surface area per unit volume [m-1]"), 0.0, ("active_fraction", "above 0")),
    "diffusivity that turns negative": (
        (*POSITIVE, "Diffusivity [m2.s-1]"),
        "1e-14 * (0.5 - x)",
        ("Diffusivity", "at x = ", "above 0"),
    ),
    "potential that is no number": ((*POSITIVE, "OCP [V]"), "4 + log(0.5 - x)", ("OCP",)),
    "unknown function": ((*POSITIVE, "OCP [V]"), "4 + besselj(x)", ("OCP", "besselj")),
    "missing value": ((*POSITIVE, "Thickness [m]"), None, ("Positive electrode", "Thickness")),
    "text for a number": ((*POSITIVE, "Thickness [m]"), "thin", ("Positive electrode", "Thickness")),
    "no electrode": (("Parameterisation", "Negative electrode"), None, ("Negative electrode",)),
    "no header": (("Header",), None, ("Header",)),
}


@pytest.mark.parametrize(
    ("case", "ranks"), [*((case, 1) for case in BAD_BPX), ("no particles", 2), ("diffusivity that turns negative", 2)]
)
def test_bad_bpx_file(tmp_path: Path, case: str, ranks: int) -> None:
    studies = Studies(tmp_path, ranks)
    place, value, words = BAD_BPX[case]
    spoilt(studies.folder, place, value)
    sentence = studies.refused({**DFN, "dfn": {"bpx": "cell.json"}})
    for word in ("[dfn] bpx", "cell.json", *words):
        assert word in sentence, sentence


@pytest.mark.parametrize("content", ["", "{}", "[]", "\x00\x01", "[mesh]"])
def test_a_bpx_file_that_is_none(alone: Studies, content: str) -> None:
    (alone.folder / "cell.json").write_text(content)
    assert "cell.json" in alone.refused({**DFN, "dfn": {"bpx": "cell.json"}})


def test_a_current_that_the_cell_cannot_hold_ends_at_the_limit(studies: Studies) -> None:
    done = studies.run({**DFN, STEPS: ["Discharge at 20C until 2.5 V", "Rest for 1 minute"]})
    assert done.code == 0, done
    first, _ = studies.summary["steps_of_experiment"]
    assert "ended at its limit" in first
    series = read_series(studies.folder / "out")
    end = series["step"] == 1
    assert series["voltage_V"][end][-1] == pytest.approx(2.5, abs=1e-6)
    assert 1.0 < series["time_s"][end][-1] < 10.0


def test_a_current_that_the_cell_cannot_even_start_with(studies: Studies) -> None:
    sentence = studies.refused({**DFN, STEPS: ["Discharge at 100C until 2.5 V"]})
    for word in ("Discharge at 100C until 2.5 V", "already passed", "500 A", "lower the load"):
        assert word in sentence, sentence


def test_depletion_of_the_salt_ends_at_the_limit(alone: Studies) -> None:
    done = alone.run({**DFN, STEPS: ["Discharge at 3C until 2.5 V"]})
    assert done.code == 0, done
    assert "ended at its limit" in alone.summary["steps_of_experiment"][0]
    assert read_series(alone.folder / "out")["time_s"][-1] == pytest.approx(561.0, abs=1.0)


def ended(done: Done, studies: Studies, seconds: float) -> Mapping[str, np.ndarray]:
    assert done.code == 0, done
    series = read_series(studies.folder / "out")
    assert series["time_s"][-1] == seconds
    return series


def test_the_example_runs(studies: Studies) -> None:
    assert studies("init", "--dfn", "mine.toml").code == 0
    text = (studies.folder / "mine.toml").read_text()
    first = next(line for line in text.splitlines() if line.startswith("steps ="))
    (studies.folder / "mine.toml").write_text(text.replace(first, 'steps = ["Discharge at 1C for 20 seconds"]'))
    ended(studies("run", "mine.toml", "--quiet", "--output", "out"), studies, 20.0)


def test_a_half_cell_with_other_numbers(studies: Studies) -> None:
    changes = {
        "dfn.negative": "lithium",
        "dfn.replace.positive.radius": 6e-6,
        "dfn.replace.positive.double_layer_capacitance": 0.2,
        "dfn.replace.electrolyte.initial_concentration": 1200.0,
        "dfn.capacity_Ah": 4.0,
        "dfn.temperature_K": 308.15,
    }
    series = ended(studies.run({**SHORT, **changes}), studies, 20.0)
    assert series["current_A"] == pytest.approx(4.0)
    facts = studies.summary["facts"]
    assert (facts["temperature_K"], facts["capacity_from"]) == (308.15, "given")
    pores = 12e-6 * 0.47 + 75.6e-6 * 0.335
    assert series["lithium_electrolyte_mol"][0] == pytest.approx(1200.0 * pores * 0.1027, rel=1e-6)
    assert "double_layer_charge_positive_As" in series


@pytest.mark.parametrize("charge", [0.0, 0.5, 1.0])
def test_state_of_charge(alone: Studies, charge: float) -> None:
    """At the ends of the scale the cell at rest has the voltage of its limits."""
    done = alone.run({**DFN, "dfn.state_of_charge": charge, STEPS: ["Rest for 10 seconds"]})
    voltage = ended(done, alone, 10.0)["voltage_V"]
    assert np.ptp(voltage) < 1e-7
    if charge != 0.5:
        assert voltage[-1] == pytest.approx({0.0: 2.5, 1.0: 4.2}[charge], abs=1e-6)
    else:
        assert 3.5 < voltage[-1] < 3.9


def test_a_bpx_file_is_run_kept_and_resumed_from(studies: Studies) -> None:
    """The run goes on with the cell that it began with, whatever has become of the file."""
    (studies.folder / "cell.json").write_bytes(BPX.read_bytes())
    steps = ["Discharge at 1C for 10 seconds", "Discharge at 1000000 W for 10 seconds"]
    done = studies.run({**DFN, "dfn": {"bpx": "cell.json"}, STEPS: steps})
    assert done.code == 3, done
    said = [line for line in done.err.splitlines() if line.startswith("Warning: ")]
    assert len(said) == len(set(said)) > 0
    assert any("was read as version 1" in line for line in said)
    out = studies.folder / "out"
    assert (out / "cell.json").read_bytes() == BPX.read_bytes()
    spoilt(studies.folder, (*POSITIVE, "Porosity"), 0.9)
    again = studies("resume", "out", "--quiet")
    assert again.code == 3, again
    assert "at t = 10 s" in again.complaint
    assert read_series(out)["time_s"][-1] == 10.0


@pytest.mark.parametrize("reduction", ["spm", "spme"])
def test_single_particle_models(alone: Studies, reduction: str) -> None:
    done = alone.run({**SHORT, "dfn.reduction": reduction})
    voltage = ended(done, alone, 20.0)["voltage_V"]
    assert alone.summary["model"].startswith("single-particle model")
    assert 3.9 < voltage[-1] < 4.2


def test_a_pouch_runs_and_is_drawn(studies: Studies) -> None:
    pytest.importorskip("matplotlib")
    changes = {
        "dfn.pouch": POUCH,
        "dfn.resolution.radial": 3,
        "dfn.resolution.positive": 2,
        "dfn.resolution.negative": 2,
    }
    ended(studies.run({**SHORT, **changes}), studies, 20.0)
    facts = studies.summary["facts"]
    assert facts["capacity_Ah"] == pytest.approx(5.0 * 0.1 / 0.1027)
    assert studies("plot", "out").code == 0
    pictures = [f"collector_current_{side}_foil" for side in ("negative", "positive")]
    for name in ("stoichiometry_positive", "through_plane_current", *pictures):
        assert (studies.folder / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_plot(studies: Studies) -> None:
    pytest.importorskip("matplotlib")
    assert studies.run({**SHORT, "output.fields_at_s": [5.0, 10.0]}).code == 0
    done = studies("plot", "out")
    assert done.code == 0, done
    names = ["voltage", "audit", "c_e", "phi_e", "phi_s", "stoichiometry_negative", "stoichiometry_positive"]
    assert done.out.splitlines() == [f"out/{name}.png" for name in names]
    for name in names:
        assert (studies.folder / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_profiles_hold_every_point_of_the_elements_once(studies: Studies) -> None:
    """Also on several ranks, in any order, with the pieces between them."""
    assert studies.run(SHORT).code == 0
    with np.load(studies.folder / "out" / "fields" / "c_e_mesh.npz") as mesh:
        x, cells, unit = mesh["points"][:, 0], mesh["cells"], str(mesh["unit"])
    with np.load(studies.folder / "out" / "fields" / "c_e_0001.npz") as snapshot:
        c_e = snapshot["values"]
    assert unit == "mol/m3"
    assert len(x) == len(c_e) == (4 + 1 + 4) * 4 + 1
    assert len(np.unique(np.round(x, 12))) == len(x)
    assert len(cells) == len(x) - 1
    length = np.abs(np.diff(x[cells], axis=1)).sum()
    assert length == pytest.approx(172.8e-6, rel=1e-12)
    order = np.argsort(x)
    assert (np.diff(c_e[order]) < 0.0).all()
