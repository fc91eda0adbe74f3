"""Facts and claims: how many are found, of 200 labelled sentences and of real posts, beside plain word overlap and cosine."""
