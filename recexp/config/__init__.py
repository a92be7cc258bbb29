"""Compose a config from conf/, check it, and explain what is wrong with it."""

from recexp.config import resolvers as resolvers  # which every config needs, however it was composed
