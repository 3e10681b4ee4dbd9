"""The steps of a training: one compiled call of many, on one device, streamed, or on several devices."""
