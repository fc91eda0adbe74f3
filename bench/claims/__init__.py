"""Facts and claims: how many are found in 200 labelled sentences and in real posts, beside two plain peers."""
