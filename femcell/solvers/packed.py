"""Forms that are assembled again and again where looking things up costs more than the kernels: small problems.

What the kernels read (constants, coefficients) lies in one array that one gather brings up to date, and every block
of the Jacobian adds into its own part of one array of values, from which another gather fills the matrix.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from dolfinx import cpp, fem
from petsc4py import PETSc

Floats = npt.NDArray[np.float64]


class Packed:
    """Compiled forms with the numbers that their kernels read.

    Attributes:
        kernels: of each form its C++ object, its constants, and its coefficients by kind of integral.
    """

    def __init__(self, forms: Sequence[fem.Form]) -> None:
        """Find out where each number comes from: number all of them, and see where DOLFINx packs which."""
        owners = {id(o): o for f in forms for o in (*f._cpp_object.constants, *f._cpp_object.coefficients)}
        self._arrays = [(o.x.array if hasattr(o, "x") else o.value).reshape(-1) for o in owners.values()]
        sizes = [len(a) for a in self._arrays]
        self._values = np.zeros(1 + sum(sizes))  # the first stays zero: coefficients that an integral does not use
        self._live = self._values[1:]
        saved = [a.copy() for a in self._arrays]
        for array, first in zip(self._arrays, np.cumsum([1, *sizes]), strict=False):
            array[:] = np.arange(first, first + len(array))
        packed = [(fem.pack_constants(f), fem.pack_coefficients(f)) for f in forms]
        for array, values in zip(self._arrays, saved, strict=True):
            array[:] = values
        flat = [a.reshape(-1) for constants, coefficients in packed for a in (constants, *coefficients.values())]
        self._source = np.concatenate([*flat, np.empty(0)]).astype(np.intp)
        self._packed = np.empty(len(self._source))
        parts = iter(np.split(self._packed, np.cumsum([len(a) for a in flat])))
        self.kernels = [
            (form._cpp_object, next(parts), {kind: next(parts).reshape(a.shape) for kind, a in coefficients.items()})
            for form, (_, coefficients) in zip(forms, packed, strict=True)
        ]

    def refresh(self) -> None:
        """Bring all numbers up to date."""
        if self._arrays:  # the Jacobian of a linear part may hold no number that varies
            np.concatenate(self._arrays, out=self._live)
        np.take(self._values, self._source, out=self._packed, mode="clip")


class PackedScalars:
    """Functionals."""

    def __init__(self, forms: Sequence[fem.Form]) -> None:
        """Their forms."""
        self._packed = Packed(forms)

    def assemble(self) -> Floats:
        """Their values."""
        self._packed.refresh()
        return np.array([cpp.fem.assemble_scalar(*kernel) for kernel in self._packed.kernels])


class PackedVector:
    """A blocked vector, on one rank."""

    def __init__(self, forms: Sequence[fem.Form], sizes: Sequence[int]) -> None:
        """One form for each block, and its number of rows."""
        self._packed = Packed(forms)
        self._rows = np.zeros(sum(sizes))
        self._blocks = np.split(self._rows, np.cumsum(sizes)[:-1])

    def assemble(self) -> Floats:
        """The vector at the present values, for the caller to keep."""
        self._packed.refresh()
        self._rows[:] = 0.0
        for block, kernel in zip(self._blocks, self._packed.kernels, strict=True):
            cpp.fem.assemble_vector(block, *kernel)
        return self._rows.copy()


class PackedMatrix:
    """A blocked matrix with given entries, on one rank.

    Attributes:
        A: the matrix; its values are an array of ours.
    """

    def __init__(
        self,
        forms: Mapping[tuple[int, int], fem.Form],
        bcs: Sequence[fem.DirichletBC],
        offsets: npt.NDArray[np.integer],
        scalars: Sequence[bool],
        constrained: npt.NDArray[np.int32],
        states: Callable[[], Iterator[None]],
    ) -> None:
        """Find the entries, and which entry of which block each of them is; what is zero in all `states` is left out.

        Args:
            forms: of the blocks, by the numbers of their fields.
            bcs: rows and columns of theirs are left out.
            offsets: first row of each block, and the end.
            scalars: which fields are scalars: what couples two of them stays.
            constrained: rows that hold the identity.
            states: brings the functions to one state after the other, and back.
        """
        self._packed = Packed(list(forms.values()))
        self._packed.refresh()
        self._bcs = [bc._cpp_object for bc in bcs]
        count = int(offsets[-1])
        patterns = [cpp.fem.petsc.create_matrix(form._cpp_object, None) for form in forms.values()]
        for pattern, kernel in zip(patterns, self._packed.kernels, strict=True):  # what no kernel touches is left out
            cpp.fem.petsc.assemble_matrix(pattern, *kernel, [], True)
            pattern.assemble()
        known = [pattern.getValuesCSR() for pattern in patterns]
        sizes = [len(values) for *_, values in known]
        self._values = np.zeros(sum(sizes) + 2)
        self._values[-1] = 1.0
        self._sums = self._values[:-2]
        parts = np.split(self._sums, np.cumsum(sizes)[:-1])
        self._blocks, keys, kept = [], [], []
        for (i, j), pattern, (starts, inner, _), part in zip(forms, patterns, known, parts, strict=True):
            block = PETSc.Mat().createAIJWithArrays(pattern.getSizes(), (starts, inner, part), comm=pattern.getComm())
            block.setLGMap(*pattern.getLGMap())
            self._blocks.append(block)
            rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
            keys.append((rows + offsets[i]).astype(np.int64) * count + inner + offsets[j])
            kept.append(np.full(len(inner), scalars[i] and scalars[j]))
        present = np.concatenate(kept)
        for _ in states():
            self._packed.refresh()
            self._fill()
            present |= self._sums != 0.0
        key = np.concatenate(keys)
        order = np.argsort(key)
        diagonal = np.arange(count, dtype=np.int64) * (count + 1)
        wanted = np.union1d(key[present], diagonal)
        found = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
        self._source = np.where(key[found] == wanted, found, len(self._values) - 2)  # no block has it: zero
        rows, columns = np.divmod(wanted, count)
        self._source[(rows == columns) & np.isin(rows, constrained)] = len(self._values) - 1
        self._entries = np.zeros(len(wanted))
        indptr = np.searchsorted(rows, np.arange(count + 1)).astype(PETSc.IntType)
        csr = indptr, columns.astype(PETSc.IntType), self._entries
        self.A = PETSc.Mat().createAIJWithArrays((count, count), csr, comm=patterns[0].getComm())

    def _fill(self) -> None:
        self._sums[:] = 0.0
        for block, kernel in zip(self._blocks, self._packed.kernels, strict=True):
            cpp.fem.petsc.assemble_matrix(block, *kernel, self._bcs, True)

    def assemble(self) -> None:
        """Fill the matrix at the present values."""
        self._packed.refresh()
        self._fill()
        np.take(self._values, self._source, out=self._entries, mode="clip")
        self.A.stateIncrease()
        self.A.assemble()
