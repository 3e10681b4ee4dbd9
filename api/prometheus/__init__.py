"""The metrics of the service, as Prometheus reads them."""
