"""What the trainer has encoded of a dataset, and whether it still holds."""
