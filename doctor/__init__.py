"""The doctor: looks at a system from outside, beside a running flow too, and says what is wrong and what to do.

Each file is one group of checks, each check a function of the system that yields findings. Nothing is
written, nothing is placed, no secret is told.
"""
