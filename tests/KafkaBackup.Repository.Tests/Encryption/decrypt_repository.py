#!/usr/bin/env python3
"""Decrypts a whole encrypted repository into a folder, from the format's specification (FORMAT.md, "Encryption") alone: a witness that shares no code
with the program. Needs Debian's python3-cryptography, and python3-argon2 for passphrases.

    decrypt_repository.py REPOSITORY TARGET --key-file FILE | --passphrase-file FILE
"""
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK, TAG, HEADER = 65536, 16, 56


def hkdf(key, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def checked(data):
    body, _, _ = data.rpartition(b',"checksum"')
    document = json.loads(data)
    assert document["checksum"] == hashlib.sha256(body).hexdigest(), "checksum"
    return document


def secret_of(key, kind, value):
    if kind == "key-file":
        return value
    from argon2.low_level import Type, hash_secret_raw

    cost = key["argon2id"]
    return hash_secret_raw(value, base64.b64decode(key["salt"]), time_cost=cost["iterations"], memory_cost=cost["memory"],
                           parallelism=cost["parallelism"], hash_len=32, type=Type.ID, version=0x13)


def open_keys(root, repository, kind, value):
    keys, oldest = {}, None
    for name in sorted(os.listdir(os.path.join(root, "keys"))):
        data = open(os.path.join(root, "keys", name), "rb").read()
        key = checked(data)
        assert key["format"] == "kafka-backup-key" and key["version"] == 1 and name == key["id"] + ".json"
        if key["kind"] != kind or key["repository"] != repository["id"]:
            continue
        wrapping = hkdf(secret_of(key, kind, value), base64.b64decode(key["salt"]), b"kafka-backup key 1")
        try:
            plain = AESGCM(wrapping).decrypt(bytes(12), base64.b64decode(key["wrapped"]), data.rpartition(b',"wrapped"')[0])
        except InvalidTag:
            continue
        assert key["names"] == repository["names"] and len(plain) == 32 * len(key["dataKeys"])
        for i, data_key in enumerate(key["dataKeys"]):
            keys[uuid.UUID(data_key).bytes] = plain[32 * i:32 * i + 32]
        oldest = plain[:32]
    assert keys, "the secret opens no key"
    return keys, oldest


def decrypt(data, name, keys):
    header = data[:HEADER]
    assert header[:8] == b"KBEO\x01\0\0\0", name
    cipher = AESGCM(hkdf(keys[header[8:24]], header[24:56], b"kafka-backup object 1"))
    chunks = -(-(len(data) - HEADER) // (CHUNK + TAG))
    plain = b""
    for i in range(chunks):
        at = HEADER + i * (CHUNK + TAG)
        nonce = i.to_bytes(11, "big") + (b"\x01" if i == chunks - 1 else b"\x00")
        plain += cipher.decrypt(nonce, data[at:at + CHUNK + TAG], header + name.encode("ascii"))
    assert len(plain) == len(data) - HEADER - TAG * chunks
    return plain


def plain_name(name, topics):
    parts = name.split("/")
    if parts[0] == "topics":
        token, topic = parts[1], topics[parts[1]]
        return "/".join([parts[0], topic] + [re.sub(f"^{token}(?=-[0-9]+$)", lambda _: topic, p) for p in parts[2:]])
    numbered = re.fullmatch(r"(.+)(-[0-9]+(\.[^-]*)?)", parts[-1]) if parts[0] == "restores" and len(parts) > 2 else None
    return "/".join(parts[:-1] + [topics[numbered[1]] + numbered[2]]) if numbered else name


def main():
    root, target, how, path = sys.argv[1:]
    value = open(path, "rb").read()
    kind = how[2:] if how == "--key-file" else "passphrase"
    if kind == "passphrase":
        value = value.splitlines()[0]
    repository = checked(open(os.path.join(root, "repository.json"), "rb").read())
    assert repository["format"] == "kafka-backup-encrypted-repository" and repository["version"] == 1 and repository["cipher"] == "aes-256-gcm-64k"
    keys, oldest = open_keys(root, repository, kind, value)
    names = [os.path.relpath(os.path.join(folder, file), root) for folder, _, files in os.walk(root) for file in files if not file.startswith(".")]
    objects = {name: decrypt(open(os.path.join(root, name), "rb").read(), name, keys) for name in names if name != "repository.json" and not name.startswith("keys/")}
    topics = {}
    name_key = hkdf(oldest, None, b"kafka-backup names 1")
    for name, content in objects.items():
        if repository["names"] == "hidden" and name.startswith("names/"):
            assert name[6:] == hmac.new(name_key, content, hashlib.sha256).hexdigest()[:32], name
            topics[name[6:]] = content.decode()
    written = 0
    for name, content in objects.items():
        if repository["names"] == "hidden":
            if name.startswith("names/"):
                continue
            name = plain_name(name, topics)
        os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
        with open(os.path.join(target, name), "wb") as file:
            file.write(content)
        written += 1
    print(f"{written} objects, {len(keys)} data keys")


if __name__ == "__main__":
    main()
