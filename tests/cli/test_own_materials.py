"""Materials of the user's own: they run as the library's do, and a run goes on without the files of their tables."""

from pathlib import Path
from typing import Any

import numpy as np

from femcell.constants import GAS_CONSTANT
from femcell.io.series import read_series
from femcell.materials import evaluate, library
from femcell.materials.tables import Table
from tests.cli.conftest import Studies

NMC = library.chen2020().positive.active
AT = np.linspace(0.2, 0.95, 101).tolist()
POTENTIALS = [evaluate(NMC.open_circuit_potential, x, 298.15) for x in AT]
OWN: dict[str, Any] = {
    "my_nmc": {
        "kind": "active",
        "source": "sampled",
        "maximum_concentration": 63104,
        "diffusivity": "4e-15",
        "conductivity": 0.18,
        "open_circuit_potential": "tables/nmc.CSV",
        "exchange_current_density": "3.42e-6 * sqrt(c_e * c_s * (c_s_max - c_s)) "
        f"* exp(17800 / {GAS_CONSTANT} * (1 / 298.15 - 1 / T))",
        "stoichiometry_full_charge": 0.2661,
        "stoichiometry_full_discharge": 0.9084,
        "initial_stoichiometry": NMC.initial_stoichiometry,
    },
    "my_salt": {
        "base": "nyman2008",
        "transference_number": "0.2594",
        "conductivity": "1.297e-10 * c_e**3 - 2.51 * (c_e / 1000)**1.5 + 3.329e-3 * c_e",
    },
}
STEPS = ["Discharge at 1C for 10 seconds", "Discharge at 1000000 W for 10 seconds"]
"""The second ends the run."""


def ended(folder: Path, changes: dict[str, Any]) -> Studies:
    """The run on two ranks, up to the end of its first step."""
    studies = Studies(folder, ranks=2)
    done = studies.run({"experiment.steps": STEPS, **changes})
    assert done.code == 3, done
    assert "Nothing names" not in done.err
    return studies


def test_a_sampled_material_runs_as_that_of_the_library_and_is_resumed_without_its_file(tmp_path: Path) -> None:
    """The voltages differ by what the table does from the law, and by rounding: the runs choose their steps alike."""
    for folder in ("library", "own/tables"):
        (tmp_path / folder).mkdir(parents=True)
    file = tmp_path / "own" / "tables" / "nmc.CSV"
    lines = [f"{x!r}, {U!r}\n" for x, U in zip(AT, POTENTIALS, strict=True)]
    file.write_text("x, U [V]  # against lithium\n" + "".join(lines))
    ended(tmp_path / "library", {})
    own = ended(tmp_path / "own", {"materials": OWN, "regions.nmc.material": "my_nmc", "cell.electrolyte": "my_salt"})
    theirs, mine = (read_series(tmp_path / folder / "out") for folder in ("library", "own"))
    table = Table(tuple(AT), tuple(POTENTIALS))
    used = np.linspace(NMC.initial_stoichiometry, NMC.initial_stoichiometry + 0.05, 200).tolist()
    apart = max(abs(table(x) - evaluate(NMC.open_circuit_potential, x, 298.15)) for x in used)
    assert 0 < apart < 1e-3
    assert mine["time_s"][-1] == theirs["time_s"][-1] == 10.0
    assert 0 < abs(mine["voltage_V"][-1] - theirs["voltage_V"][-1]) <= apart + 1e-7

    file.unlink()
    again = own("resume", "out", "--quiet")
    assert again.code == 3, again
    assert "at t = 10 s" in again.complaint
