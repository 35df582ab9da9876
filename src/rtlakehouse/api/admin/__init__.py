"""The resource `admin`: who asks, and who may."""
