"""The recorder: keeps steps, readings and events in the workspace's history, beside the supervisor."""
