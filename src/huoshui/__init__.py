"""Huoshui (活水): where incentive balance goes, what it brings, and who should get the next yuan."""

__version__ = "0.1.0"
