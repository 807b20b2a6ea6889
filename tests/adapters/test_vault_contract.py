"""What every Vault keeps, whatever stands behind it."""

from __future__ import annotations

import base64
import stat
import string
import threading
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.clock import SystemEntropy
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.ports import EngineUnusable, SealBroken, Vault
from tests.adapters.engines import file_vault, kms_vault, ordinary_user

CONTEXT = {"workspace": "W1", "account": "A1"}
SECRET = b"canary-5ecret-\x00\xff"


@pytest.mark.parametrize("secret", [b"", SECRET, bytes(100_000)], ids=["empty", "bytes", "long"])
def test_what_was_sealed_is_opened(vault: Vault, secret: bytes) -> None:
    sealed = vault.seal(secret, CONTEXT)
    assert sealed.isascii()
    assert sealed.isprintable()
    assert vault.open(sealed, dict(reversed(CONTEXT.items()))) == secret
    assert vault.open(sealed, CONTEXT) == secret


def test_a_sealed_text_shows_nothing_of_the_secret(vault: Vault) -> None:
    sealed = vault.seal(SECRET, CONTEXT)
    for shape in (b"canary", base64.b64encode(SECRET)[:12], SECRET.hex().encode()):
        assert shape not in sealed.encode()


def test_the_same_secret_is_never_sealed_alike(vault: Vault) -> None:
    assert vault.seal(SECRET, CONTEXT) != vault.seal(SECRET, CONTEXT)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"workspace": "W1"},
        {**CONTEXT, "account": "A2"},
        {**CONTEXT, "more": ""},
        {"workspace": "A1", "account": "W1"},
    ],
    ids=str,
)
def test_another_context_does_not_open_it(vault: Vault, context: dict[str, str]) -> None:
    sealed = vault.seal(SECRET, CONTEXT)
    with pytest.raises(SealBroken):
        vault.open(sealed, context)
    assert vault.open(sealed, CONTEXT) == SECRET
    # Not even once the data key is remembered.
    with pytest.raises(SealBroken):
        vault.open(sealed, context)


def test_no_character_of_a_sealed_text_can_be_changed(vault: Vault) -> None:
    sealed = vault.seal(SECRET, CONTEXT)
    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(SealBroken) as broken:
            vault.open(changed, CONTEXT)
        assert "canary" not in str(broken.value)


@pytest.mark.parametrize(
    "sealed",
    ["", ":", "::", "file1", "kms1:", "kms1:x:y", "kms1:é:", "file1:00000000:", "kms1::AAAA", "kms2:", "kms2:x:y", "é"],
)
def test_what_was_never_sealed_is_not_opened(vault: Vault, sealed: str) -> None:
    with pytest.raises(SealBroken):
        vault.open(sealed, CONTEXT)


def test_one_sealed_value_has_one_text(vault: Vault) -> None:
    # 28 bytes of nonce and tag and 12 of secret leave the last character of the base64 text with spare bits.
    sealed = vault.seal(b"twelve bytes", CONTEXT)
    assert sealed.endswith("==")
    for spare in string.ascii_letters + string.digits + "-_":
        other = f"{sealed[:-3]}{spare}=="
        if other != sealed:
            with pytest.raises(SealBroken):
                vault.open(other, CONTEXT)


def test_half_a_sealed_text_is_not_opened(vault: Vault) -> None:
    sealed = vault.seal(SECRET, CONTEXT)
    for end in range(0, len(sealed), 7):
        with pytest.raises(SealBroken):
            vault.open(sealed[:end], CONTEXT)


def test_a_context_that_is_not_text_is_refused(vault: Vault) -> None:
    with pytest.raises(TypeError, match="text to text"):
        vault.seal(SECRET, {"account": 1})  # type: ignore[dict-item]


def test_one_engine_does_not_open_what_another_sealed(tmp_path: Path) -> None:
    with file_vault(tmp_path) as ours, kms_vault(tmp_path) as theirs:
        with pytest.raises(SealBroken):
            ours.open(theirs.seal(SECRET, CONTEXT), CONTEXT)
        with pytest.raises(SealBroken):
            theirs.open(ours.seal(SECRET, CONTEXT), CONTEXT)


# --- on one machine only ---------------------------------------------------------------------------------------------


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "key"
    sealed = FileVault(path).seal(SECRET, CONTEXT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["key"]
    assert FileVault(path).open(sealed, CONTEXT) == SECRET


def test_vaults_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    start, sealed = threading.Barrier(8), []

    def begin() -> None:
        start.wait()
        sealed.append(FileVault(tmp_path / "key").seal(SECRET, CONTEXT))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    vault = FileVault(tmp_path / "key")
    assert [vault.open(one, CONTEXT) for one in sealed] == [SECRET] * 8


def test_another_key_file_says_so(tmp_path: Path) -> None:
    sealed = FileVault(tmp_path / "one").seal(SECRET, CONTEXT)
    with pytest.raises(SealBroken, match="another key file"):
        FileVault(tmp_path / "two").open(sealed, CONTEXT)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o602])
def test_a_key_open_to_others_is_not_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    FileVault(path)
    path.chmod(mode)
    with pytest.raises(EngineUnusable, match="chmod 600"):
        FileVault(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"parley-key-1:",
        b"parley-key-1:AAAA\n",
        b"parley-key-2:" + b"A" * 43 + b"=\n",
        b"A" * 43 + b"=",
        b"\xff" * 60,
    ],
)
def test_a_file_that_is_no_key_is_neither_used_nor_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(EngineUnusable, match="not a Parley key"):
        FileVault(path)
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_read_or_made_is_said_at_the_start(open_folder: Path) -> None:
    path = open_folder / "key"
    open_folder.chmod(0o555)
    with ordinary_user(), pytest.raises(EngineUnusable, match="cannot be read or made"):
        FileVault(path)


def test_the_machine_gives_as_many_bytes_as_asked() -> None:
    entropy = SystemEntropy()
    assert len(entropy.token(32)) == 32
    assert entropy.token(32) != entropy.token(32)
