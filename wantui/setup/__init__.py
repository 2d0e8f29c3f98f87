"""From a bare box to a trainer that works: what is there is used, what is missing is fetched, each step as a job."""
