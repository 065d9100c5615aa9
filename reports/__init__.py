"""Pages for people, built from the store: one self-contained HTML file each."""
