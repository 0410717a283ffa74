"""What a folder already says about a service, as answers that know the foreign file and line they come from."""
