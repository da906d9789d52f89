"""What the page of whole data sets alone uses: stores, jobs, confusion, mean maps, clusters, and tests of suspicion."""
