"""Run the grid of a sweep: plan, launch, watch, report."""
