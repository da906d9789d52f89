"""What the pages that sweep one setting of LRP, epsilon or gamma, share."""
