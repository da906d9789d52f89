"""Untrusted files opened in a process of their own, whose time, memory and reach are bounded."""
