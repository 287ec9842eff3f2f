"""A shop's files in, canonical Parquet out; contract in docs/spec/intake.md."""

from huoshui.lake.intake.folder import guess_mapping, read_folder
from huoshui.lake.intake.guessing import ColumnProposal, FileProposal, MappingProposal
from huoshui.lake.intake.mapping import MAPPING_FILE, FileMapping, Mapping, load_mapping
from huoshui.lake.intake.values import Conflict, Fault, FileReport, Gap, Intake, Stubs

__all__ = [
    "MAPPING_FILE",
    "ColumnProposal",
    "Conflict",
    "Fault",
    "FileMapping",
    "FileProposal",
    "FileReport",
    "Gap",
    "Intake",
    "Mapping",
    "MappingProposal",
    "Stubs",
    "guess_mapping",
    "load_mapping",
    "read_folder",
]
