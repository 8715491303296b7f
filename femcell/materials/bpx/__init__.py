"""Cells from BPX files (Battery Parameter eXchange, bpxstandard.com), and back.

`read_bpx` reads a file into a `Cell`, `write_bpx` writes one. Both check it with the `bpx` package of the Faraday
Institution, which comes with `pip install "femcell[bpx]"`.

>>> from femcell.materials.bpx import read_bpx
>>> cell = read_bpx("nmc_pouch_cell_BPX.json")                     # doctest: +SKIP
"""

from femcell.materials.bpx.reader import read_bpx
from femcell.materials.bpx.writer import write_bpx

__all__ = ["read_bpx", "write_bpx"]
