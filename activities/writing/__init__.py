"""Writing: a language model's texts about products, guarded, kept, and used for every customer.

A `brief` says what is wanted, the `writer` has it written by a `language_model`, `guards` look at what came, and
`stored_content` finds it again. `writing` is the activity around them.
"""
