"""What a notebook shows: a result as HTML or as a Plotly figure, and several methods beside each other."""
