"""The command line: `huoshui start DIR` and its kin. `main` is the entry point; docs/guide/ is its manual.

commands    one function a command        helping     the help page          terminal    how words get out
running     errors and exit codes         questions   what only the operator knows
reporting   a run becomes a report        doctor      is this machine fit
planning    a plan becomes files
"""

from huoshui.serve.cli.running import main

__all__ = ["main"]
