from journeysync.sandbox.jira.webhook import signature, signed_headers


def test_the_published_test_vector_is_signed_as_published() -> None:
    digest = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert signature("It's a Secret to Everybody", b"Hello World!") == digest


def test_a_delivery_keeps_its_identifier_over_retries() -> None:
    first, again = (signed_headers("s", b"{}", delivery="d1", retry=retry) for retry in (0, 2))
    assert first["X-Atlassian-Webhook-Identifier"] == again["X-Atlassian-Webhook-Identifier"] == "d1"
    assert ("X-Atlassian-Webhook-Retry" in first, again["X-Atlassian-Webhook-Retry"]) == (False, "2")
