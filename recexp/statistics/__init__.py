"""Say how certain a metric or a difference is: intervals, paired tests and slices, computed from kept ranks."""
