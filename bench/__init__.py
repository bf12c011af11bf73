"""Speed, measured as ratios against a named floor or peer in the same run; `make bench` keeps the history."""
