"""Messages to a person about what has happened: composed and sent by a child process, through apprise."""
