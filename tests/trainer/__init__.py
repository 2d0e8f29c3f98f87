"""Tests of the trainer room: command lines, output, failures, and the real trainer."""
