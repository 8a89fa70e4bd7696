"""Drives real editors in a terminal of their own, as a typist would."""
