"""What bench/ledger.py runs: the server's own work, the peers beside, and our paths of money."""
