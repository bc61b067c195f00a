"""The demo: three customers whose lives are scripted, run and checked on real servers."""
