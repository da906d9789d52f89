"""Relevance as people see it and take it away: colours, sheets, records and exports."""
