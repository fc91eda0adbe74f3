"""The peer of bench.training: TRL as its own documentation shows it."""
