"""What answers look like, for the OpenAPI document: ``docs/answers.md`` as models.

They describe and change nothing: answers are made in ``engine.answers`` and are sent as they are.
"""
