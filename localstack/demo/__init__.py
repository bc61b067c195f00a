"""The demo: the scripted lives of three customers, run and checked on real servers."""
