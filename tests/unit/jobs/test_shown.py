"""Secrets in a job's environment are not shown."""

from __future__ import annotations

import pytest

from wantui.jobs.shown import shown, shown_argv, shown_environment


@pytest.mark.parametrize("name", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "WANDB_API_KEY", "aws_secret_access_key"])
def test_what_is_named_as_a_secret_is_left_out(name: str) -> None:
    assert shown_environment({name: "hf_secret", "HF_HOME": "/x"}) == {name: "(not shown)", "HF_HOME": "/x"}


def test_a_login_in_an_address_is_left_out_and_the_rest_stays() -> None:
    given = {"http_proxy": "http://me:pa55@proxy:8080/", "TOKENIZERS_PARALLELISM": "false", "MAIL": "me@x"}
    assert shown_environment(given) == given | {"http_proxy": "http://(not shown)@proxy:8080/"}


def test_a_secret_among_flags_and_settings_is_left_out() -> None:
    argv = ["train.py", "--wandb_api_key", "key", "--hf_token=hf", "--max_token_length", "225", "--sdpa", "x"]
    assert shown_argv(argv) == [
        "train.py", "--wandb_api_key", "(not shown)", "--hf_token=(not shown)", "--max_token_length", "225", "--sdpa",
        "x",
    ]  # fmt: skip
    settings = {"trainer": {"env": {"HF_TOKEN": "hf"}}, "endpoint": "https://me:pa55@hub", "betas": (0.9, True)}
    assert shown("config", settings) == {
        "trainer": {"env": {"HF_TOKEN": "(not shown)"}},
        "endpoint": "https://(not shown)@hub",
        "betas": [0.9, True],
    }
