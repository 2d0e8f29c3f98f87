"""kohya-ss/musubi-tuner: its command lines, its output, its failures."""
