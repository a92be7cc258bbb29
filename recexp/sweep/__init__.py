"""Run all jobs of a sweep: plan what is left to do, launch it, watch it, and report the results."""
