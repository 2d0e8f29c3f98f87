"""What widgets and workers tell the screen: facts (`DatasetRead`) and requests (`SaveCaption`)."""
