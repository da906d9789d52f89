"""Pictures as strangers bring them: fetched from public addresses alone, and decoded in a process of their own."""
