"""Operations on one customer: find, show, explain, fast-forward, export, erase, change consent."""
