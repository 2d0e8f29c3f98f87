"""What pairs of checkpoints have made: a grid, each on the whole screen, two compared without their names."""
