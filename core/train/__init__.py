"""Training: datasets, archetypes, adapters and the exam that they must pass before they are used."""
