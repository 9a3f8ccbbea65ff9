"""Our text in a ticket: worded once, rendered, found and replaced in three kinds of markup. Pure.

``words`` says it in neutral spans; ``markdown``, ``wiki`` and ``adf`` render these, find
what stands in a person's text, and replace only that. A person's text never goes through
a parser and back: outside of our part every byte (every ADF node) stays as it was.
"""
