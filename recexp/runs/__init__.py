"""Run folders: what identifies a run, what it leaves on disk, and leaderboards of finished runs."""
