"""What widgets and workers tell the screen: facts (`CaptionSaved`) and requests (`EditCaption`)."""
