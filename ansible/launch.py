"""Runs ansible-playbook with three savings of CPU time, on the controller and on nodes.

Each task starts a module on the node as a new process. Ansible sends it with its libraries as source text, which the node
compiles again for each task. Here compiled code is sent beside the source. Python uses it if both versions are equal,
otherwise it falls back to the source.

Ansible assembles these payloads again for each run. They depend only on the content and on Ansible, so runs share them
in the directory PRESSLUFT_MODULE_CACHE. The caller names another directory for other content.

A run is short and uses little memory, so the cyclic garbage collector is disabled: it takes a sixth of the start-up.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import marshal
import os
import pickle
import sys
import types
import zipfile

# Debian 12's: Python refuses the compiled code of another minor version.
NODE_PYTHON = (3, 11)


def main() -> int:
    gc.disable()
    import ansible
    from ansible import constants
    from ansible.executor import module_common

    if sys.version_info[:2] == NODE_PYTHON:
        names = vars(zipfile) | {"ZipFile": compiling_zip(os.path.dirname(os.path.dirname(ansible.__file__)))}
        module_common.zipfile = types.SimpleNamespace(**names)
    cache = os.environ.get("PRESSLUFT_MODULE_CACHE")
    if cache:
        share_payloads(module_common, os.path.join(cache, sys.implementation.cache_tag), constants.DEFAULT_LOCAL_TMP)

    from ansible.cli.playbook import main as playbook

    sys.argv[0] = "ansible-playbook"
    return playbook()


def compiling_zip(packages: str) -> type[zipfile.ZipFile]:
    """A zip file that stores compiled code beside every Python file; `packages` is the directory that holds Ansible."""

    class CompilingZip(zipfile.ZipFile):
        def writestr(self, info, data, *args, **options):
            super().writestr(info, data, *args, **options)
            if info.filename.endswith(".py"):
                compiled = zipfile.ZipInfo(info.filename + "c", info.date_time)
                compiled.compress_type = info.compress_type
                super().writestr(compiled, bytecode(packages, info.filename, data))

    return CompilingZip


def bytecode(packages: str, name: str, source: bytes | str) -> bytes:
    """The content of a .pyc file that is valid whatever the time of its source (PEP 552, unchecked)."""
    text = source.encode() if isinstance(source, str) else bytes(source)
    return importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code_of(packages, name, text))


def code_of(packages: str, name: str, source: bytes) -> types.CodeType:
    """Ansible's own files are compiled already where it is installed."""
    path = os.path.join(packages, name)
    try:
        with open(path, "rb") as file:
            if file.read() == source:
                module = name.removesuffix(".py").replace("/", ".")
                return importlib.machinery.SourceFileLoader(module, path).get_code(module)
    except OSError:
        pass
    return compile(source, name, "exec", dont_inherit=True)


def share_payloads(module_common: types.ModuleType, cache: str, local: str) -> None:
    """Ansible locks its cache of payloads, and completes each file before it renames it."""

    def dump(self, path: str) -> None:
        # A power failure must not leave an empty file, which every later run would read.
        with open(f"{path}-part", "wb") as file:
            pickle.dump(self, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(f"{path}-part", path)

    os.makedirs(cache, mode=0o700, exist_ok=True)
    os.symlink(cache, os.path.join(local, "ansiballz_cache"))
    module_common._CachedModule.dump = dump


if __name__ == "__main__":
    sys.exit(main())
