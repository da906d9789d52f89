"""Files and names from outside: opened with care, written whole or not at all, shown as plain text."""
