"""The types of columns: a trial each, which takes a column in blocks, writes it down and says what does not fit.

A described column has one trial, and what does not fit it is a fault. One that is guessed goes from trial to trial, a
pass over the file each, until one takes all rows (`guessing`).
"""
