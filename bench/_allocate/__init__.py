"""Parts of bench/allocate.py: the instances, our runs, the general solvers, each measured in a process of its own."""
