"""What the system says about itself while it runs."""
