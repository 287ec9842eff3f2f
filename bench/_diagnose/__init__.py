"""Parts of bench/diagnose.py: the data it measures on, and the runs it measures, each in a process of its own."""
