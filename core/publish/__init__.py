"""What a network takes, and how it is brought there."""
