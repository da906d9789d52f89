"""What stands round the pages: addresses kept from page to page, and the server on the open web."""
