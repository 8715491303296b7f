"""Physical constants, exact in the SI since 2019 (BIPM, The International System of Units, 9th ed.)."""

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
