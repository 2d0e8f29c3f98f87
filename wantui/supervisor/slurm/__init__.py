"""Jobs on the nodes of a Slurm cluster: the second machine (`wantui.supervisor.machine`)."""
