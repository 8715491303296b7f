"""Physical constants, exact in the SI since 2019 (BIPM, The International System of Units, 9th ed.)."""

from collections.abc import Mapping
from math import pi

AVOGADRO = 6.02214076e23
"""Avogadro constant, 1/mol."""

ELEMENTARY_CHARGE = 1.602176634e-19
"""Elementary charge, C."""

BOLTZMANN = 1.380649e-23
"""Boltzmann constant k_B, J/K."""

FARADAY = AVOGADRO * ELEMENTARY_CHARGE
"""Faraday constant F, C/mol."""

GAS_CONSTANT = AVOGADRO * BOLTZMANN
"""Molar gas constant R, J/(mol K)."""

LENGTH_UNITS: Mapping[str, float] = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "nm": 1e-9}
"""Units of length in the files that are read, in metres."""
PLANCK = 6.62607015e-34
"""Planck constant h, J s."""

SPEED_OF_LIGHT = 299792458.0
"""Speed of light in vacuum, m/s."""

STEFAN_BOLTZMANN = 2 * pi**5 * BOLTZMANN**4 / (15 * PLANCK**3 * SPEED_OF_LIGHT**2)
"""Stefan-Boltzmann constant, W/(m2 K4)."""
