"""The embedded default delivery, and the trial simulator behind it: made-up people, a known truth, no real data."""
