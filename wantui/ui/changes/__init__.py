"""What has been changed, and undoing it."""
