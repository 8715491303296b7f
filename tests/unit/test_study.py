"""Study files: the example holds, and every mistake ends in one sentence that names its place."""

import dataclasses
import tomllib
from pathlib import Path

import pytest
from mpi4py import MPI

import femcell as fc
from femcell.errors import InputError
from femcell.materials import Electrode, library
from femcell.materials.mechanical import PartialMolarVolume
from femcell.materials.plasticity import LinearHardening
from femcell.solvers.coupling import Strategy
from femcell.study import ELECTROLYTES, EXAMPLE, MATERIALS, STORED, read_study, stored_study

GOOD = """
[mesh]
file = "half.msh"
[regions.nmc]
material = "chen2020.positive"
[terminals.positive]
surface = "foil_top"
[terminals.negative]
surface = "lithium"
kind = "lithium"
[experiment]
steps = ["Discharge at 1C until 3.0 V"]
[output]
folder = "out"
"""
MESHES = Path(__file__).parents[2] / "meshes"


def study(folder: Path, text: str, output: str | None = None):  # type: ignore[no-untyped-def]
    (folder / "study.toml").write_text(text)
    return read_study(folder / "study.toml", output, MPI.COMM_SELF)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        study(folder, text)
    said = str(caught.value)
    assert "\n" not in said
    return said.split("study.toml': ")[1]


def test_the_example_fits_the_schema_and_names_what_exists(tmp_path: Path) -> None:
    example = study(tmp_path, EXAMPLE)
    assert len(example.experiment_steps().steps) == 2
    assert example.regions["nmc"].material in MATERIALS
    assert example.cell.electrolyte in ELECTROLYTES
    time, _, output = example.settings()
    assert (time.tolerance, time.max_order) == (fc.TimeSettings().tolerance, fc.TimeSettings().max_order)
    assert output.fields_at_s == (0.0, 1800.0)


def test_the_example_says_the_defaults(tmp_path: Path) -> None:
    """Tables that the example fills with defaults can be left out."""
    content = tomllib.loads(EXAMPLE)
    written, bare = study(tmp_path, EXAMPLE), study(tmp_path, GOOD)
    for table in ("time", "solver"):
        assert content[table]
        assert getattr(written, table) == getattr(bare, table)
    assert written.cell == bare.cell


def test_all_library_names_make_something() -> None:
    for name, make in {**ELECTROLYTES, **MATERIALS}.items():
        made = make()
        assert made.particles if isinstance(made, Electrode) else made.name, name


def test_contacts_come_out(tmp_path: Path) -> None:
    """Of solids that touch, of a terminal, of an electrode and its collector."""
    text = GOOD.replace("half.msh", str(MESHES / "small_half_cell_2d.msh"))
    text = text.replace('surface = "foil_top"', 'surface = "foil_top"\ncontact_resistance = 1e-8')
    resolved = study(tmp_path, text + '[cell]\ncontacts = [["nmc", "foil", 1e-3]]').model(MPI.COMM_SELF)
    assert isinstance(resolved, fc.ResolvedCell)
    assert resolved.contacts == {("nmc", "foil"): 1e-3}
    assert resolved.terminals["positive"] == fc.Equipotential("foil_top", 1e-8)
    dfn = '[dfn]\ncell = "chen2020"\ncontacts = { positive = 1e-3 }\n'
    averaged = study(tmp_path, dfn + GOOD[GOOD.index("[experiment]") :]).model(MPI.COMM_SELF)
    assert isinstance(averaged, fc.DFN)
    assert averaged.layout.positive.terminal == fc.Equipotential("positive_collector", 1e-3)


@pytest.mark.parametrize("table", ['kind = "uniform"', 'kind = "lithium"'])
def test_only_one_potential_has_a_contact(tmp_path: Path, table: str) -> None:
    text = GOOD.replace(
        'surface = "lithium"\nkind = "lithium"', f'surface = "lithium"\n{table}\ncontact_resistance = 1.0'
    )
    text = text.replace("half.msh", str(MESHES / "small_half_cell_2d.msh"))
    with pytest.raises(InputError, match="only an equipotential terminal has a contact_resistance"):
        study(tmp_path, text).model(MPI.COMM_SELF)


def test_a_model_comes_out(tmp_path: Path) -> None:
    text = GOOD.replace("half.msh", str(MESHES / "small_half_cell_2d.msh")).replace(
        'material = "chen2020.positive"', 'material = "chen2020.positive"\ninitial_stoichiometry = 0.4'
    )
    text += '[regions.separator]\nmaterial = "chen2020.separator"\n[regions.foil]\nmaterial = "aluminium"\n'
    text += "[cell]\nsalt_concentration = 900\ntemperature_K = 310\n"
    model = study(tmp_path, text).model(MPI.COMM_SELF)
    assert model.electrolyte.initial_concentration == 900.0
    assert model.electrolyte.name == library.nyman2008().name
    assert model.temperature == 310.0
    assert model.regions["nmc"] == dataclasses.replace(library.chen2020().positive.active, initial_stoichiometry=0.4)
    assert model.layout.positive.actives[0].regions == ("nmc",)


def test_a_material_that_yields_and_one_that_is_given_its_elasticity(tmp_path: Path) -> None:
    text = GOOD.replace("half.msh", str(MESHES / "lfp_half_cell_2d.msh")).replace("regions.nmc", "regions.lfp")
    elastic = '"lfp_mpet"\nyoungs_modulus = 1e11\npoissons_ratio = 0.3\npartial_molar_volume = 3e-6'
    text = text.replace('"chen2020.positive"', elastic)
    text += '[mechanics]\n[regions.foil]\nmaterial = "aluminium"\nyield_stress = 3e7\nhardening_modulus = 1e9\n'
    regions = study(tmp_path, text).model(MPI.COMM_SELF).regions
    assert regions["foil"].mechanical.plasticity.hardening == LinearHardening(yield_stress=3e7, modulus=1e9)
    assert regions["foil"].mechanical.stiffness == library.aluminium().mechanical.stiffness
    assert regions["lfp"].mechanical.expansion == PartialMolarVolume(omega=3e-6)
    assert regions["lfp"].mechanical.plasticity is None


@pytest.mark.parametrize(
    ("change", "to", "words"),
    [
        ('file = "half.msh"', 'fil = "half.msh"', "'mesh.file' is missing."),
        (
            'file = "half.msh"',
            'file = "half.msh"\nunits = "um"',
            "unknown key 'units' in [mesh]; did you mean 'unit'?",
        ),
        (
            'file = "half.msh"',
            'file = "half.msh"\nunit = "inch"',
            "'mesh.unit' is 'inch': input should be 'm', 'mm', 'um' or 'nm'.",
        ),
        ("[experiment]", "[experimnt]", "'experiment' is missing."),
        (
            "[experiment]",
            "[tim]\ntolerance = 1e-3\n[experiment]",
            "unknown key 'tim' in [the top level]; did you mean 'time'?",
        ),
        (
            "[experiment]",
            '[cell]\ntemperature_K = "warm"\n[experiment]',
            "'cell.temperature_K' is 'warm': input should be a valid number",
        ),
        (
            "[experiment]",
            "[cell]\ncross_section = -1.0\n[experiment]",
            "'cell.cross_section' is -1.0: input should be greater than 0.",
        ),
        (
            "[experiment]",
            "[cell]\ntemperature_K = nan\n[experiment]",
            "'cell.temperature_K' is nan: input should be a finite number.",
        ),
        (
            'steps = ["Discharge at 1C until 3.0 V"]',
            "steps = []",
            "'experiment.steps' is []: list should have at",
        ),
        ("[terminals.negative]", "[terminals.minus]", "'terminals.minus.[key]' is 'minus': input should be"),
        (
            "[experiment]",
            '[solver]\ncoupling = "Strang"\n[experiment]',
            "'solver.coupling' is 'Strang': input should be 'mono",
        ),
        ("[experiment]", "[solver]\ncoupling = 3\n[experiment]", "'solver.coupling' is 3: it should be a table."),
        (
            "[experiment]",
            '[solver]\ncoupling = { strategy = "Strang" }\n[experiment]',
            "'solver.coupling.strategy' is 'Strang': input should be 'mono",
        ),
        (
            "[experiment]",
            '[solver]\ncoupling = { strategy = "staggered", sweeps = 3 }\n[experiment]',
            "unknown key 'sweeps' in [solver.coupling]; known here: strategy, groups, iterations",
        ),
        (
            "[experiment]",
            '[solver]\ncoupling = { strategy = "lie", groups = ["T"] }\n[experiment]',
            "'solver.coupling.groups.0' is 'T': input should be a valid list.",
        ),
        (
            "[experiment]",
            '[solver]\ncoupling = { strategy = "lie", substeps = [1.5, 1] }\n[experiment]',
            "'solver.coupling.substeps.0' is 1.5: input should be a valid integer",
        ),
        (
            "[experiment]",
            "[solver]\ncoupling = { iterations = 3 }\n[experiment]",
            "'solver.coupling.strategy' is missing.",
        ),
        (
            "[experiment]",
            '[heat.regions.nmc]\ndensity = 1.0\nheat_capacity = 1.0\nconductivity = "high"\n[experiment]',
            "'heat.regions.nmc.conductivity' is 'high': input should be a valid number",
        ),
        (
            "[experiment]",
            '[heat.regions.nmc]\ndensity = 1.0\nheat_capacity = 1.0\nconductivity = [1.0, "high"]\n[experiment]',
            "'heat.regions.nmc.conductivity.1' is 'high': input should be a valid number",
        ),
        (
            'kind = "lithium"',
            'kin = "lithium"',
            "unknown key 'kin' in [terminals.negative]; did you mean 'kind'?",
        ),
    ],
)
def test_schema_errors(tmp_path: Path, change: str, to: str, words: str) -> None:
    assert change in GOOD
    assert refusal(tmp_path, GOOD.replace(change, to)).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tab = []\n", "unknown key 'tab' in [the top level]"),
        ("output = 3\n", "'output' is 3: it should be a table."),
        ("output = []\n", "'output' is []: it should be a table."),
        ("output = 1979-05-27\n", "1979-05-27 is a date or a time"),
        ("mesh = [1]\n", "'mesh' is [1]: it should be a table."),
        ("[[dfn]]\n", "'dfn' is [{}]: it should be a table."),
        ("mechanics = true\n", "'mechanics' is True: it should be a table."),
        ("heat = { regions = [1] }\n", "'heat.regions' is [1]: input should be a table."),
        ("regions = { nmc = 3 }\n", "'regions.nmc' is 3: it should be a table."),
        ("dfn = { pouch = { height = 0.1, cells = [2] } }\n", "'dfn.pouch.cells.1' is missing."),
        ("cell = { contacts = [[1, 2]] }\n", "'cell.contacts.0.0' is 1: input should be a valid string."),
        ("cell = { degree = true }\n", "'cell.degree' is True: input should be a valid integer."),
        ("cell = { temperature_K = true }\n", "'cell.temperature_K' is True: input should be a valid number."),
        ('cell = { temperature_K = "300" }\n', "'cell.temperature_K' is '300': input should be a valid number."),
        ("dfn = { replace = { positive = { porosity = true } } }\n", "'dfn.replace.positive.porosity' is True"),
        ("mechanics = { two_way = 1 }\n", "'mechanics.two_way' is 1: input should be a valid boolean."),
        ("time = { max_order = 3.0 }\n", "'time.max_order' is 3.0: input should be a valid integer."),
        ('solver = { coupling = { strategy = "lie", substeps = [true] } }\n', "'solver.coupling.substeps.0' is True"),
        ("experiment = { steps = [[[1]]] }\n", "'experiment.steps.0.0' is [1]: input should be a valid string."),
        ('experiment = { steps = "Rest" }\n', "'experiment.steps' is 'Rest': input should be a valid list."),
    ],
)
@pytest.mark.parametrize("output", [None, "elsewhere"])
def test_wrong_kinds(tmp_path: Path, text: str, words: str, output: str | None) -> None:
    rest = {"experiment": '{ steps = ["Rest for 1 h"] }', "output": '{ folder = "out" }'}
    lines = "".join(f"{table} = {content}\n" for table, content in rest.items() if not text.startswith(table))
    with pytest.raises(InputError) as caught:
        study(tmp_path, lines + text, output)
    assert words in str(caught.value)


def test_a_terminal_that_is_missing(tmp_path: Path) -> None:
    text = GOOD.replace('[terminals.negative]\nsurface = "lithium"\nkind = "lithium"\n', "")
    assert refusal(tmp_path, text) == "[terminals.negative] is missing; a cell has two terminals."


@pytest.mark.parametrize(
    ("change", "to", "words"),
    [
        (
            "chen2020.positive",
            "chen2020.positve",
            r"^\[regions.nmc\] material: the library has no 'chen2020.positve'; did you mean 'chen",
        ),
        (
            "chen2020.positive",
            "nyman2008",
            r"'nyman2008' is an electrolyte; name it in \[cell\]",
        ),
        (
            '"chen2020.positive"',
            '"chen2020.positive"\nconductivty = 1.0',
            r"^\[regions.nmc\]: 'chen2020.positive' has no property 'conductivty'; did you mean 'cond",
        ),
        (
            '"chen2020.positive"',
            '"chen2020.positive"\nconductivity = "high"',
            r"^\[regions.nmc\]: conductivity must be a number in SI units, not 'high'\.$",
        ),
        ('"chen2020.positive"', '"chen2020.positive"\nconductivity = -1.0', r"conductivity"),
        ('"chen2020.positive"', '"chen2020.positive"\nhardening_modulus = 1e9', r"nmc\].*give its yield_stress"),
        ('"chen2020.positive"', '"lfp_mpet"\nyield_stress = 1e8', r"nmc\].*give youngs_modulus and poissons_ratio"),
        (
            'kind = "lithium"',
            'kind = "uniform"\ndouble_layer_capacitance = 0.1',
            r"^\[terminals.negative\]: only a lithium surface has a double_layer_capacitance here",
        ),
        (
            "[experiment]",
            '[cell]\nelectrolyte = "water"\n[experiment]',
            r"^\[cell\] electrolyte: the library has no 'water'; it has nyman2008",
        ),
    ],
)
def test_errors_of_the_model(tmp_path: Path, change: str, to: str, words: str) -> None:
    assert change in GOOD
    read = study(tmp_path, GOOD.replace(change, to))
    with pytest.raises(InputError, match=words):
        read.model(MPI.COMM_SELF)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[time]\nmax_order = 6", r"max_order must lie between 1 and 5, not 6"),
        ("[solver]\nmax_iterations = 1", r"max_iterations must lie between 2 and 1000, not 1"),
        ("[output]\nfields_at_s = [-1.0]", r"-1|negative"),
    ],
)
def test_settings_out_of_range_name_their_table(tmp_path: Path, table: str, words: str) -> None:
    if "[output]" in table:
        text = GOOD.replace('folder = "out"', 'folder = "out"\n' + table.split("\n")[1])
    else:
        text = GOOD + table + "\n"
    with pytest.raises(InputError, match=words) as caught:
        study(tmp_path, text).settings()
    assert table.split("\n")[0] in str(caught.value)


def test_files_that_are_no_studies(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist; 'femcell init' writes one"):
        read_study(tmp_path / "none.toml", None, MPI.COMM_SELF)
    with pytest.raises(InputError, match="is not valid TOML"):
        study(tmp_path, "[mesh\n")
    assert refusal(tmp_path, 'root = "/"\n' + GOOD) == "unknown key 'root'."


def test_relative_paths_start_from_the_study(tmp_path: Path) -> None:
    read = study(tmp_path, GOOD, output="elsewhere")
    assert Path(read.root) == tmp_path.resolve()
    assert read.output.folder == "elsewhere"


def test_a_run_finds_its_study_again(tmp_path: Path) -> None:
    read = study(tmp_path, GOOD)
    (tmp_path / STORED).write_text(read.model_dump_json())
    again = stored_study(tmp_path, MPI.COMM_SELF)
    assert again.output.folder == str(tmp_path)
    assert again.model_copy(update={"output": read.output}) == read
    with pytest.raises(InputError, match="is not the output folder of a 'femcell run'"):
        stored_study(tmp_path / "none", MPI.COMM_SELF)
    half = '{"mesh": "\\ud800"}'
    for content, words in ((half, "a text in it is none"), ("[1]", "no names and values"), ("", "is damaged")):
        (tmp_path / STORED).write_text(content)
        with pytest.raises(InputError, match=words):
            stored_study(tmp_path, MPI.COMM_SELF)


@pytest.mark.parametrize(
    ("line", "strategy"),
    [
        ("", fc.Monolithic()),
        ('coupling = "strang"', fc.Strang()),
        ('coupling = { strategy = "lie", groups = [["T"]], substeps = [1, 5] }', fc.Lie((("T",),), (1, 5))),
        ('coupling = { strategy = "staggered", iterations = 9, aitken = true }', fc.Staggered((), 9, aitken=True)),
    ],
)
def test_the_coupling_is_one_line(tmp_path: Path, line: str, strategy: Strategy) -> None:
    found = study(tmp_path, GOOD + f"[solver]\n{line}\n")
    assert found.coupling() == strategy
    assert type(found).model_validate_json(found.model_dump_json()).coupling() == strategy


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('coupling = { strategy = "strang", aitken = true }', "no option 'aitken'"),
        ('coupling = { strategy = "staggered", iterations = 0 }', "at least one iteration"),
        ('coupling = { strategy = "staggered", tolerance = 1e-8 }', "tolerance needs more than one iteration"),
    ],
)
def test_a_coupling_that_makes_no_sense(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        study(tmp_path, GOOD + f"[solver]\n{line}\n").coupling()
