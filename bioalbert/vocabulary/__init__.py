"""Vocabularies of pieces, the tokenizers made from them, and token stores."""
