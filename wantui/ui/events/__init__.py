"""What has happened: the list of events, and what can be done about them."""
