"""Rain sets: the built-in streets, the public sets' layouts, and folders of one's own."""
