"""What is asked before and after each job, in a process of its own."""
