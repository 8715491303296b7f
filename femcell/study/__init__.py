"""A study file: TOML that says which cell, what is done to it, and where the results go.

The schema is strict: an unknown key, a wrong type or a value out of range ends in one sentence that names
the place.
"""

from femcell.study.example import DFN_EXAMPLE, EXAMPLE, EXAMPLE_MESH
from femcell.study.libraries import CELLS, ELECTROLYTES, MATERIALS
from femcell.study.reader import read_study, stored_study
from femcell.study.schema import STORED, Study

__all__ = [
    "CELLS",
    "DFN_EXAMPLE",
    "ELECTROLYTES",
    "EXAMPLE",
    "EXAMPLE_MESH",
    "MATERIALS",
    "STORED",
    "Study",
    "read_study",
    "stored_study",
]
