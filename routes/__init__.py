"""What the HTTP API offers, a resource a file: each has its `routes`, which api.py includes."""
