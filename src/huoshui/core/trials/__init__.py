"""Fair tests: who is in which arm, and what may be read of it on any day. See docs/spec/trials.md."""

from huoshui.core.trials.e_process import BETS, Drift, Wealth, no_drift, no_wealth, wealth_of

__all__ = ["BETS", "Drift", "Wealth", "no_drift", "no_wealth", "wealth_of"]
