"""isthmus: the simplest model that still shows what you want to see, with a certificate."""
