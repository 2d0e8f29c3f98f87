"""Pictures and clips that pairs of checkpoints make of a workspace's prompts, and which pair is the better one."""
