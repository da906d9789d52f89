"""The rules of LRP: how one layer shares out the relevance of its outputs among its inputs."""
