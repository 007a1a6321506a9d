"""Kubeconfigs are read as kubectl reads them, and what is wrong with one is said."""

from __future__ import annotations

import base64
import contextlib
import os
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from argotui.backend.kube import kubeconfig as module
from argotui.backend.kube.kubeconfig import list_contexts, load_target
from argotui.backend.kube.kubeconfig_file import read_kubeconfig
from argotui.errors import BackendError, ConfigError
from tests.unit.kube.servers import config


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)


def write(path: Path, tree: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tree if isinstance(tree, str) else yaml.safe_dump(tree))
    path.chmod(0o600)
    return str(path)


def entry(context: str, server: str, **user: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
        "current-context": context,
    }


def error(source: object = None, context: str | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_target(context, source)  # type: ignore[arg-type]  # wrong shapes are the point
    return caught.value


def test_of_several_files_the_first_word_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path / "a" / "config", entry("one", "https://first", token="t1"))
    second = write(tmp_path / "b" / "config", entry("two", "https://second", token="t2"))
    missing = str(tmp_path / "missing")
    empty = write(tmp_path / "empty", "")
    paths = ["", missing, empty, first, second, first]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(paths))

    target = load_target()

    assert (target.context, target.server, target.user.token) == ("one", "https://first", "t1")
    # Both files call their cluster `c`: the first one's is meant, whoever names it.
    assert load_target("two").server == "https://first"
    assert [(info.name, info.current) for info in list_contexts()] == [
        ("one", True),
        ("two", False),
    ]


def test_without_the_variable_the_file_in_the_home_is_read(tmp_path: Path) -> None:
    write(tmp_path / "home" / ".kube" / "config", entry("home", "https://h"))

    assert load_target().context == "home"


def test_paths_are_relative_to_their_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = entry("one", "https://x", tokenFile="tokens/t")
    tree["clusters"][0]["cluster"]["certificate-authority"] = "ca.pem"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ca.pem").write_text("CA OF A")
    path = write(tmp_path / "a" / "config", tree)
    monkeypatch.setenv("KUBECONFIG", path)
    monkeypatch.chdir(tmp_path)

    target = load_target()

    assert target.ca == "CA OF A"
    assert target.user.token_file == str(tmp_path / "a" / "tokens" / "t")


def test_a_plugin_is_found_beside_its_file_only_if_its_command_is_a_path(tmp_path: Path) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "bin/login"}
    beside = write(tmp_path / "a", entry("one", "https://x", exec=plugin))
    on_path = write(tmp_path / "b", entry("one", "https://x", exec=plugin | {"command": "login"}))

    first, second = load_target(None, beside).user.exec, load_target(None, on_path).user.exec

    assert first is not None
    assert first.command == str(tmp_path / "bin" / "login")
    assert second is not None
    assert second.command == "login"


def test_inline_data_wins_over_files(tmp_path: Path) -> None:
    tree = entry("one", "https://x")
    tree["clusters"][0]["cluster"] |= {
        "certificate-authority": str(tmp_path / "nowhere"),
        "certificate-authority-data": base64.b64encode(b"INLINE").decode(),
    }

    assert load_target(None, tree).ca == "INLINE"


def test_the_namespace_of_the_context_is_the_default_one() -> None:
    assert load_target(None, config("https://x")).namespace == "argo"
    assert load_target(None, entry("one", "https://x")).namespace == "default"


def test_namespaces_of_other_contexts_of_the_cluster_are_known() -> None:
    tree: Any = config("https://x")
    for name, cluster in (("b", "lab"), ("a", "lab"), ("z", "other")):
        context = {"cluster": cluster, "user": "me", "namespace": name}
        tree["contexts"].append({"name": name, "context": context})

    assert load_target(None, tree).related_namespaces == ("a", "argo", "b")


def test_nulls_are_absent_as_in_go() -> None:
    tree: Any = config("https://x", {"token": None, "exec": None, "as-groups": None})
    tree["preferences"] = None
    tree["clusters"][0]["cluster"]["certificate-authority"] = None

    assert load_target(None, tree).user.exec is None
    assert load_target(None, entry("one", "https://x") | {"users": [{"name": "u", "user": None}]})


def test_server_addresses_are_completed_as_client_go_does() -> None:
    def server(address: str, **cluster: object) -> str:
        return load_target(None, config(address, None, cluster)).server

    assert server("https://rancher/k8s/clusters/c-1/") == "https://rancher/k8s/clusters/c-1"
    assert server("10.0.0.1:8080") == "http://10.0.0.1:8080"
    assert server("10.0.0.1", **{"insecure-skip-tls-verify": True}) == "https://10.0.0.1"
    assert "not a URL" in error(config("https://")).title
    assert "not a URL" in error(config("ftp://x")).title


def test_unsafe_settings_are_warned_of(tmp_path: Path) -> None:
    tree = config("https://x", {"as": "boss"}, {"insecure-skip-tls-verify": True})
    path = write(tmp_path / "config", tree)
    os.chmod(path, 0o640)

    tls, readable, acting = load_target(None, path).warnings

    assert "TLS is not verified" in tls
    assert f"{path}: chmod 600" in readable
    assert "boss" in acting
    os.chmod(path, 0o600)
    assert len(load_target(None, path).warnings) == 2
    assert "not encrypted" in load_target(None, config("http://elsewhere")).warnings[0]
    assert load_target(None, config("http://127.0.0.1:1")).warnings == ()


def test_a_missing_context_names_the_nearest_first() -> None:
    tree: Any = config("https://x")
    for name in ("zebra", "production-eu", "staging"):
        tree["contexts"].append({"name": name, "context": {"cluster": "lab", "user": "me"}})

    wrong = error(tree, "prodution-eu")

    assert wrong.title == "The kubeconfig has no context prodution-eu"
    assert wrong.detail.startswith("There are: production-eu, ")
    assert "--context" in wrong.hint
    assert "no context gone" in error(tree | {"current-context": "gone"}).title
    assert "no current context" in error(tree | {"current-context": ""}).title


@pytest.mark.parametrize(
    ("change", "title", "detail"),
    [
        ({"clusters": []}, "names the cluster lab, which is not in the kubeconfig", "none"),
        ({"users": [{"name": "you"}]}, "names the user me, which is not in the kubeconfig", "you"),
        ({"contexts": [{"name": ""}]}, "an entry without a name", ""),
        ({"users": [{"name": "me", "user": {"token": 7}}]}, "wrong type", "$.users"),
        ({"kind": "Pod"}, "is not a kubeconfig", "Pod"),
        ({"clusters": [{"name": "lab", "cluster": {}}]}, "has no server", ""),
    ],
)
def test_what_is_missing_or_misshapen_is_named(
    change: dict[str, object], title: str, detail: str
) -> None:
    wrong = error(config("https://x") | change)

    assert title in wrong.title
    assert detail in wrong.detail


@pytest.mark.parametrize(
    ("user", "cluster", "words"),
    [
        ({"client-certificate-data": "QQ=="}, {}, "client-certificate but no client-key"),
        ({"client-certificate": "/nowhere", "client-key": "/nowhere"}, {}, "cannot be read"),
        ({"client-certificate-data": "*", "client-key-data": "QQ=="}, {}, "not base64"),
        ({"auth-provider": {"name": "gcp"}}, {}, "gcp of user me is not supported"),
        ({"as-groups": ["g"]}, {}, "impersonates groups without a user"),
        ({}, {"certificate-authority": "/nowhere"}, "certificate-authority of cluster lab"),
        ({}, {"proxy-url": "ftp://x"}, "an unknown scheme"),
        (
            {},
            {"insecure-skip-tls-verify": True, "certificate-authority-data": "QQ=="},
            "both a certificate authority and insecure-skip-tls-verify",
        ),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(
    user: dict[str, object], cluster: dict[str, object], words: str
) -> None:
    if user.get("client-certificate-data") == "*":
        user = user | {"client-certificate-data": "é"}

    assert words in str(error(config("https://x", user, cluster)))


def test_no_file_an_empty_one_and_a_named_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert error().title == "There is no kubeconfig"
    assert str(tmp_path / "home" / ".kube" / "config") in error().detail
    monkeypatch.setenv("KUBECONFIG", write(tmp_path / "empty", "\n"))
    assert error().title == "The kubeconfig is empty"
    assert "does not exist" in error(str(tmp_path / "named")).title
    assert "cannot be read" in error(str(tmp_path)).title


def test_broken_yaml_is_placed_but_never_quoted(tmp_path: Path) -> None:
    path = write(tmp_path / "config", 'users:\n- name: me\n  user: {token: "s3cr3t-token}\n')

    wrong = error(path)

    assert "not valid YAML" in wrong.title
    assert "line" in wrong.detail
    assert "s3cr3t" not in str(wrong)


def test_no_secret_is_in_the_repr_of_anything_that_was_read() -> None:
    tree = config("https://x", {"token": "s3cr3t", "password": "s3cr3t", "username": "u"})
    merged, target = read_kubeconfig(tree), load_target(None, tree)

    for value in (merged, merged.users, target, target.user, target.user.__rich_repr__()):
        assert "s3cr3t" not in repr(value)


def test_in_a_pod_its_service_account_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("pod-token")
    (tmp_path / "ca.crt").write_text("CA OF THE CLUSTER")
    (tmp_path / "namespace").write_text("team-a\n")
    monkeypatch.setattr(module, "SERVICE_ACCOUNT", tmp_path)
    assert error().title == "There is no kubeconfig"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    target = load_target()

    assert target.server == "https://[fd00::1]:443"
    assert (target.context, target.namespace) == ("in-cluster", "team-a")
    assert target.ca == "CA OF THE CLUSTER"
    assert target.user.token_file == str(tmp_path / "token")
    assert "no context x" not in str(error(None, "x"))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["clusters", "users", "contexts", "name", "user", "cluster", "exec", "env"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["clusters", "users", "contexts", "kind"]), json_like))
def test_any_tree_is_read_or_refused_in_words(tree: dict[str, object]) -> None:
    with contextlib.suppress(BackendError):
        load_target(None, tree)


@pytest.mark.parametrize("kind", ["clusters", "users", "contexts"])
def test_two_entries_of_one_name_are_refused_as_by_kubectl(kind: str) -> None:
    source = cast("dict[str, list[object]]", config("http://x"))
    source[kind].append(source[kind][0])
    name = "me" if kind == "users" else "lab"
    assert f"has several {kind} named {name}" in str(error(source))
