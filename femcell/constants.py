"""Physical constants, exact in the SI since 2019 (BIPM, The International System of Units, 9th ed.)."""

from collections.abc import Mapping

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
