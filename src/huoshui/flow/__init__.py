"""The shell: brings files, facts and core together; the only place that builds the parts."""
