// Headers only.
