"""A shop's files in, canonical Parquet out; contract in docs/spec/intake.md."""

from huoshui.lake.intake.folder import read_folder
from huoshui.lake.intake.values import Conflict, Fault, FileReport, Gap, Intake, Stubs

__all__ = ["Conflict", "Fault", "FileReport", "Gap", "Intake", "Stubs", "read_folder"]
