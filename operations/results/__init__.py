"""The results of campaigns: reports, and how they are written for people."""
