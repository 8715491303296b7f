"""Plausibility checks are overruled by name, and by no other name."""

import pytest

from femcell.errors import InputError
from femcell.plausibility import CHECKS, implausible, require_checks


def test_a_finding_ends_with_how_to_overrule_it() -> None:
    with pytest.raises(InputError) as found:
        implausible("particle_size", "This is odd", ())
    assert str(found.value) == 'This is odd; if it is meant, accept = ["particle_size"].'
    implausible("particle_size", "This is odd", ["particle_size"])


def test_names_that_no_check_has_are_refused() -> None:
    require_checks(list(CHECKS))
    with pytest.raises(InputError, match=r"'particle_sise'.*did you mean 'particle_size'\?"):
        require_checks(["particle_sise"])
    with pytest.raises(InputError, match=r"'everything'.*the checks are mesh_extent, particle_size"):
        require_checks(("everything",))
    with pytest.raises(InputError, match=r'write accept = \["particle_size"\]'):
        require_checks("particle_size")
