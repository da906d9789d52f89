"""What pages say, while work waits and when it is done."""
