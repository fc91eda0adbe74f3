"""Images: cards and carousels set in type, pictures by image models, photos of a person, and the brand on all."""
