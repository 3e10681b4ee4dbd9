"""What goes wrong inside the layers: dead units, saturated activations, gradients."""
