"""What a run ends with; docs/guide lists them, and they never change their meaning."""

FINE = 0
OUR_FAULT = 1
UNUSABLE = 2
"""Also what every InputError says of itself."""
LIMIT = 3
"""Also what every LimitError says of itself."""
ROWS_TO_CORRECT = 4
STORE = 5
"""What every StoreError says of itself."""
BOOKS_DO_NOT_HOLD = 6
INTERRUPTED = 130
