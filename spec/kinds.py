"""What a job can be: a training, which clients make and see, or work of the service's own."""

TRAIN = "train"
"""The kind of the jobs that clients make. All others are internal: no client sees them."""

READ = "read"
"""The kind of the jobs that read a file into a data set."""

ACCELERATORS = ("any", "cpu", "gpu")
"""What a training can ask for. A job of another kind has the kind's name in the same place, its lane: those who look
for trainings in the queue, in the order of their claims, need not look at anything else of a job."""
