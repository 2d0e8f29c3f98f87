"""What is asked before a run starts or goes on, with its plan beside."""
