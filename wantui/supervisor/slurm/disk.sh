#!/bin/sh
# python, program, its arguments, on each node of the job: nothing of them goes through the shell
exec srun --mpi=none --kill-on-bad-exit=1 --input=none "$1" -I -S "$2" "$3" "$4"
