"""Pictures of segments, values and forecasts: small plain data enter, matplotlib figures leave.

Points and values carry no key, so that no picture tells who a customer is.
"""
