"""Physical constants, exact in the SI since 2019 (BIPM, The International System of Units, 9th ed.)."""

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

PLANCK = 6.62607015e-34
"""Planck constant h, J s."""

SPEED_OF_LIGHT = 299792458.0
"""Speed of light in vacuum, m/s."""

STEFAN_BOLTZMANN = 2 * pi**5 * BOLTZMANN**4 / (15 * PLANCK**3 * SPEED_OF_LIGHT**2)
"""Stefan-Boltzmann constant, W/(m2 K4)."""
