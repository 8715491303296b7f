"""Published materials and cells: functions that return a frozen object.

`dataclasses.replace` makes variants.

>>> from femcell.materials import library
>>> library.chen2020().positive.active.name
'NMC811'
"""

from femcell.materials.library.chen2020 import chen2020
from femcell.materials.library.chen2020_thermal import chen2020_heat_capacity, chen2020_layers
from femcell.materials.library.ecker2015 import ecker2015
from femcell.materials.library.hatchard2001 import hatchard2001_body, hatchard2001_reactions
from femcell.materials.library.landesfeind2019 import landesfeind2019
from femcell.materials.library.lfp_mpet import lfp_mpet
from femcell.materials.library.marquis2019 import marquis2019
from femcell.materials.library.metals import aluminium, copper, lithium_metal
from femcell.materials.library.nyman2008 import nyman2008

__all__ = [
    "aluminium",
    "chen2020",
    "chen2020_heat_capacity",
    "chen2020_layers",
    "copper",
    "ecker2015",
    "hatchard2001_body",
    "hatchard2001_reactions",
    "landesfeind2019",
    "lfp_mpet",
    "lithium_metal",
    "marquis2019",
    "nyman2008",
]
