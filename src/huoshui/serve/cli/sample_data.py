"""Data to try things on: a simulated platform or public data; neither replaces anything else."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from huoshui.base.errors import BadOption
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import FOLDER_NOT_OURS, MAKING_SAMPLE, MAKING_WORLD, WRITING_WORLD

if TYPE_CHECKING:
    from huoshui.flow.app import Settings

Shape = Literal["canonical", "acg-faka"]
Format = Literal["csv", "parquet"]
MONTHS_DEFAULT = 4
HAND_MADE = frozenset({"assumptions.toml", "mapping.toml", "huoshui-report"})
"""What somebody may have added to such a folder; it stays when the data is made again."""


def write_world(
    terminal: Terminal,
    out: Path,
    *,
    seed: int,
    users: int,
    months: int = MONTHS_DEFAULT,
    shape: Shape = "canonical",
    format: Format = "csv",  # noqa: A002  as the option is called
) -> None:
    """A simulated platform into `out`, in place of an earlier one. Raises BadOption on anything else."""
    from huoshui.sim.files import is_simulated, write_acg_faka, write_canonical
    from huoshui.sim.world import make_world

    refuse_used(out, ours=out.is_dir() and is_simulated(out))
    with terminal.progress() as progress, staged(out, whole=True, keep=HAND_MADE) as folder:
        progress(terminal.word(MAKING_WORLD), 0, 0)
        world = make_world(seed, users=users, months=months)
        progress(terminal.word(WRITING_WORLD), 0, 0)
        if shape == "canonical":
            write_canonical(world, folder, format=format)
        else:
            write_acg_faka(world, folder)


def write_public(terminal: Terminal, out: Path, settings: "Settings") -> "Settings":
    """The public data into `out`; gives `settings` in its currency. Raises BadOption on anything else."""
    from huoshui.flow.files import is_public_data, write_public_data

    refuse_used(out, ours=is_public_data(out))
    with terminal.progress() as progress, staged(out, whole=True, keep=HAND_MADE) as folder:
        progress(terminal.word(MAKING_SAMPLE), 0, 0)
        return write_public_data(folder, settings=settings)


def refuse_used(out: Path, *, ours: bool) -> None:
    """Raise BadOption where `out` is a file, or holds anything and is not ours to replace."""
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise BadOption(option="--out", value=out, reason_zh=FOLDER_NOT_OURS.zh, reason_en=FOLDER_NOT_OURS.en)
