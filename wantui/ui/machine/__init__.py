"""GPUs, the setup and the doctor on the screen."""
