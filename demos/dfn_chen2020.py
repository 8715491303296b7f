"""A 1C discharge of the LG M50 cell with the Doyle-Fuller-Newman model.

On the line 0 < x < L through negative electrode, separator and positive electrode, with porosity e, transport factor B,
active fraction e_s, particles of radius R and reacting surface a = 3 e_s / R per volume, the unknowns are the salt
c_e(x), the potentials phi_e(x) and phi_s(x), and the lithium c_s(x, r) in the particle at each point x:

    e dc_e/dt = d/dx (D_e B dc_e/dx - t_+ i_e / F) + a i / F                                    salt
    d/dx i_e = a i,  i_e = -kappa B (dphi_e/dx - (2 R_g T / F) (1 - t_+) chi d(ln c_e)/dx)      ionic charge
    d/dx (sigma dphi_s/dx) = a i                                                                electronic charge
    dc_s/dt = r^-2 d/dr (r^2 D_s dc_s/dr),  -D_s dc_s/dr = i / F at r = R                       lithium
    i = i_0 (exp(F eta / 2 R_g T) - exp(-F eta / 2 R_g T)),  eta = phi_s - phi_e - U(c_s(x, R))

with the thermodynamic factor chi, and the current at the collectors is given (M. Doyle, T. F. Fuller, J. Newman,
J. Electrochem. Soc. 140 (1993) 1526). Parameters: C.-H. Chen et al., J. Electrochem. Soc. 167 (2020) 080534.

The voltage has to be that of a solution of the same equations by other means: finite volumes of PyBaMM 26.10.1.1 with
up to 320 cells per layer and 80 per particle, extrapolated to fine meshes, accurate to some 3 uV.

    python demos/dfn_chen2020.py         pictures and results in out/dfn_chen2020; exits with 1 where a figure is missed
"""

import shutil
import sys
from collections.abc import Mapping

import numpy as np

import femcell as fc

REFERENCE: Mapping[float, float] = {70.0: 3.941190, 1800.0: 3.511836, 3000.0: 3.225359}
"""Time in s: voltage in V."""

END = 3555.202
"""s; when 2.5 V are reached."""

VOLTS, SECONDS = 2e-4, 0.1
"""How far the default resolution and time tolerance may be off."""

OUT = "out/dfn_chen2020"


def missed(result: fc.Result) -> list[str]:
    """The figures that a result misses; prints all of them."""
    found = []
    for time, volts in REFERENCE.items():
        # Fields are asked for at these times: the run steps on them exactly.
        voltage = float(result.voltage[np.flatnonzero(result.time == time)[0]])
        line = f"{time:7.1f} s: {voltage:.6f} V, reference {volts:.6f} V, difference {1e3 * (voltage - volts):+.4f} mV"
        found += [line] if abs(voltage - volts) > VOLTS else []
        print(line)
    end = float(result.time[-1])
    line = f"2.5 V at {end:.3f} s, reference {END:.3f} s"
    print(line)
    return [*found, line] if abs(end - END) > SECONDS else found


def main() -> int:
    """Run, compare, and return the exit code."""
    shutil.rmtree(OUT, ignore_errors=True)
    result = fc.simulate(
        fc.DFN(fc.library.chen2020()),
        ["Discharge at 1C until 2.5 V"],
        output=OUT,
        record=fc.OutputSettings(fields_at_s=tuple(REFERENCE)),
    )
    found = missed(result)
    for line in found:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
