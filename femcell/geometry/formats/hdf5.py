"""h5py beside a DOLFINx that brings an HDF5 of its own."""

import os
import sys
from typing import Any

from femcell.extras import optional


def load_h5py() -> Any:
    """The h5py module, bound to the HDF5 that it was built with.

    DOLFINx's wheel and h5py's hold one HDF5 each, of different versions. Loaded in the ordinary way, h5py would call
    the one that came first, and fail to read.

    Raises:
        InputError: it is not installed.
    """
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | getattr(os, "RTLD_DEEPBIND", 0))
    try:
        return optional("h5py", "Reading .med and .xdmf")
    finally:
        sys.setdlopenflags(flags)
