"""The tables, the migrations that lead to them, and the role that may use them."""
