"""The page that a new workspace opens with: three steps to the first training."""
