"""Measured comparisons with peers. Each file is a command: prints a table (ours, the peer, the ratio), writes JSON."""
