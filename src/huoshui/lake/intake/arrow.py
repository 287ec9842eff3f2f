"""Arrow's compute functions and array type as this package uses them.

The stubs of pyarrow take no plain Python values as arguments and know no array of unknown type, so both are
Any at this one place.
"""

from typing import Any, TypeAlias

import pyarrow.compute

pc: Any = pyarrow.compute
Array: TypeAlias = Any
"""A pyarrow array of any type."""
