"""A preconditioner for concentration and chemical potential of a solid that separates into phases.

    [ A  B ] [c ]   [r]      A  storage over the time step     B  flow, stiffness of the mobility
    [-G  D ] [mu] = [s]      G  second derivative of the free energy     D  mass

Its Schur complement A + B D^-1 G is of fourth order. With G ~ kappa K + h, h the second derivative of the homogeneous
energy, and B ~ m K + b (b: reactions), it is replaced by a product of two operators of second order,

    (B + gamma) D^-1 (G + eta - h),    (b + gamma) eta = A + b h,    m eta + gamma kappa = m h,

that agrees with it in every power of K, where h is large against A; where it is not, as in between the phases, the
double root takes its place, for which the product bounds the complement (Boyanova, Do-Quang and Neytcheva, Comput.
Methods Appl. Math. 12 (2012) 1; Bosch, Stoll and Benner, J. Comput. Phys. 262 (2014) 38: h = 0). Each factor is left to
one cycle of algebraic multigrid. All numbers vary from node to node and are read off the blocks themselves.
"""

from typing import Any

import numpy as np
from petsc4py import PETSc

Values = Any

FLAT = 1e-9
"""Share of a flow's diagonal below which nothing flows: reactions alone, as in thin plates."""

LEAST = 0.1
"""Of the mean storage: what it is taken for at least; drift along a gradient of mobility adds to its row."""


class SeparatingPC:
    """PETSc python preconditioner of a block whose rows are, on each rank, those of c and then those of mu."""

    def __init__(self) -> None:
        """Nothing is known before the first set-up."""
        self.A: PETSc.Mat = None
        self.B: PETSc.Mat = None
        self.G: PETSc.Mat = None
        self.D: PETSc.Mat = None

    def setUp(self, pc: PETSc.PC) -> None:
        """Take the blocks apart, shift the flow and the energy; collective."""
        _, P = pc.getOperators()
        low, high = P.getOwnershipRange()
        self.half = half = (high - low) // 2
        c, mu = (PETSc.IS().createStride(half, low + k * half, 1, comm=P.getComm()) for k in (0, 1))
        if self.D is None:
            self._create(pc)
        self.A, self.B = P.createSubMatrix(c, c, self.A), P.createSubMatrix(c, mu, self.B)
        self.G, self.D = P.createSubMatrix(mu, c, self.G), P.createSubMatrix(mu, mu, self.D)
        self.G.scale(-1.0)
        self.left, self.right = self.D.createVecs()
        self.work = self.right.duplicate()
        self.mass.setOperators(self.D)
        self.gamma, self.eta = self._shifts()
        for matrix, shift in ((self.B, self.gamma), (self.G, self.eta)):
            matrix.setDiagonal(matrix.getDiagonal() + shift)
        self.flow.setOperators(self.B)
        self.energy.setOperators(self.G)
        for solver in (self.mass, self.flow, self.energy):
            solver.setUp()

    def apply(self, pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Write (preconditioner) x into y: c from the Schur complement, mu from the row of the energy."""
        half, left, right, work = self.half, self.left, self.right, self.work
        left.array_w[:] = x.array_r[half:]
        self.mass.solve(left, right)
        self._unshifted(self.B, self.gamma, right, left)
        left.array_w[:] = x.array_r[:half] - left.array_r
        self.flow.solve(left, right)
        self.D.mult(right, left)
        self.energy.solve(left, work)
        self._unshifted(self.G, self.eta, work, left)
        left.array_w[:] += x.array_r[half:]
        self.mass.solve(left, right)
        out = y.array_w
        out[:half], out[half:] = work.array_r, right.array_r

    def _create(self, pc: PETSc.PC) -> None:
        prefix = pc.getOptionsPrefix() or ""
        solvers = []
        for name in ("mass_", "flow_", "energy_"):
            solver = PETSc.KSP().create(pc.getComm())
            solver.setOptionsPrefix(prefix + name)
            solver.setFromOptions()
            solvers.append(solver)
        self.mass, self.flow, self.energy = solvers

    @staticmethod
    def _unshifted(matrix: PETSc.Mat, shift: PETSc.Vec, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Y = (matrix without its shift) x."""
        matrix.mult(x, y)
        y.array_w[:] -= shift.array_r * x.array_r

    def _shifts(self) -> tuple[PETSc.Vec, PETSc.Vec]:
        """What is added to the diagonals of flow and energy: (gamma, eta - h) times the mass of each node."""
        one, sums, diagonal = self.D.createVecRight(), self.D.createVecLeft(), self.D.getDiagonal()
        one.set(1.0)

        def density(matrix: PETSc.Mat) -> Values:
            """What the matrix makes of a constant, per mass."""
            matrix.mult(one, sums)
            found = sums.duplicate()
            self.mass.solve(sums, found)
            return np.array(found.array_r)

        self.D.mult(one, sums)
        mass = sums.sum()
        lumped = diagonal.array_r * (mass / diagonal.sum())
        b, h, a = np.maximum(density(self.B), 0.0), density(self.G), density(self.A)
        a = np.maximum(a, LEAST * sums.sum() / mass)
        # Kappa over m. Where nothing flows, as where concentrations are held, gamma alone stands for the storage.
        stiff, energy = self.B.getDiagonal().array_r, self.G.getDiagonal().array_r
        flow = np.maximum(stiff - b * diagonal.array_r, FLAT * stiff)
        most = (energy / (FLAT * lumped)) ** 2 / a
        ratio = np.minimum(np.maximum(energy - h * diagonal.array_r, 0.0), most * flow) / np.where(flow > 0, flow, 1.0)
        ratio = np.where(flow > 0, ratio, most)
        gamma, eta = factors(a, b, np.maximum(h, 0.0), ratio)
        shifts = sums.duplicate(), sums.duplicate()
        shifts[0].array_w[:], shifts[1].array_w[:] = lumped * gamma, lumped * (eta - h)
        return shifts


def factors(a: Values, b: Values, h: Values, q: Values) -> tuple[Values, Values]:
    """(gamma, eta) with (m k + b + gamma)(kappa k + eta) ~ a + (m k + b)(kappa k + h) for every k >= 0.

    Args:
        a: storage, positive.
        b: reactions, not negative.
        h: curvature of the homogeneous energy, not negative.
        q: kappa / m, positive.
    """
    s, double = h - b * q, 2 * np.sqrt(a * q)
    reactive = s < -double  # reactions outrun diffusion: gamma is negative, and smaller than b
    s = np.where(reactive, s, np.maximum(s, double))
    root = np.sqrt(np.maximum(s * s - 4 * a * q, 0.0))
    gamma = 2 * a / np.where(reactive, s - root, s + root)
    return gamma, np.where(reactive, h, s + b * q) - q * gamma
