"""Effects per user, learned from rows drawn by chance. See docs/spec/learning.md."""

from huoshui.learn.models.learning import EffectModel, Learned, fit, learn
from huoshui.learn.models.saved import load, save

__all__ = ["EffectModel", "Learned", "fit", "learn", "load", "save"]
