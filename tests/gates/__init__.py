"""Gates and decisions, on the embedded cluster and on a real one."""
