"""From a published im2txt checkpoint to the network of these tools."""
