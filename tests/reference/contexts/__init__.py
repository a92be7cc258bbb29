"""Naive references, one file per yaml of conf/attention."""
