"""What a page is drawn with: charts, maps, style, names, the album of pictures."""
