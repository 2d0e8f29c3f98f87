"""From a bare machine to a trainer that works: what is there is used, what is missing fetched, each step as a job."""
