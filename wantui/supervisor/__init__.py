"""The process that outlives the screen: the queue, the leases, the trainer processes."""
