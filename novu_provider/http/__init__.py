"""The HTTP client: TLS, retries, rate limits, proxies, redaction. It knows neither Novu nor bridges."""
