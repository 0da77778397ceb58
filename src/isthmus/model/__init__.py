"""The nouns of biology: species, reactions, models, questions, reductions; symbolic and immutable."""
