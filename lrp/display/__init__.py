"""Explanations as files and pictures: coloured maps, the sheet, the record of a comparison, and exports."""
