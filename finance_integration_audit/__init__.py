from . import controllers, models, wizards
from .hooks import put_aside, take_back
