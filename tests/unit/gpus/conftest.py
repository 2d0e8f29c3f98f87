"""The stand-in for the NVIDIA driver is at hand in every test of this room."""

from tests.stand_in_nvml import stand_in_nvml

__all__ = ["stand_in_nvml"]
