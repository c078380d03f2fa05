"""Fast tests without the engine and Node. They replace the network by a transport (the parameter `inner`)."""
