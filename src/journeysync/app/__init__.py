"""Use cases: the only room that joins the pure core with store and trackers.

Start at ``workspace.py``: one method a use case. Every result is a value from
``results.py``; its JSON is what pipelines rely on.
"""
