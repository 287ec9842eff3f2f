"""Who asks: the command line and its report."""
