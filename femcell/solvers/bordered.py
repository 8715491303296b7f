"""A preconditioner for fields with a few scalar unknowns: block multigrid, and elimination of the border.

    [ A  B ] [x]   [f]        y = P^-1 f;  s = S^-1 (g - C y);  x = y - Y s,
    [ C  D ] [s] = [g]        Y ~ A^-1 B,  S = D - C Y.

The scalars (voltage, current) touch every interface unknown; left in the multigrid they would be one dense
row on every level.
"""

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femcell.solvers.discrete import Clock


class BorderedPC:
    """PETSc python preconditioner; `fields` and `scalars` are rows, `splits` named rows among the fields.

    Attributes:
        stale: whether the next set-up takes the new matrix; else what was built for an older one is kept.
        builds: how often it has been built.
    """

    def __init__(
        self,
        fields: PETSc.IS,
        scalars: PETSc.IS,
        splits: list[tuple[str, PETSc.IS]],
        prefix: str,
        clock: Clock,
    ) -> None:
        """Keep the index sets; nothing is built before the first set-up."""
        self.fields, self.scalars, self.splits, self.prefix = fields, scalars, splits, prefix
        self.clock = clock
        self.stale = True
        self.builds = 0
        self.inner: PETSc.KSP | None = None
        self.A: PETSc.Mat | None = None
        self.B: PETSc.Mat | None = None
        self.C: PETSc.Mat | None = None
        self.D: PETSc.Mat | None = None

    def forget(self) -> None:
        """Build the hierarchies from nothing at the next set-up: the matrix will be of another kind; collective."""
        if self.inner is not None:
            self.inner.destroy()  # on several ranks what is only dropped stays until somebody sweeps
        self.inner = None
        self.stale = True

    def _create(self) -> PETSc.KSP:
        inner = PETSc.KSP().create(self.fields.getComm())
        inner.setOptionsPrefix(self.prefix)
        pc = inner.getPC()
        pc.setType(PETSc.PC.Type.FIELDSPLIT)
        pc.setFieldSplitIS(*self.splits)
        inner.setFromOptions()
        return inner

    def setUp(self, pc: PETSc.PC) -> None:
        """Extract the blocks, set up the inner preconditioner, eliminate the border; nothing if it still serves."""
        if self.stale:
            with self.clock.part("preconditioner"):
                self._set_up(pc)
            self.builds += 1
            self.stale = False

    def _set_up(self, pc: PETSc.PC) -> None:
        _, P = pc.getOperators()
        self.A = P.createSubMatrix(self.fields, self.fields, self.A)
        self.B = P.createSubMatrix(self.fields, self.scalars, self.B)
        self.C = P.createSubMatrix(self.scalars, self.fields, self.C)
        self.D = P.createSubMatrix(self.scalars, self.scalars, self.D)
        self.inner = inner = self.inner or self._create()
        inner.setOperators(self.A)
        inner.setUp()
        count = self.D.getSize()[0]
        self.small = self.C.createVecLeft()
        unit = self.B.createVecRight()
        S = np.zeros((count, count))
        self.columns: list[PETSc.Vec | None] = []
        for j in range(count):
            unit.set(0.0)
            low, high = unit.getOwnershipRange()
            if low <= j < high:
                unit.setValue(j, 1.0)
            unit.assemble()
            right = self.B.createVecLeft()
            self.B.mult(unit, right)
            S[:, j] = self._gather(self.D * unit)
            if right.norm() == 0.0:
                self.columns.append(None)
                continue
            column = right.duplicate()
            inner.solve(right, column)
            self.columns.append(column)
            S[:, j] -= self._gather(self.C * column)
        if not np.isfinite(S).all():
            raise np.linalg.LinAlgError("the inner solver did not eliminate the border")
        self.inverse = np.linalg.inv(S)

    def apply(self, pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Write (preconditioner) x into y."""
        f, g = x.getSubVector(self.fields), x.getSubVector(self.scalars)
        out, s_out = y.getSubVector(self.fields), y.getSubVector(self.scalars)
        self.inner.getPC().apply(f, out)  # type: ignore[union-attr]
        self.C.mult(out, self.small)  # type: ignore[union-attr]
        s = self.inverse @ (self._gather(g) - self._gather(self.small))
        for value, column in zip(s, self.columns, strict=True):
            if column is not None:
                out.axpy(-value, column)
        low, high = s_out.getOwnershipRange()
        s_out.setValues(np.arange(low, high, dtype=PETSc.IntType), s[low:high])
        s_out.assemble()
        for whole, index, part in (
            (x, self.fields, f),
            (x, self.scalars, g),
            (y, self.fields, out),
            (y, self.scalars, s_out),
        ):
            whole.restoreSubVector(index, part)

    def _gather(self, v: PETSc.Vec) -> npt.NDArray[np.float64]:
        """A short vector whole on every rank."""
        comm = v.getComm().tompi4py()
        return np.concatenate(comm.allgather(np.array(v.array_r)))
