"""Commands that run once and end: each in a runner of its own, by hand, by a deploy, or by the clock."""
