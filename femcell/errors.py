"""What can go wrong, sorted by who can mend it.

Every error carries the exit code that the command line ends with: 2 where the input is at fault, 3 where the
input was fine but the solve could not go on.
"""


class FemcellError(Exception):
    """Base of all errors that femcell raises on purpose; `exit_code` is what the command line returns."""

    exit_code: int = 1


class InputError(FemcellError):
    """The study, mesh, material or experiment is wrong: one sentence names the place and the mend."""

    exit_code = 2


class SolveError(FemcellError):
    """The solve could not go on: the message says what happened, where and when."""

    exit_code = 3


class NewtonError(SolveError):
    """One nonlinear solve did not converge; the stepper answers with a smaller step.

    Attributes:
        worn: the solve went by a Jacobian or a preconditioner of before; new ones may help.
    """

    def __init__(self, message: str, *, worn: bool = False) -> None:
        """Say what happened."""
        super().__init__(message)
        self.worn = worn
