"""Operations on messages: decide on generated texts, fill coupon pools, stop and start sending."""
