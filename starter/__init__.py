"""Everything outside the workflows that talks to them: commands, gateway, importer, the local stack."""
