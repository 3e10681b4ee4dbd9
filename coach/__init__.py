"""Why a network does not learn, and what to do: techniques as moves on a spec, rules, findings. Pure.

Neither TensorFlow nor SQL nor HTTP: what is known of a job comes in as `coach.evidence.Evidence`, and findings go out.
"""
