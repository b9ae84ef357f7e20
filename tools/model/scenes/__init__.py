"""Generated scenes: pictures of a few drawn things on a drawn background, each with sentences that are true of it."""
