"""GPUs: what they are doing, which are free, and who has leased them."""
