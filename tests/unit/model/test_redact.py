from __future__ import annotations

import json
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from argotui.model.redact import (
    MASK,
    is_secret_name,
    redact_text,
    redact_tree,
    redact_value,
)

PEM = """-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAx9
-----END RSA PRIVATE KEY-----"""
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

secrets = st.text(string.ascii_letters + string.digits, min_size=12, max_size=40)


@pytest.mark.parametrize(
    "name",
    [
        "password", "db-password", "dbPassword", "DB_PASSWORD", "passwd", "token", "api-token",
        "apiKey", "api_key", "key", "access-key", "client.secret", "SECRET", "dsn", "SENTRY_DSN",
        "credentials", "passphrase", "AWSSecretAccessKey", "Authorization",
    ],
)  # fmt: skip
def test_names_that_tell_of_a_secret(name: str) -> None:
    assert is_secret_name(name)
    assert redact_value(name, "hunter2") == MASK


@pytest.mark.parametrize(
    "name",
    [
        "message", "secretName", "token-url", "password-file", "public-key", "partition_key",
        "monkey", "keyboard", "tokenizer", "count", "max_tokens", "", "42", "secret-ref",
    ],
)  # fmt: skip
def test_names_that_only_resemble_one(name: str) -> None:
    assert not is_secret_name(name)
    assert redact_value(name, "plain words") == "plain words"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"here is {JWT}, use it", JWT),
        ("id AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        (PEM, "MIIEowIBAAKCAQEAx9"),
        ("-----BEGIN PRIVATE KEY-----\nabc123", "abc123"),
        ("curl -H 'Authorization: Bearer abcdef0123456789'", "abcdef0123456789"),
        ("https://s3/b/k?X-Amz-Credential=c&X-Amz-Signature=0a1b2c3d4e5f&x=1", "0a1b2c3d4e5f"),
        ("postgres://app:s3cr3t/x@db:5432/prod", "s3cr3t/x"),
        ("postgres://app:p@ss@db/prod", "p@ss"),
        ("redis://:hunter22@cache:6379", "hunter22"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123", "ghp_abcdefghijklmnopqrstuvwxyz0123"),
        ("mysql --password hunter2 -h db", "hunter2"),
        ("mysql --password=hunter2 -h db", "hunter2"),
        ("export DB_PASSWORD=hunter2; run", "hunter2"),
        ("password: hunter2", "hunter2"),
        ('{"password": "hunter2", "user": "u"}', "hunter2"),
        ('[{"name": "password", "value": "hunter2"}]', "hunter2"),
        ("env:\n- name: DB_PASSWORD\n  value: hunter2\n", "hunter2"),
    ],
)
def test_secrets_are_found_by_their_shape(text: str, secret: str) -> None:
    covered = redact_value("message", text)

    assert secret not in covered
    assert MASK in covered


@pytest.mark.parametrize(
    "text",
    [
        "exit code 1",
        "the password is wrong",
        "secretName: registry-pull",
        "password: {{inputs.parameters.password}}",
        "http://minio:9000/bucket/key",
        "s3://bucket/path/main.log",
        "max_tokens: 4096",
    ],
)
def test_harmless_text_stays(text: str) -> None:
    assert redact_text(text) == text


@given(
    before=st.text(string.printable, max_size=30),
    name=st.sampled_from(["password", "api-key", "DB_TOKEN", "clientSecret", "dsn"]),
    secret=secrets,
    after=st.text(string.printable, max_size=30),
)
def test_a_secret_does_not_survive_what_stands_around_it(
    before: str, name: str, secret: str, after: str
) -> None:
    assume(secret not in before + after)
    for text in (
        f"{before}\n{name}={secret} {after}",
        f"{before} https://user:{secret}@host/ {after}",
        f"{before} bearer {secret}\n{after}",
        f"{before}\n--{name} {secret}\n{after}",
    ):
        assert secret not in redact_text(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "value", "key", "token", "a"]), inner)
    ),
    max_leaves=20,
)


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else None


@given(json_values)
def test_covering_keeps_the_structure_and_is_stable(document: object) -> None:
    covered = redact_tree(document)

    assert shape(covered) == shape(document)
    assert redact_tree(covered) == covered


@given(st.text())
def test_covering_text_twice_changes_nothing_more(text: str) -> None:
    assert redact_text(redact_text(text)) == redact_text(text)


@given(secrets)
def test_a_document_loses_its_secrets_and_keeps_its_references(secret: str) -> None:
    document: dict[str, object] = {
        "spec": {
            "arguments": {"parameters": [{"name": "db-password", "value": secret}]},
            "templates": [
                {
                    "container": {
                        "args": ["--token", secret, "--verbose", f"--password={secret}"],
                        "env": [
                            {"name": "API_KEY", "value": secret},
                            {
                                "name": "OTHER_TOKEN",
                                "valueFrom": {"secretKeyRef": {"name": "vault", "key": "path"}},
                            },
                        ],
                    },
                    "metadata": {"annotations": {"config": json.dumps({"password": secret})}},
                }
            ],
            "imagePullSecrets": [{"name": "registry"}],
            "automountServiceAccountToken": True,
        }
    }

    text = json.dumps(redact_tree(document))

    assert secret not in text
    for kept in ("vault", '"key": "path"', "registry", "--verbose", "true"):
        assert kept in text
