"""A run: what is asked for, the plan, its hooks, its progress and its report."""
