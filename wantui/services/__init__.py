"""What both front ends call: plain classes with typed calls."""
