"""Every fact as a user of pandas would compute it, but for the rows behind findings."""

from pathlib import Path

import pandas as pd

from _diagnose.pandas_grants import grant_facts
from _diagnose.pandas_orders import buyers, costed_orders, order_facts


def facts_with_pandas(folder: Path) -> dict[str, pd.DataFrame]:
    """The fact tables by the names of the statements that compute the same."""
    orders = costed_orders(folder)
    people = buyers(orders, folder)
    return order_facts(orders, people, folder) | grant_facts(orders, people, folder)
