"""Pictures on terminals: what this one can show, and how each protocol is spoken."""
