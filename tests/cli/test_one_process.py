"""What a notebook does: mistakes and right runs in one process, results that are kept, and its progress bar."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import TIMEOUT, environment

MISTAKES = """
import copy, pickle
from pathlib import Path
import femcell as fc
from femcell import library

small, steps = fc.Resolution(1, 1, 1, 1, 3), ["Discharge at 1C for 10 seconds"]
cell, ECHEM = library.chen2020(), fc.Electrochemistry()
model = fc.DFN(cell, small)

def simulate(**changes):
    quiet = {"output": "out", "progress": False, "record": fc.OutputSettings(pictures=False)}
    return fc.simulate(**({"model": model, "experiment": steps} | quiet | changes))

for changes in (
    {"experiment": ["Discharge nonsense"]},
    {"experiment": ["Charge at 1C until 9 V"]},
    {"model": lambda: fc.DFN(cell, small, physics=[ECHEM, fc.Heat({"negative": library.hatchard2001_body()})])},
    {"model": lambda: fc.DFN(cell, small, contacts={"nowhere": 1.0})},
    {"model": lambda: fc.DFN("chen2020")},
    {"coupling": fc.Strang((("nothing",),))},
    {"coupling": "strang"},
    {"solver": fc.SolverSettings(petsc={"pc_type": "nothing"})},
    {"solver": fc.SolverSettings(petsc={"snes_max_it": "two"})},
    {"solver": "direct"},
    {"record": {"pictures": False}},
):
    try:
        simulate(**{name: value() if callable(value) else value for name, value in changes.items()})
    except fc.InputError as error:
        assert "\\n" not in str(error), error
    else:
        raise SystemExit(f"{changes} ran")
    assert not list(Path().iterdir()), changes
try:
    fc.prepare(model, fc.SolverSettings(petsc={"ksp_type": "nothing"}))
except fc.InputError as error:
    print(error)
prepared = fc.prepare(model)
kept = simulate()
assert 3 < kept.voltage[-1] < 4.2
for other in (copy.copy(kept), copy.deepcopy(kept)):
    assert other.comm is kept.comm and (other.voltage == kept.voltage).all() and other.folder == kept.folder
assert copy.deepcopy(kept).series["time_s"] is not kept.time
Path("kept.pickle").write_bytes(pickle.dumps(kept))
for shown in (kept, model, model.system, prepared):
    assert len(repr(shown)) < 400, shown
print(kept)
"""

ELSEWHERE = """
import pickle, sys
kept = pickle.loads(open(sys.argv[1], "rb").read())
print(kept.plot(), len(kept.time), kept.summary["model"])
"""


def python(code: str, *words: str | Path, cwd: Path) -> list[str]:
    """The lines that a program prints; it ends well, and nothing else is said."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done
    assert "PETSc" not in done.stderr and "WARNING" not in done.stdout + done.stderr, done
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def test_mistakes_leave_nothing_behind_and_results_travel(tmp_path: Path) -> None:
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    there.mkdir()
    elsewhere.mkdir()
    refused, result = python(MISTAKES, cwd=there)
    assert "PETSc cannot take the option ksp_type = 'nothing'" in refused
    assert result.startswith("<Result Doyle-Fuller-Newman model: ") and "10 s, " in result
    (drawn,) = python(ELSEWHERE, there / "kept.pickle", cwd=elsewhere)
    assert drawn == f"{there / 'out' / 'voltage.png'} {drawn.split()[1]} Doyle-Fuller-Newman model"
    assert (there / "out" / "voltage.png").stat().st_size > 5000


def test_a_notebook_without_widgets_sees_no_warning(tmp_path: Path) -> None:
    """tqdm looks for the module of the kernel, and warns where ipywidgets is missing."""
    code = (
        "import sys, types, warnings\n"
        "warnings.simplefilter('error')\n"
        "sys.modules['ipywidgets'] = None\n"
        "sys.modules['ipykernel.zmqshell'] = types.ModuleType('zmqshell')\n"
        "shell = types.ModuleType('IPython')\n"
        "shell.get_ipython = lambda: None\n"
        "shell.version_info = (8,)\n"
        "sys.modules['IPython'] = shell\n"
        "from femcell.io.progress import Progress\n"
        "bar = Progress(True)\n"
        "print(bar.live)\n"
    )
    assert python(code, cwd=tmp_path) == ["False"]
