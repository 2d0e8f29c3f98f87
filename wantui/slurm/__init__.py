"""Slurm by its command line: jobs, nodes, what to ask it for. Who starts jobs there: `wantui.supervisor.slurm`."""
