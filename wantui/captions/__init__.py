"""A person's captions: the files, changes of many, tags, spelling, proposals."""
