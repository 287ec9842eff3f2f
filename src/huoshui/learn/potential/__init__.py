"""Who is about to leave without buying: a live score, its features defined once. See docs/spec/potential.md."""

from huoshui.learn.potential.events import KINDS, Asked, Events, labels, occasions
from huoshui.learn.potential.judged import Judged
from huoshui.learn.potential.model import Fitted, Potential, fit_potential
from huoshui.learn.potential.saved import load, save
from huoshui.learn.potential.state import FEATURES, State, Taken, features_of

__all__ = [
    "FEATURES",
    "KINDS",
    "Asked",
    "Events",
    "Fitted",
    "Judged",
    "Potential",
    "State",
    "Taken",
    "features_of",
    "fit_potential",
    "labels",
    "load",
    "occasions",
    "save",
]
