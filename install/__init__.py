"""What `make setup` does once there is a virtual environment: packages, and the images of Fashion-MNIST."""
