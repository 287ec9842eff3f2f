"""Every bound in one place, each with its reason."""

MEMORY_BYTES_DEFAULT = 1_000_000_000
"""What a diagnosis may take unless told otherwise (or half of what is free, if that is less)."""

PROCESS_BYTES = 200_000_000
"""What Python and its libraries take beside the engine."""
ENGINE_SHARE = 0.8
"""The engine takes about a quarter more than the limit it is given: buffers in flight are not counted."""

ROWS_PER_CHUNK = 65_536
"""Rows of a text file parsed at once: large enough for columnar speed, small enough for little memory."""

CELL_CHARACTERS_MAX = 10_000
"""Longer cells are set aside: no column of ours is a document."""

COLUMNS_MAX = 400
"""A table with more columns is no table of a shop."""

FINDING_ROWS_MAX = 200
"""Rows shown behind one finding on the page; the workbook holds them all up to EXPORT_ROWS_MAX."""

EXPORT_ROWS_MAX = 10_000
"""Rows of one sheet of the workbook."""

MEMORY_BYTES_MIN = 200_000_000
"""Less than this and the engine cannot even sort: told at the start."""

THREADS_MAX = 64
"""More threads of the engine than any machine that this is made for."""

SIMULATED_PREFIX = "SIM-"
"""Every id of a simulated platform begins with it, so that simulated data labels itself wherever it goes."""
