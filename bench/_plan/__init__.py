"""What bench/plan.py runs: its data."""
