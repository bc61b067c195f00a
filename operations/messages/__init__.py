"""What an operator does with messages: decide on texts, fill coupon pools, stop and start sending."""
