"""What bench/trials.py measures: trials looked at every day, and the guard."""
