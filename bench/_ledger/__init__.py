"""The parts of bench/ledger.py: the server and its processor time, the peers, the books to measure, the runs."""
