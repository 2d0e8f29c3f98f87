#!/bin/sh
# python, program, order: nothing of them goes through the shell
exec "$1" -I -S "$2" "$3"
