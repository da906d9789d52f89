"""What a network looks at in a whole set of pictures: a store of explanations is read, grouped, and put to the test."""
