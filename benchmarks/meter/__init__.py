"""What a unit of work costs on AWS, counted by our own arithmetic from the items that the real services write and read.

`python -m benchmarks.meter` prints one JSON line. units: DynamoDB's price of one call. table, services: the ports, with
every request counted. rig: a desk on them. scenarios: the units of work. bill: requests and units in dollars. Nothing
here asks AWS anything, and nothing is timed.
"""
