"""Computing for many visitors: one queue, what is kept, what is measured."""
