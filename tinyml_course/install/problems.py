"""A machine, or pip's log, comes in; what is wrong, in words, comes out."""

import contextlib
import os
import re
import shutil
import sys
import tempfile

__all__ = ["SetupError", "check_disk", "check_folder", "check_python", "explain"]

OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_BYTES = 3500 * 1000 * 1000
PROXY_ADVICE = (
    "pip reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY for a proxy, PIP_INDEX_URL for a "
    "mirror and PIP_CERT for a certificate. Then run the same command again; "
    "it goes on from here."
)


class SetupError(Exception):
    """Why the set-up stopped, in words for the person who started it."""


def check_python(version, has_venv=None):
    """Raise SetupError unless this Python can carry the course."""
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        raise SetupError(
            "This is Python %d.%d; the course needs 3.11, 3.12 or 3.13 (its packages "
            "have no wheels for others). Install one and name it: "
            "make lab PYTHON=python3.11" % tuple(version[:2])
        )
    if has_venv is None:
        try:
            import ensurepip  # noqa: F401 - asked for, not used
            import venv  # noqa: F401 - asked for, not used
        except ImportError:
            has_venv = False
        else:
            has_venv = True
    if not has_venv:
        raise SetupError(
            "This Python cannot make a virtual environment: its module venv or "
            "ensurepip is missing. On Debian and Ubuntu: "
            "sudo apt-get install python3-venv"
        )


def check_folder(root):
    """Raise SetupError unless files can be written beside this checkout."""
    try:
        with tempfile.TemporaryFile(dir=str(root)):
            pass
    except OSError as error:
        raise SetupError(
            "The folder %s cannot be written (%s). Copy the course to a folder of "
            "your own and start there." % (root, error.strerror)
        ) from None


def check_disk(root):
    """Raise SetupError when the disk is too small for what is still to come."""
    free = shutil.disk_usage(str(root)).free
    if free >= NEEDED_BYTES:
        return
    present = 0
    for folder, _, names in os.walk(str(root / ".venv")):
        for name in names:
            with contextlib.suppress(OSError):
                present += os.lstat(os.path.join(folder, name)).st_size
    if free < NEEDED_BYTES - present:
        raise SetupError(
            "The disk is too full: the set-up still needs {:,} MB under {}, and "
            "{:,} MB are free.".format(
                (NEEDED_BYTES - present) // 10**6, root, free // 10**6
            )
        )


def explain(log):
    """Say what pip's log means, in one or two sentences.

    >>> explain("ERROR: [Errno 28] No space left on device").split(":")[0]
    'The disk is full'
    """
    if "No space left on device" in log or "not enough space on the disk" in log:
        return (
            "The disk is full: the course needs {:,} MB, and about 1,200 MB more in "
            "the folder for temporary files (TMPDIR) while it installs. Make room "
            "and run the same command again; it goes on from here.".format(
                NEEDED_BYTES // 10**6
            )
        )
    if "DO NOT MATCH THE HASHES" in log:
        wrong = re.search(r"HASHES.*?\n\s+(\S+) from", log, re.S)
        return (
            "A downloaded package (%s) is not the file that requirements.lock names: "
            "a broken download or a changed mirror. Run .venv/bin/python -m pip cache "
            "purge, then the same command again; if it repeats, use another package "
            "index (PIP_INDEX_URL)." % (wrong.group(1) if wrong else "see the log")
        )
    if "ProxyError" in log or "Tunnel connection failed" in log:
        return "The proxy refused the connection to the package index. " + PROXY_ADVICE
    if "CERTIFICATE_VERIFY_FAILED" in log:
        return (
            "The certificate of the package index is not trusted here (a proxy that "
            "opens encrypted connections does this). " + PROXY_ADVICE
        )
    if re.search("ConnectionError|Connection broken|ReadTimeout|ConnectTimeout", log):
        return "The package index cannot be reached. " + PROXY_ADVICE
    missing = re.search(r"No matching distribution found for ([^\s;]+)", log)
    if missing:
        return (
            "The package index has no %s for Python %d.%d on %s. Try another of "
            "Python 3.11, 3.12 and 3.13, or another index (PIP_INDEX_URL)."
            % ((missing.group(1),) + tuple(sys.version_info[:2]) + (sys.platform,))
        )
    if "Permission denied" in log:
        return "A file under .venv cannot be written. Remove .venv and try again."
    return "pip failed."
