"""Files for ParaView, and what becomes of them when the disk is full."""

import ctypes
import os
import re
from collections.abc import Callable
from pathlib import Path

from dolfinx import fem
from dolfinx.io import VTXWriter
from mpi4py import MPI

from femcell.io.atomic import cannot_write
from femcell.parallel import check


class FieldFile:
    """One field at one time after the other, as ADIOS2 writes it (`.bp`); all methods are collective."""

    def __init__(self, comm: MPI.Comm, path: Path, function: fem.Function) -> None:
        """Open a new file for a function.

        Raises:
            InputError: it cannot be written.
        """
        self.comm, self.path = comm, path
        self._writer: VTXWriter | None = None
        self._guarded(lambda: self._open(function))

    def _open(self, function: fem.Function) -> None:
        self._writer = VTXWriter(self.comm, self.path, [function])

    def write(self, time: float) -> None:
        """Add the present values at a time in s.

        Raises:
            InputError: the disk is full.
        """
        self._guarded(lambda: self._writer.write(time) if self._writer else None)

    def close(self) -> None:
        """Close the file, unless a write has failed already.

        Raises:
            InputError: the disk is full.
        """
        self._guarded(lambda: self._writer.close() if self._writer else None)

    def _guarded(self, action: Callable[[], None]) -> None:
        failure = None
        try:
            action()
        except RuntimeError as error:
            failure = cannot_write(self.path, _os_error(error))
        try:
            check(self.comm, failure)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Never touch the file again: ADIOS2 would write to it once more on freeing it, and end the process on failure.

        Not collective.
        """
        if self._writer is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._writer._cpp_object))
            self._writer = None


def _os_error(error: RuntimeError) -> OSError:
    """What ADIOS2 says in its coloured way of a write that the system refused."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    number = re.search(r"errno = (\d+)", said)
    if number is None:
        return OSError(0, said)
    return OSError(int(number[1]), os.strerror(int(number[1])))
