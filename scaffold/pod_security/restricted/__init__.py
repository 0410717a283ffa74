"""What hardened pods do besides; each of these may replace a check of baseline by a stricter one."""
