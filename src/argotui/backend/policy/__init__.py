"""Engines that answer whether a request may be approved, all of them closed by default."""
