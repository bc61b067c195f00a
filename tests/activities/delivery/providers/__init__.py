"""The providers of e-mail and SMS, on local servers."""
