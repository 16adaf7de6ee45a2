"""Files of records of one length: CODA, Norma 43 and CFONB 120."""

from .cfonb120 import Cfonb120
from .coda import Coda
from .norma43 import Norma43

__all__ = ["Cfonb120", "Coda", "Norma43"]
