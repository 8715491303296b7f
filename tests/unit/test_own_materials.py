"""Materials of the user's own in a study: what their tables say, and a sentence for every mistake."""

import math
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import ufl
from mpi4py import MPI

from femcell.errors import InputError
from femcell.files import STUDY_BYTES
from femcell.materials import ActiveMaterial, Electrolyte, Metal, PorousSeparator, evaluate, library
from femcell.study import STORED, Study, read_study, stored_study
from femcell.study.own import own_materials
from tests.cli.conftest import GOOD, toml

ACTIVE: dict[str, Any] = {
    "kind": "active",
    "source": "measured",
    "maximum_concentration": 50000,
    "diffusivity": "1e-14 * (1 - x / 2) * exp(-2000 * (1 / T - 1 / 298.15))",
    "conductivity": 0.2,
    "open_circuit_potential": "ocp.csv",
    "exchange_current_density": "3e-6 * sqrt(c_e * c_s * (c_s_max - c_s))",
    "stoichiometry_full_charge": 0.3,
    "stoichiometry_full_discharge": 0.9,
}
SALT: dict[str, Any] = {
    "kind": "electrolyte",
    "source": "measured",
    "diffusivity": 3e-10,
    "conductivity": "salt.csv",
    "transference_number": "0.3 - 1e-5 * c_e",
}
TABLES = {
    "ocp.csv": "x, U [V]\n# at 25 degrees C\n0.2, 4.2\n\n0.6, 3.9\n0.95, 3.5\n",
    "salt.csv": "c_e,kappa\n0,0\n1000,1.1\n2000,0.9\n",
}


def read(folder: Path, tables: dict[str, str] | None = None, **materials: dict[str, Any]) -> Study:
    for name, text in {**TABLES, **(tables or {})}.items():
        (folder / name).write_text(text)
    (folder / "study.toml").write_text(toml({**GOOD, "materials": materials}))
    return read_study(folder / "study.toml", None, MPI.COMM_SELF)


def made(folder: Path, tables: dict[str, str] | None = None, **materials: dict[str, Any]) -> dict[str, Any]:
    return own_materials(read(folder, tables, **materials).materials)  # type: ignore[return-value]


def test_numbers_formulas_and_tables(tmp_path: Path) -> None:
    nmc, salt = made(tmp_path, nmc=ACTIVE, salt=SALT).values()
    assert isinstance(nmc, ActiveMaterial)
    assert isinstance(salt, Electrolyte)
    assert (nmc.name, nmc.source, nmc.maximum_concentration, nmc.conductivity) == ("nmc", "measured", 50000.0, 0.2)
    factor = math.exp(-2000 * (1 / 310 - 1 / 298.15))
    assert evaluate(nmc.diffusivity, 20000.0, 310.0) == pytest.approx(0.8e-14 * factor, rel=1e-12, abs=0)
    rate = 3e-6 * math.sqrt(900 * 2e4 * 3e4)
    assert evaluate(nmc.exchange_current_density, 900.0, 2e4, 5e4, 310.0) == pytest.approx(rate, rel=1e-12)
    assert evaluate(nmc.open_circuit_potential, 0.6, 310.0) == 3.9
    assert evaluate(salt.conductivity, 1000.0, 298.15) == 1.1
    assert evaluate(salt.transference_number, 1000.0, 298.15) == pytest.approx(0.29)
    assert salt.thermodynamic_factor == 1.0


def test_laws_are_those_of_forms_as_well(tmp_path: Path) -> None:
    nmc = made(tmp_path, nmc=ACTIVE)["nmc"]
    c_e, c_s, T = (ufl.as_ufl(value) for value in (900.0, 2e4, 310.0))
    for law, symbols in ((nmc.exchange_current_density, (c_e, c_s, 5e4, T)), (nmc.diffusivity, (c_s, T))):
        assert float(law(*symbols)) == pytest.approx(law(*map(float, symbols)), rel=1e-14, abs=0)


def test_beyond_a_table_and_beyond_the_lattice(tmp_path: Path) -> None:
    """A table goes on as a straight line; roots of salt and lithium stay real where a Newton step overshoots."""
    nmc = made(tmp_path, nmc=ACTIVE)["nmc"]
    U = [evaluate(nmc.open_circuit_potential, x, 298.15) for x in (0.95, 1.0, 1.05)]
    assert U[2] - U[1] == pytest.approx(U[1] - U[0], rel=1e-9)
    assert U[1] < 3.5
    for c_e, c_s in ((-1.0, 2e4), (1000.0, -1.0), (1000.0, 5.1e4)):
        beyond = evaluate(nmc.exchange_current_density, c_e, c_s, 5e4, 298.15)
        assert 0 < beyond < 0.02
        symbols = map(ufl.as_ufl, (c_e, c_s, 5e4, 298.15))
        assert float(nmc.exchange_current_density(*symbols)) == pytest.approx(beyond, rel=1e-12)


def test_what_replaces_and_what_is_left_of_a_library_material(tmp_path: Path) -> None:
    theirs = library.chen2020().positive.active
    changes = {"base": "chen2020.positive", "open_circuit_potential": "ocp.csv", "youngs_modulus": 1e11}
    own = made(
        tmp_path, nmc=changes, foil={"base": "copper", "conductivity": 1e7}, layer={"base": "chen2020.separator"}
    )
    nmc = own["nmc"]
    assert evaluate(nmc.open_circuit_potential, 0.6, 298.15) == 3.9
    assert nmc.exchange_current_density is theirs.exchange_current_density
    assert nmc.mechanical.stiffness.youngs_modulus == 1e11
    assert nmc.mechanical.expansion == theirs.mechanical.expansion
    assert nmc.source.startswith(theirs.source)
    assert (type(own["foil"]), own["foil"].conductivity) == (Metal, 1e7)
    assert (type(own["layer"]), own["layer"].porosity) == (PorousSeparator, 0.47)


def test_regions_and_the_cell_name_them_and_the_rest_is_reported(tmp_path: Path) -> None:
    text = {**GOOD, "materials": {"nmc": ACTIVE, "salt": SALT, "spare": {"base": "copper"}}}
    text["regions"] = {**GOOD["regions"], "nmc": {"material": "nmc", "initial_stoichiometry": 0.4}}
    text["cell"] = {"electrolyte": "salt", "salt_concentration": 900.0}
    read(tmp_path)
    (tmp_path / "study.toml").write_text(toml(text))
    study = read_study(tmp_path / "study.toml", None, MPI.COMM_SELF)
    with pytest.warns(UserWarning, match=r"^Nothing names \[materials.spare\]; name it in .* or leave it out\.$"):
        model = study.model(MPI.COMM_SELF)
    assert model.regions["nmc"].name == "nmc"  # type: ignore[union-attr]
    assert model.regions["nmc"].initial_stoichiometry == 0.4  # type: ignore[union-attr]
    assert (model.electrolyte.name, model.electrolyte.initial_concentration) == ("salt", 900.0)


def test_what_is_stored_holds_the_points(tmp_path: Path) -> None:
    """A file that has changed since, or is gone, changes nothing of a run that is resumed."""
    study = read(tmp_path, nmc=ACTIVE, salt=SALT)
    (tmp_path / STORED).write_text(study.stored())
    (tmp_path / "ocp.csv").write_text("x,U\n0,1\n1,0\n")
    (tmp_path / "salt.csv").unlink()
    again = stored_study(tmp_path, MPI.COMM_SELF)
    assert again.materials == study.materials
    assert own_materials(again.materials) == own_materials(study.materials)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({"kind": None}, r"\[materials.nmc\] gives neither kind nor base; give one of them\."),
    "kind and base": ({"base": "chen2020.positive"}, "gives both kind and base; give one of them"),
    "a kind that is none": ({"kind": "activ"}, r"'materials.nmc.kind' is 'activ': .*'active'"),
    "a base that is none": ({"kind": None, "base": "chen2020.positve"}, r"\] base: .*did you mean 'chen2020.positive'"),
    "an electrode": ({"kind": None, "base": "chen2020.positive_electrode"}, r"\] base: .* is an electrode, not a mat"),
    "no source": ({"source": None}, r"\[materials.nmc\]: source is missing; say where the data are from"),
    "a blank source": ({"source": " "}, r"\[materials.nmc\]: .*source must be a text"),
    "a key too few": ({"conductivity": None}, r"\]: conductivity is missing; one of kind 'active' needs maximum_con"),
    "a key too many": ({"difusivity": 1e-14}, r"\]: there is no property 'difusivity'; did you mean 'diffusivity'\?"),
    "a key of another kind": ({"porosity": 0.5}, r"\]: there is no property 'porosity'; "),
    "truth": ({"conductivity": True}, r"'materials.nmc.conductivity' is True"),
    "a formula for a number": ({"conductivity": "x"}, r"\] conductivity must be a number in SI units, not 'x'"),
    "a table for a number": (
        {"conductivity": "ocp.csv"},
        r"\] conductivity must be a number in SI units, not 'ocp.csv'",
    ),
    "a number in quotes": ({"maximum_concentration": "5e4"}, r"\] maximum_concentration must be a number in SI units"),
    "a number out of bounds": (
        {"maximum_concentration": -1},
        r"\[materials.nmc\]: .*maximum_concentration must be .* 0",
    ),
    "another argument": (
        {"open_circuit_potential": "4 - c_s"},
        r"\] open_circuit_potential: 'c_s' is no .* use x, T\.",
    ),
    "an unknown function": ({"diffusivity": "foo(x)"}, r"\] diffusivity: 'foo' is not a function that formulas may"),
    "half a formula": ({"diffusivity": "1e-14 * (x"}, r"\] diffusivity: '1e-14 \* \(x' is not a formula .*character 9"),
    "a formula that turns": (
        {"diffusivity": "1e-14 * (0.5 - x)"},
        r"\] diffusivity is -.* at x = 0\.501, but must be abo",
    ),
    "a formula without a value": ({"open_circuit_potential": "log(0 * x)"}, r"open_circuit_potential.* is nan"),
    "no such file": (
        {"open_circuit_potential": "none.csv"},
        r"open_circuit_potential: Table '.*none.csv' does not exist",
    ),
    "a name of the library": ({}, "the library has a material of that name; choose another"),
}


@pytest.mark.parametrize("case", BAD)
def test_mistakes_end_in_one_sentence(tmp_path: Path, case: str) -> None:
    changes, words = BAD[case]
    table = {key: value for key, value in {**ACTIVE, **changes}.items() if value is not None}
    name = "copper" if case == "a name of the library" else "nmc"
    with pytest.raises(InputError, match=words) as caught:
        made(tmp_path, **{name: table})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: a header of two columns is expected, the first called x or T"),
        ("0,4.2\n1,3.5\n", "line 1: a header of two columns is expected"),
        ("x\n0\n", "line 1: a header of two columns"),
        ("c_s,U\n0,4.2\n1,3.5\n", "line 1: .*not 'c_s,U'"),
        ("x,U\n0.5,3.9\n0.2,4.2\n", "line 3: x must rise, but 0.2 follows 0.5; sort the lines"),
        ("x,U\n0.5,3.9\n0.5,4.2\n", "line 3: x must rise"),
        ("x,U\n0.5,3.9\n", "has 1 x and 1 y"),
        ("x,U\n", "has 0 x and 0 y"),
        ("x,U\n0.5,nan\n0.6,4\n", "line 2: two finite numbers"),
        ("x,U\n0.5,1e999\n0.6,4\n", "line 2: two finite numbers"),
        ("x,U\n0;5,4\n", "line 2: two finite numbers"),
        ("x,U\n0.5,4,1\n", "line 2: two finite numbers"),
        ('x,U\n"0.5,4\n', "line 2: it is not CSV"),
        ("x,U\n" + "".join(f"{i},1\n" for i in range(5001)), "at most 5000 are read"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=rf"\[materials.nmc\] open_circuit_potential: Table '.*ocp.csv'.*{words}"):
        read(tmp_path, {"ocp.csv": text}, nmc=ACTIVE)


def test_the_most_points_are_kept_in_what_can_be_read_again(tmp_path: Path) -> None:
    rows = "".join(f"{i / 5001},{4 + 1 / (i + 3)}\n" for i in range(5000))
    study = read(tmp_path, {"ocp.csv": "x,U\n" + rows}, a=ACTIVE, b=ACTIVE)
    assert len(study.stored()) < STUDY_BYTES


def test_tables_that_are_too_many_to_keep(tmp_path: Path) -> None:
    long = {"ocp.csv": "x,U\n" + "".join(f"{i / 5000},4\n" for i in range(4000))}
    with pytest.raises(InputError, match=r"\[materials\]: the tables have 12000 points, but at most 10000 are kept"):
        read(tmp_path, long, a=ACTIVE, b=ACTIVE, c=ACTIVE)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"at": [0.3, 0.9], "values": [4.2, 3.5]}, None),
        ({"at": [0.9, 0.3], "values": [3.5, 4.2]}, r"\] open_circuit_potential: x must rise in a table; sort"),
        ({"at": [0.3, 0.9], "values": [4.2]}, r"\] open_circuit_potential: a table has 2 x and 1 y"),
        ({"at": [0.3, 0.9], "values": [4.2, 3.5], "argument": "c_s"}, r"a table is of x or T, not of 'c_s'"),
        ({"at": [0.3, 0.9]}, r"'materials.nmc.open_circuit_potential.values' is missing"),
        ({"at": [0.3, 0.9], "values": [4.2, 3.5], "unit": "V"}, r"unknown key 'unit' in \[materials.nmc.open_circ"),
    ],
)
def test_points_within_the_study(tmp_path: Path, points: dict[str, Any], words: str | None) -> None:
    table = {**ACTIVE, "open_circuit_potential": {"argument": "x", **points}}
    if words is None:
        assert evaluate(made(tmp_path, nmc=table)["nmc"].open_circuit_potential, 0.6, 298.15) == pytest.approx(3.85)
        return
    with pytest.raises(InputError, match=words):
        made(tmp_path, nmc=table)


def test_the_example_of_the_manual(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "study.md").read_text().split("## [materials.NAME]")[1]
    content, table = (block.split("```")[0] for block in re.split(r"```(?:toml)?\n", text)[1:4:2])
    (tmp_path / "table.csv").write_text(table)
    rest = {key: value for key, value in GOOD.items() if key != "regions"}
    (tmp_path / "study.toml").write_text(toml(rest) + content)
    study = read_study(tmp_path / "study.toml", None, MPI.COMM_SELF)
    assert study.regions["nmc"].material == "my_nmc"
    assert evaluate(own_materials(study.materials)["my_nmc"].open_circuit_potential, 0.55, 298.15) == 3.89  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"regions": {"nmc": {"material": "nmcc"}}}, r"\] material: neither .* has 'nmcc'; did you mean 'nmc'"),
        ({"regions": {"nmc": {"material": "salt"}}}, r"'salt' is an electrolyte; name it in \[cell\]"),
        (
            {"regions": {"nmc": {"material": "nmc", "maximum_concentration": 4e4}}},
            r"\[regions.nmc\]: maximum_concentration is part of laws of \[materials.nmc\]; give it there",
        ),
        (
            {
                "materials": {"nmc": {**ACTIVE, "diffusivity": "1e-14 * (0.95 - x)"}},
                "regions": {"nmc": {"material": "nmc", "stoichiometry_full_discharge": 1.0}},
            },
            r"\[regions.nmc\] diffusivity is -.* at x = 0.9.*, but must be above 0 from 0.3 to 1; mend",
        ),
        (
            {"cell": {"electrolyte": "salt", "salt_concentration": 3000.0}},
            r"\[cell\] salt_concentration: conductivity is -.* at c_e = ",
        ),
        ({"cell": {"electrolyte": "nmc"}}, r"\[cell\] electrolyte: \[materials.nmc\] is no electrolyte"),
        ({"cell": {"electrolyte": "sal"}}, r"\[cell\] electrolyte: neither .* has 'sal'; did you mean 'salt'"),
    ],
)
def test_names_that_do_not_fit(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    read(tmp_path)
    content = {**GOOD, "materials": {"nmc": ACTIVE, "salt": SALT}, **changes}
    (tmp_path / "study.toml").write_text(toml(content))
    study = read_study(tmp_path / "study.toml", None, MPI.COMM_SELF)
    with warnings.catch_warnings(), pytest.raises(InputError, match=words):
        warnings.simplefilter("ignore")
        study.model(MPI.COMM_SELF)


def test_a_volume_averaged_cell_takes_none(tmp_path: Path) -> None:
    text = {**GOOD, "dfn": {"cell": "chen2020"}, "materials": {"spare": {"base": "copper"}}}
    for table in ("mesh", "regions", "terminals"):
        del text[table]
    (tmp_path / "study.toml").write_text(toml(text))
    with pytest.raises(InputError, match=r"\[materials\] describes a resolved cell and does not go with \[dfn\]"):
        read_study(tmp_path / "study.toml", None, MPI.COMM_SELF)
