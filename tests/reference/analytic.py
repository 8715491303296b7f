"""Closed forms from the literature that simulations are compared with; SI units."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .chebyshev import Array
from .planar import FARADAY, GAS_CONSTANT


def slab_constant_flux(depth: ArrayLike, times: ArrayLike) -> Array:
    """Slab under constant flux J through one face, the other closed: (c - c_0) / (J L / D).

    T + (3 z^2 - 1) / 6 - (2 / pi^2) sum_n (-1)^n / n^2 exp(-n^2 pi^2 T) cos(n pi z), z counted from the
    closed face (J. Crank, The Mathematics of Diffusion, 2nd ed. 1975, eq. 4.55).

    Args:
        depth: distance from the closed face over the thickness L, shape (n,).
        times: T = D t / L^2, at least 1e-8, shape (n_times,).

    Returns:
        Shape (n_times, n).

    Raises:
        ValueError: a time is too early for the series.
    """
    z, T = np.atleast_1d(np.asarray(depth, dtype=float)), np.atleast_1d(np.asarray(times, dtype=float))
    n = np.arange(1, _terms(T) + 1)[:, None]
    shapes = (-1.0) ** n / n**2 * np.cos(np.pi * n * z)
    decay = np.exp(-np.outer(T, n**2 * np.pi**2))
    return T[:, None] + (3.0 * z**2 - 1.0) / 6.0 - 2.0 / np.pi**2 * (decay @ shapes)


def sphere_constant_flux(times: ArrayLike) -> Array:
    """Surface of a sphere under constant flux J into it: (c_s - c_0) / (J R / D).

    3 T + 1/5 - 2 sum_n exp(-q_n^2 T) / q_n^2 with tan q_n = q_n (J. Crank, The Mathematics of Diffusion,
    2nd ed. 1975, eq. 6.45 at r = a).

    Args:
        times: T = D t / R^2, at least 1e-8, shape (n_times,).

    Returns:
        Shape (n_times,).

    Raises:
        ValueError: a time is too early for the series.
    """
    T = np.atleast_1d(np.asarray(times, dtype=float))
    # q cos q = sin q has its n-th positive root between n pi and (n + 1/2) pi
    roots = [
        brentq(lambda q: q * np.cos(q) - np.sin(q), n * np.pi, (n + 0.5) * np.pi, xtol=1e-14)
        for n in range(1, _terms(T) + 1)
    ]
    squares = np.square(roots)
    return 3.0 * T + 0.2 - 2.0 * np.exp(-np.outer(T, squares)) @ (1.0 / squares)


def sand_time(diffusivity: float, concentration: float, transference: float, current: float) -> float:
    """Time in s at which the salt runs out at a lithium electrode far from any other (Sand's time).

    pi D (F c_0 / (2 i (1 - t+)))^2 (H. J. S. Sand, Phil. Mag. 1 (1901) 45-79; A. J. Bard and L. R. Faulkner,
    Electrochemical Methods, 2nd ed. 2001, eq. 8.2.14, with the share 1 - t+ of the current carried by
    diffusion in a binary salt).

    Args:
        diffusivity: salt diffusivity of the free liquid, m2/s.
        concentration: initial salt concentration, mol/m3.
        transference: of lithium, -.
        current: density in the liquid, A/m2.
    """
    diffusive = current * (1.0 - transference)
    return float(np.pi * diffusivity * (FARADAY * concentration / (2.0 * diffusive)) ** 2)


def limiting_current(diffusivity: float, concentration: float, transference: float, length: float) -> float:
    """Largest steady current density in A/m2 between two lithium electrodes: 2 F D c_0 / (L (1 - t+)).

    The flux (1 - t+) i / F is then carried by the linear profile that falls from 2 c_0 to 0 (J. Newman and
    K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed. 2004).

    Args:
        diffusivity: effective salt diffusivity, m2/s.
        concentration: mean salt concentration, mol/m3.
        transference: of lithium, -.
        length: distance of the electrodes, m.
    """
    return 2.0 * FARADAY * diffusivity * concentration / (length * (1.0 - transference))


def liquid_junction_potential(
    c_1: float, c_2: float, transference: float, thermodynamic_factor: float, temperature: float
) -> float:
    """phi_e at c_2 less phi_e at c_1 without current: (2 R T / F) (1 - t+) chi ln(c_2 / c_1), V.

    phi_e is what a lithium electrode in the solution reads (J. Newman and K. E. Thomas-Alyea, Electrochemical
    Systems, 3rd ed. 2004, chapter 12, integrated for constant t+ and chi = 1 + dln f / dln c).

    Args:
        c_1: mol/m3.
        c_2: mol/m3.
        transference: t+ of lithium, -.
        thermodynamic_factor: chi, -.
        temperature: K.
    """
    selective = (1.0 - transference) * thermodynamic_factor
    return float(2.0 * GAS_CONSTANT * temperature / FARADAY * selective * np.log(c_2 / c_1))


def charge_transfer_resistance(
    exchange_current: float, temperature: float, alpha_a: float = 0.5, alpha_c: float = 0.5
) -> float:
    """Slope d eta / d i of Butler-Volmer at equilibrium: R T / (i_0 F (alpha_a + alpha_c)), Ohm m2.

    Source: A. J. Bard and L. R. Faulkner, Electrochemical Methods, 2nd ed. 2001, eq. 3.4.13, which has
    alpha_a + alpha_c = 1.

    Args:
        exchange_current: i_0, A/m2.
        temperature: K.
        alpha_a: anodic transfer coefficient, -.
        alpha_c: cathodic transfer coefficient, -.
    """
    return GAS_CONSTANT * temperature / (exchange_current * FARADAY * (alpha_a + alpha_c))


def _terms(times: Array) -> int:
    """Terms after which exp(-(n pi)^2 T) is below 1e-17 at the earliest time."""
    earliest = float(times.min())
    if earliest < 1e-8:
        raise ValueError(f"the series needs D t / L^2 of at least 1e-8, not {earliest:g}")
    return int(np.ceil(np.sqrt(40.0 / earliest) / np.pi)) + 1
