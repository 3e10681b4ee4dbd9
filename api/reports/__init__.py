"""All that is known of a job, written for a person.

What is known is read (`reading`), told in blocks that both forms share (`content`, with pictures by `drawing`), and
written as HTML or as Markdown (`writing`).
"""
